#!/bin/sh
# SPDX-License-Identifier: MIT
# hooks.sh - how configureService, startService, stopService and checkService run a service's hooks.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

# What hooks tell the test: ../../seen from a service directory, whoever they run as.
seen=$root/seen
mkdir "$seen"
chmod 777 "$seen"
start=$bin/startService stop=$bin/stopService ask=$bin/checkService
has() { test -s "$seen/$1"; }
# configure ID OPTION... - with a configuration from a regular file.
printf 'name=x\n' >"$root/w/cfg"
configure() {
	of=$1
	shift
	"$bin/configureService" --config - "$@" "$(id -un)" c1 "$of" <"$root/w/cfg"
}
# ended NAME - every process that the hook noted in seen/NAME is gone.
ended() {
	while read -r noted; do gone "$noted" || return 1; done <"$seen/$1"
}
# relayed - what the hook printed, as it was relayed.
relayed() { sed -n 's/^[A-Za-z]*\[[0-9]*\]: enstratus-[a-z]*: //p' "$err"; }
last_line() {
	tail -n 1 "$err" >"$root/w/last"
	check "$1: the last line says '$2'" grep -Eq -- "$2" "$root/w/last"
}
empty() { check "$1: nothing on stdout" test ! -s "$out"; }

# ---- what takes its time goes on while the rest is tested

hook stubborn enstratus-start <<'END'
#!/bin/sh
trap '' TERM
echo $$ >../../seen/stubborn
echo before the end
while :; do sleep 1; done
END
begin stubborn timeout -s KILL 120 "$start" --timeout 1 stubborn

hook escape enstratus-start <<'END'
#!/bin/sh
# Twice away: a session of its own, and no parent of ours.
trap '' TERM
(setsid sh -c 'echo $$ >>../../seen/escape; (echo deep; exec sh -c "echo \$\$ >>../../seen/escape; while :; do sleep 1; done") &
	while :; do sleep 1; done' >/dev/null 2>&1 &) &
until [ "$(wc -l <../../seen/escape)" = 2 ]; do sleep 0.02; done 2>/dev/null
echo $$ >>../../seen/escape
while :; do sleep 1; done
END
begin escape timeout -s KILL 120 "$start" --timeout 1 escape

mkfifo "$root/w/full"
hook stall enstratus-start <<'END'
#!/bin/sh
seq 1 2000
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/stall
END
# Open at both ends, read by nobody, and full.
exec 7<>"$root/w/full"
timeout 0.3 cat /dev/zero >&7
stalled() { timeout -s KILL 120 "$start" stall 2>&7; }
begin stall stalled

mkdir -p "$root/limits/cfg"
printf '[hooks]\nenstratus-start.timeout=1\nenstratus-check.timeout=1\n' >"$root/limits/cfg/agent.cfg"
hook limit enstratus-start <<'END'
#!/bin/sh
exec sleep 300
END
begin limit env ENSTRATUS_HOME="$root/limits" timeout -s KILL 120 "$start" limit
hook hang enstratus-check <<'END'
#!/bin/sh
echo OK
exec sleep 300
END
begin hang env ENSTRATUS_HOME="$root/limits" timeout -s KILL 120 "$ask" hang

# ---- what a hook finds

hook a1 enstratus-start <<'END'
#!/bin/sh
cd ../../seen || exit 1
printf '%s\n' $# "$0" "$@" >args
readlink "/proc/$$/cwd" >now
tr '\0' '\n' </proc/$$/environ | sort >environment
umask >mask
list=
for fd in /proc/$$/fd/*; do
	# The shell itself holds the script open; without a new process, which would need descriptors.
	[ ! -e "$fd" ] || [ "$fd" -ef "$0" ] || list="$list${fd##*/} "
done
echo "$list" >descriptors
readlink /proc/$$/fd/0 >input
awk '{ print $1, $6 }' /proc/$$/stat >session
grep -E '^Sig(Blk|Ign)' /proc/$$/status | awk '{ print $2 }' | sort -u >signals
END
# The directory is remembered before the script leaves it.
sed -i 's|^cd ../../seen|readlink /proc/$$/cwd >../../seen/cwd; &|' "$services/a1/bin/enstratus-start"
echo >"$root/w/leak"
# shellcheck disable=SC2094 # the same file on purpose: only the descriptors matter
run env TZ=UTC SECRET=leak LD_LIBRARY_PATH=/tmp IFS=x ENV=/x BASH_ENV=/x PATH="$PATH" LC_ALL=C \
	ENSTRATUS_EVENT=forged ENSTRATUS_OTHER=x PYTHONPATH=/x \
	"$start" a1 3<"$root/w/leak" 4<"$root/w/leak" 5<"$root/w/leak" 6<"$root/w/leak" 8<"$root/w/leak" 9>>"$root/w/leak"
same 'start' 0 "$status"
empty 'start'
same 'start: arguments' "1 $services/a1/bin/enstratus-start a1 " "$(tr '\n' ' ' <"$seen/args")"
same 'start: directory' "$services/a1" "$(cat "$seen/cwd")"
same 'start: umask' 0022 "$(cat "$seen/mask")"
same 'start: descriptors' '0 1 2 ' "$(cat "$seen/descriptors")"
same 'start: standard input' /dev/null "$(cat "$seen/input")"
read -r pid session <"$seen/session"
same 'start: leads a session' "$pid" "$session"
same 'start: no signal is blocked or ignored' 0000000000000000 "$(cat "$seen/signals")"
same 'start: names in the environment' 'ENSTRATUS_CUSTOMER_ID ENSTRATUS_EVENT ENSTRATUS_RUN_ID ENSTRATUS_SERVICE_DIR ENSTRATUS_SERVICE_ID HOME LANG LOGNAME PATH SHELL TZ USER ' \
	"$(cut -d = -f 1 "$seen/environment" | tr '\n' ' ')"
who=$(id -un)
! is_root || ! id -u enstratus >/dev/null 2>&1 || who=enstratus
for wanted_line in ENSTRATUS_EVENT=start "ENSTRATUS_SERVICE_DIR=$services/a1" ENSTRATUS_SERVICE_ID=a1 \
	LANG=C.UTF-8 "LOGNAME=$who" "USER=$who" SHELL=/bin/sh TZ=UTC \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$bin" \
	"HOME=$(getent passwd "$who" | cut -d : -f 6)"; do
	check "start: the environment has $wanted_line" grep -qxF "$wanted_line" "$seen/environment"
done
check 'start: a run id' grep -Eqx 'ENSTRATUS_RUN_ID=[0-9a-f]{8}' "$seen/environment"
first=$(grep RUN_ID "$seen/environment")
expect 'start again' 0 "$start" a1
check_not 'each run has its own id' grep -qxF "$first" "$seen/environment"

for kind in stop check; do
	hook a1 enstratus-$kind <<'END'
#!/bin/sh
echo "$# $1 $ENSTRATUS_EVENT $(pwd -P) $(umask) $(readlink /proc/$$/fd/0)" >../../seen/${0##*-}
END
done
expect 'stop' 0 "$stop" a1
empty 'stop'
same 'stop: what it finds' "1 a1 stop $services/a1 0022 /dev/null" "$(cat "$seen/stop")"
expect 'check' 0 "$ask" a1
same 'check: what it finds' "1 a1 check $services/a1 0022 /dev/null" "$(cat "$seen/check")"
hook a1 enstratus-configure <<'END'
#!/bin/sh
echo "$# $1 $2 $ENSTRATUS_EVENT $ENSTRATUS_CUSTOMER_ID $(id -un) $(readlink /proc/$$/fd/0)" >../../seen/configure
END
expect 'configure' 0 configure a1
same 'configure: what it finds' "2 a1 $services/a1/cfg/enstratus.cfg deploy c1 $(id -un) /dev/null" "$(cat "$seen/configure")"

# A stopped service may be stopped, a running one started.
for again in "$stop" "$stop" "$start" "$start"; do expect "$(basename "$again") again" 0 "$again" a1; done

# ---- as a document

hook doc enstratus-start <<'END'
#!/bin/sh
exit 7
END
cp "$services/doc/bin/enstratus-start" "$services/doc/bin/enstratus-stop"
for command in start stop; do
	expect "$command --json" 7 "$bin/${command}Service" --json doc
	check "$command --json: one document" grep -Eqx '\{"schema":1,"command":"'$command'Service","status":7,"service":"doc","error":"[^"]*exited with status 7","hook":\{"started":"20[^"]*Z","event":"'$command'","hook":"enstratus-'$command'","run":"[^"]+","state":"ended","durationMs":[0-9]+,"status":7,"ended":"","changed":""\}\}' "$out"
done
check 'the id is that of the history' grep -qF "$(sed 's/.*"run":"\([^"]*\)".*/\1/' "$out")" "$services/.enstratus/doc/history"
printf '#!/bin/sh\nexec sleep 600\n' | hook doc enstratus-start
expect 'start --json, past its time' 124 "$bin/startService" --json --timeout 1 doc
check 'start --json: what ended it' grep -q '"status":124,"ended":"timeout"' "$out"
rm "$services/doc/bin/enstratus-start"
expect 'start --json of no hook' 10 "$bin/startService" --json doc
same 'start --json of no hook' '"status":10 no' "$(grep -o '"status":[0-9]*' "$out") $(grep -q '"hook":{' "$out" || echo no)"
rm -r "$services/doc"

# ---- names, absent, not executable

for kind in start stop check configure; do
	hook "old-$kind" "enStratus-$kind" <<'END'
#!/bin/sh
echo OLD
END
done
# of KIND ID - the command of that kind on that service.
of() {
	case $1 in
	configure) configure "$2" ;;
	*) "$bin/${1}Service" "$2" ;;
	esac
}
for kind in start stop check configure; do
	expect "old spelling of $kind" 0 of $kind "old-$kind"
	check "old spelling of $kind is run" grep -q OLD "$err"
	hook "old-$kind" "enstratus-$kind" <<'END'
#!/bin/sh
echo NEW
END
	expect "both spellings of $kind" 0 of $kind "old-$kind"
	check "both spellings of $kind: the new one is run" grep -q NEW "$err"
	check_not "both spellings of $kind: the old one is not" grep -q OLD "$err"
done
mkdir -p "$services/none/bin" "$services/none/cfg" "$services/plain/bin" "$services/plain/cfg"
for kind in start stop check configure; do
	printf '#!/bin/sh\n: >../../seen/plain\n' >"$services/plain/bin/enstratus-$kind"
	chmod 644 "$services/plain/bin/enstratus-$kind"
done
for kind in start stop; do
	expect "$kind: absent" 10 of $kind none
	one_line "$kind: absent"
	last_line "$kind: absent" "hook 'bin/enstratus-$kind' is not there"
	expect "$kind: not executable" 10 of $kind plain
	one_line "$kind: not executable"
	last_line "$kind: not executable" "hook 'bin/enstratus-$kind' is not an executable file"
done
expect 'configure: absent' 0 configure none
says 'configure: absent' 'enstratus-configure.*not there'
expect 'configure: not executable' 10 configure plain
last_line 'configure: not executable' 'is not an executable file'
for id in none plain; do
	expect "check: $id" 0 "$ask" $id
	same "check: $id: the answer" OK "$(cat "$out")"
	says "check: $id: logged" enstratus-check
done
check 'what is not executable was not run' test ! -e "$seen/plain"

# ---- the hook's status and ours

for case in 'KILL 137' 'SEGV 139' 'TERM 143'; do
	hook status enstratus-start <<END
#!/bin/sh
ulimit -c 0
kill -s ${case% *} \$\$
END
	expect "a hook that dies of ${case% *}" "${case#* }" "$start" status
	last_line "a hook that dies of ${case% *}" "died of signal $((${case#* } - 128))"
done
hook status enstratus-start <<'END'
#!/nonexistent/interpreter
END
expect 'an interpreter that is missing' 127 "$start" status
last_line 'an interpreter that is missing' 'interpreter'
echo 'exit 0' | hook status enstratus-start
expect 'no #! line' 126 "$start" status
last_line 'no #! line' '#!'
hook status enstratus-start <<'END'
#!/etc/passwd
END
expect 'an interpreter that is no program' 126 "$start" status
expect 'no such service' 66 "$start" nowhere
one_line 'no such service'

# ---- what a hook prints

hook chatty enstratus-start <<'END'
#!/bin/sh
seq 1 100000 || exit 99
echo done >../../seen/chatty
END
expect 'chatty' 0 "$start" chatty
empty 'chatty'
relayed >"$root/w/relayed"
seq 1 100000 >"$root/w/wanted"
check 'chatty: complete and in order' cmp -s "$root/w/wanted" "$root/w/relayed"
rm "$seen/chatty"
"$start" chatty 2>&1 | head -n 1 >/dev/null
check 'chatty: no SIGPIPE when nobody reads on' has chatty
rm "$seen/chatty"
# shellcheck disable=SC2016
expect 'chatty without stderr' 0 sh -c '"$1" chatty 2>&-' - "$start"
check 'chatty: no SIGPIPE without stderr' has chatty

hook print enstratus-start <<'END'
#!/bin/sh
printf '\033[31mred\377\200\001 gr\303\274n\twell\302\205 a\000b\r\n'
printf 'to stderr\n' >&2
printf 'no newline'
END
expect 'odd bytes' 0 "$start" print
empty 'odd bytes'
same 'odd bytes: only what is printable' 0 "$(LC_ALL=C tr -d '\n\t -~\303\274' <"$err" | wc -c)"
check 'odd bytes: text is kept' grep -qF "?[31mred??? grün	well" "$err"
check 'odd bytes: a NUL is one of them' grep -qF 'a?b' "$err"
check 'stderr is relayed too' grep -q ': to stderr$' "$err"
check 'a last line without its newline is relayed' grep -q ': no newline$' "$err"

hook long enstratus-start <<'END'
#!/bin/sh
head -c 1000000 /dev/zero | tr '\0' x
END
expect 'a line of a megabyte' 0 "$start" long
same 'a line of a megabyte: complete' 1000000 "$(relayed | tr -d '\n' | wc -c)"
check 'a line of a megabyte: no record above 1024 bytes' awk 'length > 1023 { exit 1 }' "$err"

# ---- a daemon that keeps the output

hook daemon enstratus-start <<'END'
#!/bin/sh
sleep 300 &
echo $! >../../seen/daemon
echo started
END
expect 'a daemon that keeps the output' 0 timeout -s KILL 4 "$start" daemon
says 'a daemon that keeps the output' 'warning: .*enstratus-start.* holds its output'
daemon=$(cat "$seen/daemon")
check_not 'the daemon lives on' gone "$daemon"
kill "$daemon"
check 'and can be ended' wait_until 60 gone "$daemon"

# ---- agent.cfg

mkdir -p "$root/bad/cfg"
for text in 'no sense' 'enstratus-start.timeout=soon' 'enstratus-start.timeout=0'; do
	printf '[hooks]\n# a comment\n%s\n' "$text" >"$root/bad/cfg/agent.cfg"
	expect "agent.cfg with '$text'" 65 env ENSTRATUS_HOME="$root/bad" "$start" a1
	one_line "agent.cfg with '$text'"
	says "agent.cfg with '$text'" 'agent\.cfg.*(line 3|enstratus-start\.timeout)'
done

# ---- stopService.log

hook a1 enstratus-stop <<'END'
#!/bin/sh
echo "stopping" "$(cat ../../seen/word)"
END
log=$ENSTRATUS_TMP_DIR/stopService.log
rm -f "$log"
for word in first second; do
	echo $word >"$seen/word"
	expect "stop logged, $word" 0 "$stop" a1
done
same 'stopService.log: both are there' 'stopping first stopping second ' "$(tr '\n' ' ' <"$log")"
same 'stopService.log: mode' 660 "$(stat -c %a "$log")"
echo canary >"$root/w/canary"
ln -sf "$root/w/canary" "$log"
expect 'a link in the place of stopService.log' 0 "$stop" a1
same 'a link in the place of stopService.log is not followed' canary "$(cat "$root/w/canary")"
says 'a link in the place of stopService.log' 'warning: .*stopService\.log'
rm "$log"

# ---- one command at a time

hook busy enstratus-start <<'END'
#!/bin/sh
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
echo $$ >../../seen/busy
until [ -e ../../seen/go ]; do sleep 0.02; done
echo finished >../../seen/finished
END
hook busy enstratus-stop <<'END'
#!/bin/sh
echo stopped >../../seen/stopped
END
fresh() { rm -f "$seen/go" "$seen/agent" "$seen/busy" "$seen/finished" "$seen/stopped"; }
# hold NAME COMMAND... - in the background until its hook waits.
hold() {
	fresh
	begin "$@"
	check "$1: the hook runs" wait_until 60 has busy
}
hold locked "$start" busy
agent=$(cat "$seen/agent")
expect 'busy' 75 "$stop" busy
one_line 'busy'
says 'busy' "startService.*$agent.*[0-9]+ s"
check 'busy: the hook was not run' test ! -e "$seen/stopped"
expect 'busy: check' 75 "$ask" busy
check 'busy: check answers with a word too' grep -q '^UNKNOWN: .*busy' "$out"
begin waiting "$stop" --wait 20 busy
touch "$seen/go"
end locked
same 'the holder ends' 0 "$status"
end waiting
same '--wait gets its turn' 0 "$status"
check '--wait: the hook was run' has stopped

hold killed "$start" busy
kill -s KILL "$(cat "$seen/agent")"
end killed
same 'the agent was killed' 137 "$status"
expect 'the lock went with its holder' 0 "$stop" busy
touch "$seen/go"
check_not 'the hook went with its agent' has finished

hook a1 enstratus-start <<'END'
#!/bin/sh
echo run >>../../seen/generations
END
for step in '7 0' '6 76' '7 0' '8 0' '0 76'; do
	expect "generation ${step% *}" "${step#* }" "$start" --generation "${step% *}" a1
done
says 'a stale generation' 'generation 0.*generation 8'
expect 'a stale generation for stop' 76 "$stop" --generation 7 a1
expect 'without a generation' 0 "$start" a1
same 'a stale generation runs no hook' 4 "$(wc -l <"$seen/generations")"
expect 'a generation that is none' 1 "$start" --generation x a1

# ---- signals

hold hangup "$start" busy
kill -s HUP "$(cat "$seen/agent")"
expect 'still busy after SIGHUP' 75 "$stop" busy
check 'the hook goes on after SIGHUP' test -d "/proc/$(cat "$seen/busy")"
touch "$seen/go"
end hangup
same 'SIGHUP: the run goes on to its end' 0 "$status"
check 'SIGHUP: the hook too' has finished

hold abort "$start" --on-hangup=abort busy
kill -s HUP "$(cat "$seen/agent")"
end abort
same '--on-hangup=abort' 129 "$status"
last_line '--on-hangup=abort' 'hang-up'
check '--on-hangup=abort: the hook is gone' ended busy
check '--on-hangup=abort: it did not finish' test ! -e "$seen/finished"
expect '--on-hangup=sometimes' 1 "$start" --on-hangup=sometimes busy

hook tree enstratus-start <<'END'
#!/bin/sh
sh -c 'echo $$ >>../../seen/busy; sleep 300' &
setsid sh -c 'echo $$ >>../../seen/busy; exec sleep 300' &
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
until [ "$(wc -l <../../seen/busy)" = 2 ]; do sleep 0.02; done 2>/dev/null
echo $$ >>../../seen/busy
echo all >../../seen/all
sleep 300
END
for case in 'TERM 143' 'INT 130' 'QUIT 131'; do
	fresh
	rm -f "$seen/all"
	begin tree "$start" tree
	check "SIG${case% *}: the hook runs" wait_until 60 has all
	kill -s "${case% *}" "$(cat "$seen/agent")"
	end tree
	same "SIG${case% *}" "${case#* }" "$status"
	last_line "SIG${case% *}" 'this command got'
	check "SIG${case% *}: the whole tree is gone" ended busy
done

# ---- states

# states_of WHAT STATE - of one service, whose hook is on stdin.
states_of() {
	hook state enstratus-check
	expect "check: $1" 0 "$ask" state
	check "check: $1: '$2'" grep -Eqx "$2" "$out"
	same "check: $1: one line" 1 "$(wc -l <"$out")"
}
states_of 'running' OK <<'END'
#!/bin/sh
echo OK
END
states_of 'blanks around' OK <<'END'
#!/bin/sh
printf '  OK \t\r\nmore\n'
END
states_of 'impaired' 'DOWN: no answer on port 80' <<'END'
#!/bin/sh
printf ' \tDOWN: no answer on port 80  \nsecond line\n'
exit 3
END
states_of 'words on stderr are none' 'SLOW' <<'END'
#!/bin/sh
echo a warning >&2
echo SLOW
END
states_of 'silent' 'UNKNOWN: .*' <<'END'
#!/bin/sh
END
states_of 'silent with a status' 'UNKNOWN: .*status 4.*' <<'END'
#!/bin/sh
exit 4
END
states_of 'no interpreter' 'UNKNOWN: .*interpreter.*' <<'END'
#!/nonexistent/sh
END
end hang
same 'check: past its time' 0 "$status"
check 'check: past its time: UNKNOWN' grep -Eqx 'UNKNOWN: .*1 s.*' "$out"
expect 'check of nowhere' 66 "$ask" nowhere

ENSTRATUS_SERVICES_DIR=$root/few
real=$services services=$root/few
mkdir "$services"
touch "$services/file"
mkdir "$services/lost+found"
printf '#!/bin/sh\necho OK\n' | hook web enstratus-check
printf '#!/bin/sh\necho "DOWN: a \\"b\\" c"\nexit 1\n' | hook a-long-one enstratus-check
expect 'all states' 0 "$ask"
same 'all states: separated by a tab, in name order' "a-long-one	DOWN: a \"b\" c web	OK " "$(tr '\n' ' ' <"$out")"
check 'all states: whose each line is' grep -q 'checkService\[[0-9]*\]: web: enstratus-check: OK$' "$err"
expect 'one state' 0 "$ask" web
check 'one state: nobody asks whose' grep -q 'checkService\[[0-9]*\]: enstratus-check: OK$' "$err"
expect 'all states: --json' 0 "$ask" --json
same 'all states: --json: the services' '[{"service":"a-long-one","state":"DOWN: a \"b\" c","running":false},{"service":"web","state":"OK","running":true}]' \
	"$(sed -n 's/.*"services":\(\[.*\]\).*/\1/p' "$out")"
expect 'all states: all are to be OK' 1 "$ask" --require-ok --json
says 'all states: all are to be OK' 'error: cannot check the services: 1 of 2 are not OK$'
check 'all states: all are to be OK: they are told' grep -q '"status":1,"services":\[{.*"web"' "$out"
expect 'one state: it is to be OK' 0 "$ask" --require-ok web
expect 'one state: it is not' 1 "$ask" --require-ok a-long-one
same 'one state: it is not' 'DOWN: a "b" c' "$(cat "$out")"
says 'one state: it is not' 'error: .*it is not OK: DOWN: a "b" c$'
# Each waits for the other: one after the other they would run past their time.
for service in one other; do
	hook $service enstratus-check <<-END
		#!/bin/sh
		touch here
		until [ -e ../one/here ] && [ -e ../other/here ]; do sleep 0.01; done
		echo OK
	END
done
run "$ask" --timeout 60
same 'all states: side by side' 'one	OK other	OK ' "$(grep '^o' "$out" | tr '\n' ' ')"
rm -rf "$services/one" "$services/other"
hook late enstratus-check <<'END'
#!/bin/sh
echo x >>looks
if [ "$(wc -l <looks)" -ge 3 ]; then echo OK; else echo DOWN; fi
END
expect 'one state: waited for' 0 "$ask" --wait-ok 600 late
same 'one state: only the last is told' OK "$(cat "$out")"
rm "$services/late/looks" "$services/a-long-one/bin/enstratus-check"
expect 'all states: waited for' 0 "$ask" --wait-ok 600
same 'all states: only the last are told' 'a-long-one	OK late	OK web	OK ' "$(tr '\n' ' ' <"$out")"
printf '#!/bin/sh\necho DOWN\n' | hook late enstratus-check
expect 'one state: waited for in vain' 1 "$ask" --wait-ok 1 late
same 'one state: waited for in vain' DOWN "$(cat "$out")"
rm -rf "$services/late"
printf '#!/bin/sh\necho "DOWN: a \\"b\\" c"\nexit 1\n' | hook a-long-one enstratus-check
expect 'one state: --json' 0 "$ask" --json web
check 'one state: --json' grep -qF '"services":[{"service":"web","state":"OK","running":true}]' "$out"
expect 'nowhere: --json' 66 "$ask" --json nowhere
check 'nowhere: --json' grep -Eq '"status":66.*"error":"' "$out"
if have_terminal; then
	expect 'all states on a terminal' 0 script -qec "'$ask' 2>'$root/w/terminal'" /dev/null
	tr -d '\r' <"$out" | sed 's/^.*\^D//; s/\x08//g' >"$root/w/table"
	for line in 'SERVICE     STATE' 'a-long-one  DOWN: a "b" c' 'web         OK'; do
		check "all states on a terminal: $line" grep -qxF "$line" "$root/w/table"
	done
	printf '#!/bin/sh\necho OK\necho more\n' | hook web enstratus-check
	expect 'a state on a terminal' 0 script -qec "'$ask' web" /dev/null
	same 'a state on a terminal: once' 1 "$(grep -c OK "$out")"
	check 'and the other lines' grep -q 'enstratus-check: more' "$out"
else
	skip 'all states on a terminal' 'no script(1)'
fi
ENSTRATUS_SERVICES_DIR=$real services=$real

# ---- what took its time

end stubborn
same 'a hook that ignores SIGTERM' 124 "$status"
last_line 'a hook that ignores SIGTERM' 'ran past its 1 s and was killed'
check 'what it printed is relayed' grep -q 'before the end' "$err"
check 'a hook that ignores SIGTERM is gone' ended stubborn
end escape
same 'a hook that leaves its session' 124 "$status"
same 'a hook that leaves its session: all noted' 3 "$(wc -l <"$seen/escape")"
check 'a hook that leaves its session: all gone' ended escape
end limit
same 'a time limit from agent.cfg' 124 "$status"
last_line 'a time limit from agent.cfg' 'ran past its 1 s'
end stall
same 'a stderr that nobody reads' 0 "$status"
check 'a stderr that nobody reads: the hook ended' has stall
