#!/bin/sh
# SPDX-License-Identifier: MIT
# sweep.sh - what a killed test program left is removed by the next run, what a live one uses is not.
. "$(dirname "$0")/lib.sh"

TMPDIR=$root/w
export TMPDIR
gone_pid=$(sh -c 'echo $$')
dead=$TMPDIR/agent-test.$gone_pid.abcdef
live=$TMPDIR/agent-test.$$.abcdef
mkdir -p "$dead/deep/er" "$live" "$TMPDIR/agent-test.no-number" "$TMPDIR/other.$gone_pid.abcdef"
dead_shm=$(mktemp -d "/dev/shm/agent-test.$gone_pid.XXXXXX") || exit 1
at_exit "rm -rf '$dead_shm'"

env ENSTRATUS_HOME="$dead/enstratus" setsid sleep 1000 &
by_environment=$!
(cd "$dead/deep/er" && exec setsid sleep 1000) &
by_directory=$!
(cd "$live" && exec setsid sleep 1000) &
stays=$!
at_exit "kill $by_environment $by_directory $stays 2>/dev/null"
check 'they run' wait_until 60 sh -c "readlink /proc/$by_directory/cwd | grep -q er && grep -q sleep /proc/$by_environment/comm"

if is_root; then
	: >"$dead/immutable"
	chattr +i "$dead/immutable" 2>/dev/null || skip 'an immutable file' 'chattr cannot make one here'
	mkdir "$dead/mounted"
	mount -t tmpfs tmpfs "$dead/mounted" || skip 'a mount' 'tmpfs cannot be mounted here'
	mkdir "$TMPDIR/lab.$gone_pid.abcdef"
	at_exit "ip netns del lab$gone_pid 2>/dev/null; ip netns del lab$gone_pid-h1 2>/dev/null
umount '$dead/mounted' 2>/dev/null; chattr -i '$dead/immutable' 2>/dev/null"
	ip netns add "lab$gone_pid" && ip netns add "lab$gone_pid-h1"
	ip netns exec "lab$gone_pid-h1" sleep 1000 &
	by_namespace=$!
	check 'it runs in the namespace' wait_until 60 sh -c "ip netns pids lab$gone_pid-h1 | grep -qx $by_namespace"
else
	skip 'immutable files, mounts and namespaces' 'only root makes them'
	by_namespace=$by_environment
fi

expect 'the sweep' 0 tests/sweep
for path in "$dead" "$dead_shm" "$TMPDIR/lab.$gone_pid.abcdef"; do
	check "$path is removed" test ! -e "$path"
done
check 'which is told' grep -qF "$dead " "$out"
for pid in $by_environment $by_directory $by_namespace; do
	check 'a process of it is ended' wait_until 60 gone "$pid"
done
check_not 'no namespace of it is left' sh -c "ip netns list 2>/dev/null | grep -q '^lab$gone_pid'"
check 'what a live test program uses stays' test -d "$live"
check_not 'and its processes' gone "$stays"
check 'what has no number in its name stays' test -d "$TMPDIR/agent-test.no-number"
check 'and what is of another kind' test -d "$TMPDIR/other.$gone_pid.abcdef"
