#!/bin/sh
# SPDX-License-Identifier: MIT
# faults.sh - configureService killed at each step and at random moments, its guardian and both; full
# disks, lost directories, hooks that hang, fork, close and stay: nowhere a byte of the secret.
# FAULT_SEED chooses other moments.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; begin sets pid_NAME
. "$(dirname "$0")/lib.sh"
at_exit kill_left

w=$root/w
faults=$build/tests/faults
user=$(id -un)
! is_root || user=www-data
seen=$root/seen
mkdir "$seen" "$ENSTRATUS_TMP_DIR"
chmod 777 "$seen"
has() { test -s "$seen/$1"; }
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
# The input is where no scan looks; all else that the test or the agent makes is scanned.
private=$(mktemp -d "${TMPDIR:-/tmp}/agent-test.$$.XXXXXX") || exit 1
at_exit 'rm -rf "$private"'
printf '%s\n' name=Shop dataSources=x "dataSource.x.servicePassword=$marker" '[custom]' "token=$marker-custom" >"$private/cfg"
configure() { "$bin/configureService" --config - "$@" "$user" c1 a1 <"$private/cfg"; }
scan() { "$faults" scan "$marker" "$root" "$shm" >"$private/found"; }
clean() {
	check "$1: nothing of the secret is left" scan
	[ ! -s "$private/found" ] || cat "$private/found"
}
# clean_after WHAT - nor a link or directory of a run, at the latest after the next command.
clean_after() {
	clean "$1"
	expect "$1: the next command" 0 "$bin/checkService" --wait 20 a1
	check "$1: no link, no directory of a run" test -z "$(find "$services/a1/cfg" "$ENSTRATUS_RUN_DIR" -mindepth 1 2>/dev/null)"
	clean "$1, after the next command"
}
# The hook prints the secret and takes its time.
hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2" cfg/enstratus.cfg
sleep 0.002
grep token "$2" >&2
END

# ---- the search is one that finds

clean 'before'
for place in "$services/a1/x" "$ENSTRATUS_TMP_DIR/x" "$shm/x" "$w/x"; do
	printf 'a=%s.' "$marker" >"$place"
	check_not "the search finds a file: $place" scan
	rm "$place"
done
: >"$w/$marker"
check_not 'the search finds a name' scan
rm "$w/$marker"
ln -s "/$marker/x" "$w/link"
check_not 'the search finds a link' scan
rm "$w/link"
{ head -c $((262144 - 9)) /dev/zero; echo "$marker"; } >"$w/x"
check_not 'the search finds what lies across two parts' scan
rm "$w/x"
clean 'before'

# ---- killed at random moments

lock=$services/.enstratus/a1/lock
expect 'a whole run' 0 configure
runs=$(share 500 50) seed=${FAULT_SEED:-1}
run "$faults" kill "$runs" "$seed" "$marker" "$lock" "$private/cfg" "$w/output" "$root" "$shm" -- \
	"$bin/configureService" --config - "$user" c1 a1
same "$runs kills, seed $seed: exit status" 0 "$status"
tail -n 1 "$out" >"$w/sum"
check "$runs kills: many of them met it alive" sh -c 'read -r _ killed _ <"$1" && [ "$killed" -gt $(($2 / 8)) ]' - "$w/sum" "$runs"
clean_after "$runs kills"

# ---- a signal at each step

if ! can_trace; then
	skip 'a signal at each step' "$(cat "$err")"
else
	# How many calls one run makes; the second, for the first one makes what is not there yet.
	strace -o "$private/trace" "$bin/configureService" -q --config - "$user" c1 a1 <"$private/cfg" 2>/dev/null
	calls=$(grep -c '^[a-z]' "$private/trace")
	check 'a run makes some hundred calls' test "$calls" -gt 150
	free() { flock -n "$lock" true; }
	# At every call, and for the signals that are held or ignored at some.
	for signal in KILL SEGV TERM HUP PIPE; do
		step=$((every * 10)) bad=0 n=1
		[ $signal != KILL ] || step=$every
		while [ $n -le "$calls" ]; do
			strace -o /dev/null -e "inject=all:signal=SIG$signal:when=$n" "$bin/configureService" \
				--config - "$user" c1 a1 <"$private/cfg" >"$w/output" 2>&1
			wait_until 60 free || bad=$((bad + 1))
			scan || { bad=$((bad + 1)); echo "SIG$signal at call $n"; cat "$private/found"; }
			[ $bad -lt 5 ] || break
			n=$((n + step))
		done 2>/dev/null
		same "SIG$signal at each $step. of $calls calls: left behind" 0 "$bad"
	done
	clean_after 'a signal at each step'
fi

# ---- guardian and agent

hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2"
echo $PPID >../../seen/keeper
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
until [ -e ../../seen/go ]; do sleep 0.01; done
END
for who in guardian keeper agent both-guardian-first both-agent-first; do
	rm -f "$seen"/*
	begin killed configure
	wait_until 60 has agent
	agent=$(cat "$seen/agent") keeper=$(cat "$seen/keeper")
	guardian=$(guardian_of "$bin/configureService" "$agent" "$keeper")
	check "$who killed: the secret is there meanwhile" sh -c '! "$@" >/dev/null' - "$faults" scan "$marker" "$shm"
	case $who in
	guardian) kill -s KILL "$guardian" ;;
	keeper) kill -s KILL "$keeper" ;;
	agent) kill -s KILL "$agent" ;;
	both-guardian-first) kill -s KILL "$guardian" "$agent" ;;
	both-agent-first) kill -s STOP "$guardian"; kill -s KILL "$agent" "$guardian" ;;
	esac
	touch "$seen/go"
	end killed
	wait_until 60 gone "$guardian"
	case $who in both*) expect "$who killed: the next command" 0 "$bin/checkService" --wait 20 a1 ;; esac
	clean_after "$who killed"
done

# ---- hooks

rm -f "$seen"/*
hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2"
exec sleep 300
END
expect 'a hook that hangs' 124 configure --timeout 1
clean_after 'a hook that hangs'
hook a1 enstratus-configure <<'END'
#!/bin/sh
exec 3<"$2"
fork() { for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do (sleep 300 <&3) & done; }
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do (fork; wait) & done
wait
END
expect 'a hook that forks and forks' 124 configure --timeout 1
clean_after 'a hook that forks and forks'
hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2"
exec </dev/null >&- 2>&-
END
expect 'a hook that closes its descriptors' 0 configure
clean_after 'a hook that closes its descriptors'
hook a1 enstratus-configure <<'END'
#!/bin/sh
exec 3<"$2" 4<cfg
setsid sh -c 'echo $$ >../../seen/daemon; until [ -e ../../seen/go ]; do sleep 0.01; done; cat <&3 >../../seen/read; cat /proc/self/fd/4/* >>../../seen/read; echo yes >../../seen/ended' >/dev/null 2>&1 &
until [ -s ../../seen/daemon ]; do sleep 0.01; done
END
rm -f "$seen"/*
expect 'a daemon that keeps it open' 0 configure
touch "$seen/go"
check 'a daemon that keeps it open: it has read' wait_until 60 has ended
clean_after 'a daemon that keeps it open'

# ---- full disks, and directories that are not there

printf '#!/bin/sh\ncat "$2"\n' | hook a1 enstratus-configure
rm -rf "$ENSTRATUS_RUN_DIR"
expect 'no run directory: it is made' 0 configure
clean_after 'no run directory'
if ! is_root; then
	skip 'full disks, read-only directories' 'only root mounts, and is refused nothing'
	exit 0
fi
# mounted OPTIONS COMMAND... - with a file system of its own as run directory.
mounted() {
	options=$1
	shift
	unshare -m sh -c 'mount -t tmpfs -o "$1" none "$2" && { [ -z "$3" ] || mount -o "remount,$3" "$2"; } && shift 3 && exec "$@"' - \
		"$options" "$ENSTRATUS_RUN_DIR" "$remount" "$@" <"$private/cfg"
}
mkdir -p "$ENSTRATUS_RUN_DIR"
head -c 60000 /dev/zero | tr '\0' x >"$private/long"
{ sed '/^\[custom\]/,$d' "$private/cfg"; printf 'dataSource.x.serviceUser='; cat "$private/long"; echo; } >"$private/large"
cp "$private/large" "$private/cfg"
for size in 1 2 4; do # in pages: the directory, the file, some of its bytes
	remount=''
	run mounted "size=$((size * 4096)),mode=755" "$bin/configureService" --config - "$user" c1 a1
	same "a run directory of $size pages: exit status" 74 "$status"
	check "a run directory of $size pages: says so" grep -q 'No space left' "$err"
	clean_after "a run directory of $size pages"
done
remount=''
run mounted 'nr_inodes=2,mode=755' "$bin/configureService" --config - "$user" c1 a1
same 'a run directory without inodes: exit status' 74 "$status"
clean_after 'a run directory without inodes'
# Read-only: the next choice in memory is taken.
remount=ro
run mounted 'mode=755' "$bin/configureService" --config - --audit "$user" c1 a1
same 'a read-only run directory: exit status' 0 "$status"
check 'a read-only run directory: still in memory' grep -q 'tmpfs, in memory' "$out"
clean_after 'a read-only run directory'
