#!/bin/sh
# SPDX-License-Identifier: MIT
# boot.sh - all services started and stopped at once, and what the agent remembers of it.
# shellcheck disable=SC2016,SC2086,SC2154 # for a hook; a list; begin NAME sets $pid_NAME
. "$(dirname "$0")/lib.sh"

note=$root/note
: >"$note"
chmod 666 "$note"
# note_hooks ID STATUS - start and stop hooks that note themselves.
note_hooks() {
	for name in start stop; do
		printf '#!/bin/sh\necho "%s $1 $ENSTRATUS_EVENT" >>"%s"\nexit %s\n' $name "$note" "$2" |
			hook "$1" enstratus-$name
	done
}
noted() { tr '\n' ',' <"$note"; }

note_hooks b 0
note_hooks a2 7
note_hooks a10 0
mkdir -p "$services/empty/bin"

expect 'esboot start' 7 "$bin/esboot" start
same 'in name order, and past a failure' 'start a10 start,start a2 start,start b start,' "$(noted)"
says 'esboot start' "service 'a2': hook 'enstratus-start' exited with status 7"
says 'esboot start' "service 'empty' is skipped"
says 'esboot start' '1 of the services could not start'
: >"$note"
expect 'esboot stop' 7 "$bin/esboot" stop
same 'stop, likewise' 'stop a10 stop,stop a2 stop,stop b stop,' "$(noted)"
expect 'esboot with another word' 1 "$bin/esboot" restart
says 'esboot restart' "'restart' is neither start nor stop"

: >"$note"
expect 'terminate' 0 "$bin/terminate"
same 'terminate goes on past a failure' 'stop a10 stop,stop a2 stop,stop b stop,' "$(noted)"
says 'terminate' "service 'a2': hook 'enstratus-stop' exited with status 7"

: >"$note"
printf '#!/bin/sh\necho terminate-pre >>"%s"\n' "$note" >"$ENSTRATUS_HOME/custom/bin/terminate-pre"
chmod 755 "$ENSTRATUS_HOME/custom/bin/terminate-pre"
expect 'terminate with its pre' 0 "$bin/terminate"
same 'which comes first' 'terminate-pre,stop a10 stop,stop a2 stop,stop b stop,' "$(noted)"
: >"$note"
printf '#!/bin/sh\nexit 9\n' >"$ENSTRATUS_HOME/custom/bin/terminate-pre"
expect 'a terminate-pre that fails' 9 "$bin/terminate"
same 'keeps the services running' '' "$(noted)"
rm "$ENSTRATUS_HOME"/custom/bin/*

# ---- a busy service, and one whose hook hangs

printf '#!/bin/sh\necho held >>"%s"\nexec sleep 600\n' "$note" | hook b enstratus-check
begin held "$bin/checkService" --timeout 600 b
check 'a check that takes long' wait_until 60 grep -q held "$note"
: >"$note"
expect 'terminate beside a busy service' 0 "$bin/terminate"
says 'terminate' "service 'b' is busy: checkService"
same 'stops the others' 'stop a10 stop,stop a2 stop,' "$(noted)"
kill "$pid_held"
end held
printf '#!/bin/sh\nexec sleep 60\n' | hook a10 enstratus-stop
expect 'terminate and a hook that hangs' 0 "$bin/terminate" --timeout 1
says 'terminate' "service 'a10': hook 'enstratus-stop' ran past its 1 s"

# ---- what is remembered

note_hooks a10 0
run "$bin/esboot" start
expect 'listServices' 0 "$bin/listServices"
same 'its states' 'a10 running,a2 installed,b running,empty installed,' \
	"$(cut -f 1,2 "$out" | tr '\t\n' ' ,')"
same 'its last runs' 'start 0,start 7,start 0,- -,' "$(cut -f 6,7 "$out" | tr '\t\n' ' ,')"
expect 'listServices of one' 0 "$bin/listServices" b
same 'is one line' 'b running' "$(cut -f 1,2 "$out" | tr '\t' ' ')"
expect 'listServices of none' 0 "$bin/listServices" nothing
same 'says so' 'nothing not-installed' "$(cut -f 1,2 "$out" | tr '\t' ' ')"
expect 'listServices of none, as JSON' 0 "$bin/listServices" --json nothing
check 'says so' grep -q '"service":"nothing","state":"not-installed"' "$out"
expect 'listServices of what is no id' 1 "$bin/listServices" ../b
expect 'serviceHistory' 0 "$bin/serviceHistory" a10
same 'its runs' 'start 0 - stop 0 - stop 0 - stop 0 - stop 0 - stop 124 timeout start 0 - ' \
	"$(cut -f 2,5,6 "$out" | tr '\t\n' '  ')"
expect 'the history of nothing' 66 "$bin/serviceHistory" nothing
one_line 'the history of nothing'
check 'a check is in no history' sh -c "! '$bin/serviceHistory' b | grep -q check"

mkdir "$root/none" && rmdir "$services/.enstratus/none" 2>/dev/null
expect 'esboot without any service' 0 env "ENSTRATUS_SERVICES_DIR=$root/none" "$bin/esboot" start
expect 'terminate without a services directory' 0 env "ENSTRATUS_SERVICES_DIR=$root/no" "$bin/terminate"
check_not 'which is not made' test -e "$root/no"
expect 'listServices without one' 66 env "ENSTRATUS_SERVICES_DIR=$root/no" "$bin/listServices"

# ---- a real image

user=www-data
is_root || user=$(id -un)
run "$bin/installService" a1 c001 "$user" "$images/static-site.zip"
expect 'listServices after an installation' 0 "$bin/listServices" --json
check 'knows version, digest and size' grep -Eq \
	'"service":"a1","state":"installed","since":"[0-9TZ:-]+","version":"1","digest":"[0-9a-f]{64}","lastEvent":"install","lastStatus":0,"lastRun":"[0-9TZ:-]+","bytes":[1-9][0-9]*' "$out"
if have_terminal; then
	run script -qec "'$bin/listServices'" /dev/null
	check 'on a terminal it has a head' grep -Eq '^SERVICE  STATE  ' "$out"
else
	skip 'a list on a terminal' 'script(1) makes none here'
fi
