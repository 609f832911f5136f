#!/bin/sh
# SPDX-License-Identifier: MIT
# history.sh - one run by its id, also one at work or cut off, and a list that asks the services.
# shellcheck disable=SC2016,SC2154 # single quotes: for a hook; begin NAME sets $pid_NAME
. "$(dirname "$0")/lib.sh"
at_exit kill_left

user=www-data
is_root || user=$(id -un)
w=$root/w
chmod 777 "$w"
# history ID RUN [OPTION...] - of one run, as JSON, to $out.
history() {
	service=$1 id=$2
	shift 2
	run "$bin/serviceHistory" --json "$service" --run "$id" "$@"
}
# is RUN STATE - of a1.
is() { history a1 "$1" && grep -qF "\"run\":\"$1\",\"state\":\"$2\"" "$out"; }
# run_of - the id in the answer of the last command.
run_of() { sed -n 's/.*"run":"\([^"]*\)".*/\1/p' "$out"; }

# A start that lasts until somebody says so.
printf '#!/bin/sh\necho begun\nwhile [ ! -e "%s/go" ]; do sleep 0.05; done\nexit 7\n' "$w" | hook a1 enstratus-start

# ---- a run whose caller is gone

begin start "$bin/startService" --run 0badcafe a1
check 'a run is there from its beginning' wait_until 60 is 0badcafe running
check_not 'without a status' grep -q '"runs":.*"status"' "$out"
check 'but with what it is about' grep -qF '"event":"start","hook":"enstratus-start"' "$out"
run "$bin/serviceHistory" a1
same 'the table has it too' 'start enstratus-start running - 0badcafe -' "$(cut -f 2,3,5- "$out" | tr '\t' ' ')"
kill -HUP "$pid_start"
check 'it goes on without its caller' is 0badcafe running
begin waits "$bin/serviceHistory" --json a1 --run 0badcafe --wait 600
touch "$w/go"
end waits
same 'who waits' 0 "$status"
check 'learns how it ended' grep -q '"run":"0badcafe","state":"ended","durationMs":[0-9]*,"status":7,' "$out"
end start
same 'as its caller would have' 7 "$status"
run "$bin/serviceHistory" a1
same 'it is one run' 1 "$(grep -c 0badcafe "$out")"
expect 'a run that there is not' 66 "$bin/serviceHistory" a1 --run 0badcaff
says 'a run that there is not' "service 'a1' has no run '0badcaff' \(serviceHistory a1 lists all\)"
one_line 'a run that there is not'
expect 'what is no id' 1 "$bin/startService" --run x a1
says 'what is no id' "run is eight hexadecimal digits in lower case, not 'x'"
expect 'the id is told before the hook runs' 7 "$bin/startService" -v a1
id=$(sed -n 's/.*: run \([0-9a-f]*\): running .*/\1/p' "$err")
check 'and is that of the history' is "$id" ended

# ---- the ids that the commands tell

expect 'startService --json' 7 "$bin/startService" --json a1
id=$(run_of)
check 'its run' is "$id" ended
printf '#!/bin/sh\nexit 0\n' | hook a1 enstratus-stop
expect 'stopService --json' 0 "$bin/stopService" --json a1
id=$(run_of)
check 'its run' is "$id" ended
printf '#!/bin/sh\ncat "$2" >/dev/null\n' | hook a1 enstratus-configure
printf '[enstratus]\nname=site\nrole=master\n' >"$w/cfg"
run "$bin/configureService" --config "$w/cfg" "$user" c100 a1
printf '[enstratus]\nname=site\nrole=slave\n' >"$w/cfg"
expect 'configureService --json' 0 "$bin/configureService" --json --config "$w/cfg" "$user" c100 a1
id=$(run_of)
check 'its run' is "$id" ended
check 'with the keys that changed' grep -q '"event":"change".*"changed":"role"' "$out"
printf '#!/bin/sh\nexec sleep 600\n' | hook a1 enstratus-stop
expect 'a hook that is killed' 124 "$bin/stopService" --timeout 1 --json a1
id=$(run_of)
check 'its run' is "$id" ended
check 'says so' grep -q '"status":124,"ended":"timeout"' "$out"

# ---- a run that is cut off

rm "$w/go"
begin killed "$bin/startService" --run 00000001 a1
check 'a run at work' wait_until 60 is 00000001 running
kill -KILL "$pid_killed"
end killed
check 'is interrupted when its command is killed' wait_until 60 is 00000001 interrupted
check_not 'without a status' grep -q '"runs":.*"status"' "$out"
touch "$w/go"
run "$bin/startService" --run 00000002 a1
check 'and stays so' is 00000001 interrupted
check 'beside the next one' is 00000002 ended

# ---- a list that asks

# Each of the two waits for the other.
for id in a b; do
	other=b
	[ $id = a ] || other=a
	printf '#!/bin/sh\n: >"%s/asked.%s"\nwhile [ ! -e "%s/asked.%s" ]; do sleep 0.05; done\necho "%s"\n' \
		"$w" $id "$w" $other "$([ $id = a ] && echo OK || echo 'DOWN, port 80')" | hook $id enstratus-check
done
mkdir -p "$services/c"
printf '#!/bin/sh\n: >"%s/held"\nexec sleep 600\n' "$w" | hook d enstratus-start
begin busy "$bin/startService" d
check 'a busy one' wait_until 60 test -e "$w/held"
expect 'listServices --check' 0 timeout -k 5 300 "$bin/listServices" --check --timeout 240
same 'what they say, side by side' 'a OK,a1 OK,b DOWN, port 80,c UNKNOWN: the service has no bin/,d UNKNOWN: service' \
	"$(cut -f 1,2 "$out" | sed "s/\(: service\) 'd' is busy.*/\1/" | tr '\t\n' ' ,' | sed 's/,$//')"
expect 'listServices --check --json' 0 "$bin/listServices" --check --json a1
check 'has both words' grep -q '"service":"a1","state":"OK","running":true,"remembered":"installed"' "$out"
kill "$pid_busy"
end busy
printf '#!/bin/sh\nexec sleep 600\n' | hook b enstratus-check
expect 'one that hangs' 0 "$bin/listServices" --check --timeout 1 b
check 'is unknown' grep -q "^b	UNKNOWN: hook 'enstratus-check' ran past its 1 s" "$out"
run "$bin/listServices" b
same 'without --check no hook is asked' 'b installed' "$(cut -f 1,2 "$out" | tr '\t' ' ')"

# ---- what an installation tells of

tree=$w/tree
mkdir -p "$tree/bin" "$tree/cfg" "$tree/www"
for name in start stop remove configure; do
	printf '#!/bin/sh\n[ ! -e "%s/fail" ]\n' "$w" >"$tree/bin/enstratus-$name"
done
printf '[image]\nversion=1.0\n' >"$tree/image.ini"
(cd "$tree" && zip -qry "$w/my site.zip" .)
expect 'installService' 0 "$bin/installService" --run 11111111 e c001 "$user" "$w/my site.zip"
history e 11111111
check 'its run' grep -q '"event":"install","hook":"","run":"11111111","state":"ended"' "$out"
run "$bin/listServices" e
same 'customer, user, image' "c001 $user my site.zip" "$(cut -f 10,11,14 "$out" | tr '\t' ' ')"
same 'installed, and not configured' 'Z -' "$(cut -f 12,13 "$out" | tr '\t' ' ' | sed 's/^[0-9T:-]*//')"
expect 'a configuration' 0 "$bin/configureService" --config "$w/cfg" "$user" c002 e
touch "$w/fail"
expect 'one that fails' 1 "$bin/configureService" --config "$w/cfg" "$user" c003 e
rm "$w/fail"
run "$bin/listServices" --json e
check 'the customer is that of the one that succeeded' grep -q '"customer":"c002"' "$out"
check 'it is configured' grep -Eq '"configured":"[0-9]+-' "$out"

# One that fails with the lock is there as well, and changes nothing else.
printf '[image]\nversion=2.0\n' >"$tree/image.ini"
rm -r "$tree/www"
echo file >"$tree/www"
(cd "$tree" && zip -qry "$w/second.zip" .)
run "$bin/installService" --run 22222222 e c001 "$user" "$w/second.zip"
failed_with=$status
check_not 'an update that fails' [ "$failed_with" = 0 ]
history e 22222222
check 'is in the history' grep -q "\"event\":\"install\".*\"state\":\"ended\".*\"status\":$failed_with," "$out"
run "$bin/listServices" e
same 'the old version is listed' "1.0 install $failed_with my site.zip" "$(cut -f 4,6,7,14 "$out" | tr '\t' ' ')"

# A removal is all of one run.
expect 'removeService' 0 "$bin/removeService" --run 33333333 --yes e
run "$bin/serviceHistory" e --run 33333333
same 'its hooks and itself' 'stop remove remove ' "$(cut -f 2 "$out" | tr '\n' ' ')"
run "$bin/listServices" e
same 'it is removed' removed-but-staged "$(cut -f 2 "$out")"
