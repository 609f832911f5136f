#!/bin/sh
# SPDX-License-Identifier: MIT
# together.sh - installations beside those who read the service, and beside each other.
# shellcheck disable=SC2016 # single quotes: for an inner shell, or for later
. "$(dirname "$0")/lib.sh"

services=$shm/services ENSTRATUS_SERVICES_DIR=$shm/services
reader=$build/tests/reader
[ -x "$reader" ] || { fail "no '$reader': run 'make $reader'"; exit; }

make_versions
check 'an old service' install_old
check 'its update' install_version new
look
keep new
cp -R "$services/a1" "$root/w/new"
check 'and back' install_version old
look
keep old
cp -R "$services/a1" "$root/w/old"
keep_books one

# rolls_back - to the version that was installed before.
rolls_back() { run "$bin/rollbackService" a1 && [ "$status" = 0 ]; }

# install VERSION [SERVICE_ID] - a command line for begin: one that waits for the lock.
install() { "$bin/installService" --wait 60 "${2:-a1}" c001 "$user" "$root/$1.zip"; }

# ---- a reader sees every file old or new, never half and never missing

pid_reader=
begin reader "$reader" "$root/w/old" "$root/w/new" "$services/a1"
at_exit '[ -z "$pid_reader" ] || kill "$pid_reader" 2>/dev/null'
i=0 runs=$(share 2000)
while [ $i -lt $((runs / 4)) ]; do
	if ! install_version new || ! install_version old || ! rolls_back || ! rolls_back; then
		fail "re-install $i"
		break
	fi
	i=$((i + 1))
done
kill "$pid_reader"
end reader
pid_reader=
same 'what a reader saw beside old and new' 0 "$status"
check 'it saw both' grep -Eq 'times: [1-9][0-9]* old, [1-9][0-9]* new, 0 neither$' "$out"
read -r _ _ _ times _ <"$out"
check "it read them often, $times times" test "$times" -gt "$runs"
look
check 'the service is whole' is_as old
check 'nothing is left' no_leftovers one

# ---- of two at once, one is refused

# is_whole - the service is one of the two.
is_whole() { look && { is_as old || is_as new; }; }

i=0 refused=0
while [ $i -lt "$(share 100)" ]; do
	i=$((i + 1))
	begin one "$bin/installService" a1 c001 "$user" "$root/old.zip"
	begin two "$bin/installService" a1 c001 "$user" "$root/new.zip"
	both=
	for which in one two; do
		end $which
		both=$both$status,
		[ "$status" != 75 ] || one_line "$which is refused"
	done
	case $both in
	0,0,) ;;
	0,75, | 75,0,) refused=$((refused + 1)) ;;
	*) fail "two at once end with $both"; break ;;
	esac
	is_whole || { fail "two at once that end with $both leave neither old nor new"; break; }
done
check 'nothing is left of two at once' no_leftovers one

# all NAME... - ends them; their statuses to $all.
all() {
	all=
	for which; do
		end "$which"
		all=$all$status,
		[ "$status" = 0 ] || grep . "$err"
	done
}

i=0
while [ $i -lt "$(share 100)" ]; do
	i=$((i + 1))
	begin one install old
	begin two install new
	begin three install old
	all one two three
	[ $all = 0,0,0, ] || { fail "three that wait end with $all"; break; }
	is_whole || { fail 'three that wait leave neither old nor new'; break; }
done
check 'nothing is left of three that wait' no_leftovers one

# verify - what it says of the installed version: nothing but of what was added.
verify() {
	"$bin/verifyService" -q --wait 60 a1 >"$root/w/found" 2>/dev/null
	[ $? = 1 ] && [ "$(cat "$root/w/found")" = "extra	bin/mine" ]
}
# Whatever the order is, it is one.
i=0
while [ $i -lt "$(share 100)" ]; do
	i=$((i + 1))
	begin one install new
	begin two "$bin/rollbackService" --wait 60 a1
	begin three verify
	begin four install old
	begin five "$bin/checkService" --wait 60 a1
	all one two three four five
	[ $all = 0,0,0,0,0, ] || { fail "all kinds at once end with $all"; break; }
	is_whole || { fail 'all kinds at once leave neither old nor new'; break; }
	verify || { fail 'all kinds at once leave another version than the one that is noted'; break; }
done
check 'nothing is left of all kinds at once' no_leftovers one

# Different services, in a services directory that is there and in one that each of them would make.
others='b1 b2 b3 b4'
at_once() {
	for id in $others; do begin "$id" install new "$id"; done
	# shellcheck disable=SC2086 # a list
	all $others
	[ $all = 0,0,0,0, ] || { fail "$1: $all"; return 1; }
	for id in $others; do
		diff -r --no-dereference "$root/new" "$services/$id" >"$out" 2>&1 ||
			{ fail "$1: $id is not whole"; return 1; }
	done
}
i=0 rounds=$(share 40)
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	at_once 'new services at once' || break
	at_once 'updates of several services at once' || break
	for id in $others; do rm -r "${services:?}/$id" "$services/.enstratus/$id"; done
done
check 'updates of several services at once' test $i = "$rounds"
check 'an installation after them' install_version old
check 'nothing is left of several services at once' no_leftovers one
i=0 rounds=$(share 40)
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	ENSTRATUS_SERVICES_DIR=$root/w/fresh services=$root/w/fresh
	rm -rf "$services"
	at_once 'the first services at once' || break
done
check 'the first services at once' test $i = "$rounds"
ENSTRATUS_SERVICES_DIR=$shm/services services=$shm/services

# ---- one that stands still

if ! can_trace; then
	skip 'an installation that stands still' "strace cannot trace here: $(head -n 1 "$err")"
	exit
fi

# noted COMMAND... - the command, after its pid was noted in $root/w/held.
printf '#!/bin/sh\necho $$ >"%s" && exec "$@"\n' "$root/w/held" >"$root/w/noted"
chmod +x "$root/w/noted"

# hold NAME CALL N COMMAND... - begin, but stop after its N-th such call: its process is $held.
hold() {
	rm -f "$root/w/held"
	holding="trace=?$2 inject=?$2:signal=STOP:when=$3" held_as=$1
	shift 3
	begin "$held_as" under_strace "$holding" /dev/null "$root/w/noted" "$@"
	wait_until 60 is_held
}
# hold_install NAME CALL SERVICE_ID VERSION - at its first such call.
hold_install() { hold "$1" "$2" 1 "$bin/installService" "$3" c001 "$user" "$root/$4.zip"; }
# shellcheck disable=SC2317 # wait_until calls it
is_held() { read -r held <"$root/w/held" && is_stopped "$held"; }
held=
at_exit '[ -z "$held" ] || kill -KILL "$held" 2>/dev/null'
# go_on NAME - to its end.
go_on() {
	kill -CONT "$held"
	held=
	end "$1"
}

# While it unpacks it has the lock.
check 'the old one again' install_version old
check 'an installation is held' hold_install first symlinkat a1 new
look
check 'the service is as it was' is_as old
for command in "installService a1 c001 $user $root/old.zip" 'rollbackService a1' 'verifyService a1' \
	'checkService a1'; do
	# shellcheck disable=SC2086 # words
	expect "$command" 75 "$bin/"$command
	says "$command" "error: .*'a1' is busy: installService \\(pid $held\\) has held its lock for [0-9] s"
	same "$command: lines on stderr" 1 "$(grep -vc 'not root: ' "$err")"
done
expect 'one that waits too short' 75 "$bin/installService" --wait 1 a1 c001 "$user" "$root/old.zip"
# Of another service with a name that begins like this one's; and of one that is held.
expect 'another service is free' 0 "$bin/installService" a1.b c001 "$user" "$root/new.zip"
begin second install old
go_on first
same 'the first goes on to its end' '0 Service is of type: zip.' "$status $(cat "$out")"
end second
same 'and the one that waited after it' '0 Service is of type: zip.' "$status $(cat "$out")"
look
check 'which has the last word' is_as old

check 'one of another service is held' hold_install first symlinkat a1.b old
check 'this one is free' install_version new
check 'and again' install_version old
go_on first
same 'the other one goes on to its end' 0 "$status"
diff -r --no-dereference "$root/old" "$services/a1.b" >"$out" 2>"$err"
same 'and is whole' 'app: only-new' "$(sed "s|^Only in $services/a1.b/||" "$out")"

# What another run clears away is not the file that a run has only just made for its image.
run under_strace 'trace=openat' "$root/w/trace" "$root/w/noted" \
	"$bin/installService" a1 c001 "$user" "$root/old.zip"
n=$(awk '/ openat[(]/ { n++ } /"[.]copy[.]/ { print n; exit }' "$root/w/trace")
check 'one is held before it locks its copy' \
	hold first openat "$n" "$bin/installService" a1 c001 "$user" "$root/new.zip"
check 'another run' install_version old
go_on first
same 'the first goes on to its end' 0 "$status"
look
check 'and is whole' is_as new

# An image that nobody goes back to any more when its turn comes: nothing has changed then.
printf '[images]\nkeep=2\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
(cd "$root/new" && zip -0qry "$root/packed.zip" .)
check 'one version' install_version packed
check 'and another' install_version old
kept=$(sha256sum "$root/packed.zip" | cut -c 1-64)
run under_strace 'trace=openat' "$root/w/trace" "$root/w/noted" "$bin/rollbackService" a1
expect 'and back to the other' 0 "$bin/rollbackService" a1
n=$(awk -v kept="$kept" '/ openat[(]/ { n++ } index($0, kept) { print n; exit }' "$root/w/trace")
check 'one that goes back is held before its lock' hold first openat "$n" "$bin/rollbackService" a1
check 'another one' install_version new
go_on first
same 'it is refused' 69 "$status"
says 'it is refused' 'removed by another run'
expect 'another version stays' 1 "$bin/verifyService" -q a1
same 'another version stays' 'extra	bin/mine' "$(cat "$out")"
look
check 'and is whole' is_as new
rm "$ENSTRATUS_HOME/cfg/agent.cfg"
check 'and all anew' install_old
check 'with both versions' install_version new

# What a killed one leaves is removed by the next of the same service.
check 'the old one again' install_version old
check 'one is held to be killed' hold_install first symlinkat a1 new
kill -KILL "$held"
held=
end first
same 'it is killed' 137 "$status"
check 'the next one' install_version old
rm -rf "$services/a1.b" "$services/.enstratus/a1.b"
check 'leaves nothing of it' no_leftovers one
look
check 'and is whole' is_as old
