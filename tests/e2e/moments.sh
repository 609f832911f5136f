#!/bin/sh
# SPDX-License-Identifier: MIT
# moments.sh [KILLS] - installService, configureService, startService and stopService killed at random
# moments, with hooks that fork, leave their session and ignore signals: each time no process, no lock
# and no secret is left, and the next command leaves nothing of an installation that was cut off.
# MOMENTS_SEED chooses other moments.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; make_versions sets user
. "$(dirname "$0")/lib.sh"

kills=${1:-$(share 160)}
seed=${MOMENTS_SEED:-$(date +%s)}
faults=$build/tests/faults
services=$shm/services ENSTRATUS_SERVICES_DIR=$shm/services
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
# The input is where no scan looks; all else that the test or the agent makes is scanned.
private=$(mktemp -d "${TMPDIR:-/tmp}/agent-test.$$.XXXXXX") || exit 1
at_exit 'rm -rf "$private"'
at_exit 'working | xargs -r kill -s KILL 2>/dev/null'
printf '%s\n' name=Shop dataSources=x "dataSource.x.servicePassword=$marker" >"$private/cfg"

mkdir "$shm/seen"
chmod 777 "$shm/seen"

# What a hook starts is its own to end: where it comes to its end, nothing is left but what was killed
# too late.
make_versions
for version in old new; do
	for hook in configure start stop; do
		cat >"$root/$version/bin/enstratus-$hook" <<-'END'
			#!/bin/sh
			trap '' HUP INT QUIT TERM PIPE
			stubborn='while :; do sleep 0.02 & wait; done'
			setsid sh -c "$stubborn" <"${2:-/dev/null}" &
			one=$!
			sh -c "setsid sh -c '$stubborn' >/dev/null 2>&1 & echo \$!" >"../../seen/$$"
			read -r two <"../../seen/$$"
			rm "../../seen/$$"
			[ ! -e "$2" ] || cat "$2"
			sleep 0.02
			kill -s KILL "$one" "$two"
			wait
			exit 0
		END
	done
	rm "$root/$version.zip"
	(cd "$root/$version" && zip -qry "$root/$version.zip" .)
done
chmod 755 "$root"/*/bin/enstratus-*

# working - the processes that work here or are of the agent's.
working() {
	find /proc/[0-9]*/cwd /proc/[0-9]*/exe -maxdepth 0 \( -lname "$root/*" -o -lname "$shm/*" \) 2>/dev/null |
		cut -d / -f 3 | sort -u
}
nobody_works() { [ -z "$(working)" ]; }

# do_verb VERB - its words, by exec: the process that is to be killed is the agent.
do_verb() {
	case $1 in
	install) exec "$bin/installService" a1 c001 "$user" "$root/$other.zip" ;;
	configure) exec "$bin/configureService" --config - "$user" c1 a1 <"$private/cfg" ;;
	*) exec "$bin/${1}Service" a1 ;;
	esac
}
turn() { was=$version version=$other other=$was; }

# what_is_left - a line for each thing that is to be gone by now.
what_is_left() {
	wait_until 60 nobody_works || working | while read -r pid; do
		echo "process $pid: $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
	done
	find "$services/.enstratus" -name lock | while read -r lock; do
		flock -n "$lock" true || echo "locked: $lock"
	done
	set -- /dev/shm/enstratus-*
	[ -e "$1" ] || shift
	"$faults" scan "$marker" "$shm" "$root/w" "$ENSTRATUS_TMP_DIR" "$ENSTRATUS_HOME" "$@"
}

# next_command - finishes what had begun to become the service.
next_command() {
	run "$bin/checkService" a1
	[ "$status" -lt 64 ] || echo "the next command ends with $status"
	# What a service was told is forgotten before it is told anything.
	rm -f "$services/.enstratus/a1/told"
	look
	is_as old || is_as new || echo 'neither old nor new'
	find "$services/a1/cfg" "$ENSTRATUS_RUN_DIR" -mindepth 1 ! -name app.conf
}

# next_installation - what had not begun to is its to remove.
next_installation() {
	install_version $version || echo "the next installation ends with $status"
	look
	is_as $version || echo 'the next installation leaves another version'
}

# a_round VERB FRACTION - killed after that part of its usual length, which follows the machine.
a_round() {
	eval "length=\$length_$1"
	(do_verb "$1") >"$out" 2>"$err" &
	agent=$!
	sleep "$(awk -v f="$2" -v l="$length" 'BEGIN { printf "%.4f", f * l / 1e6 }')"
	kill -s KILL $agent 2>/dev/null
	status=0
	wait $agent 2>/dev/null || status=$?
	case $status in
	137) killed=$((killed + 1)) length=$((length + length / 8)) ;;
	0) length=$((length - length / 4)) ;;
	*) fail "$1 at $2 of $length us: status $status" ;;
	esac
	eval "length_$1=\$length"
	left=$(what_is_left; next_command)
	if is_as $other; then turn; fi
	left=$left$([ "$1" != install ] || next_installation; no_leftovers a1 || cat "$out")
	[ -z "$left" ] || { fail "$1 killed at $2 of $length us, seed $seed: $left"; return 1; }
}

version=old other=new
check 'an old service' install_version old
check 'its update' install_version new
look
keep new
check 'and back' install_version old
look
keep old
for verb in install configure start stop install; do
	begun=$(date +%s%N)
	(do_verb $verb) >"$out" 2>"$err"
	same "$verb, left alone" 0 $?
	eval "length_$verb=$((($(date +%s%N) - begun) / 1000))"
	[ $verb != install ] || turn
done
same 'nothing is left of those' '' "$(what_is_left; next_command)"
keep_books a1

killed=0
awk -v n=$((kills * 10)) -v seed="$seed" 'BEGIN {
	srand(seed)
	split("install configure start stop", verbs, " ")
	for (i = 0; i < n; i++)
		print verbs[i % 4 + 1], rand()
}' >"$root/w/moments"
while [ $killed -lt "$kills" ] && read -r verb fraction; do
	a_round "$verb" "$fraction" || break
done <"$root/w/moments"
same 'so many were killed alive' "$kills" $killed
