#!/bin/sh
# SPDX-License-Identifier: MIT
# lock.sh - all services held still for a snapshot, and let go whatever happens.
# shellcheck disable=SC2016 # single quotes: for a hook
. "$(dirname "$0")/lib.sh"

at_exit 'kill_left'
note=$root/note
mkfifo "$root/say"
# locker ID - a hook that locks, and notes when it did and when it was let go.
locker() {
	printf '#!/bin/sh\necho "locked $4" >>"%s"\ntouch "$2"\nread -r word\necho "free $4 $word" >>"%s"\n' \
		"$note" "$note" | hook "$1" enstratus-lock
}
: >"$note"
chmod 666 "$note"
locker a1
locker a2
hook a3 enstratus-start </dev/null
noted() { sort "$note" | tr '\n' ','; }
# lock - in the background, told by descriptor 9.
lock() {
	: >"$note"
	: >"$root/w/lock.out"
	"$bin/lockServices" "$services" "${1:-20000}" lock <"$root/say" >"$root/w/lock.out" 2>"$root/w/lock.err" &
	locking=$!
	exec 9>"$root/say"
}
said() { [ -s "$root/w/lock.out" ]; }
# let_go STATUS WHAT
let_go() {
	status=0
	wait "$locking" 2>/dev/null || status=$?
	cp "$root/w/lock.err" "$err"
	same "$2: exit status" "$1" "$status"
}

lock
check 'it says when all are locked' wait_until 60 said
same 'in a word' LOCKED "$(cat "$root/w/lock.out")"
same 'then both are' 'locked a1,locked a2,' "$(noted)"
expect 'another command has to wait' 75 "$bin/checkService" a1
says 'another command' "lockServices \(pid [0-9]+\) has held its lock"
expect 'not for one without the hook' 10 "$bin/stopService" a3
echo UNLOCK >&9
let_go 0 'UNLOCK'
same 'lets all go' 'free a1 UNLOCK,free a2 UNLOCK,locked a1,locked a2,' "$(noted)"
exec 9>&-

lock
wait_until 60 said
exec 9>&-
let_go 0 'the end of its input'
same 'lets all go too' 'free a1 UNLOCK,free a2 UNLOCK,locked a1,locked a2,' "$(noted)"

# The hooks of a killed one learn it by the end of their own input.
lock
wait_until 60 said
kill -s KILL "$locking"
let_go 137 'killed'
both_free() { [ "$(grep -c '^free' "$note")" = 2 ]; }
check 'killed, all are let go' wait_until 60 both_free
same 'by an end' 'free a1 ,free a2 ,locked a1,locked a2,' "$(noted)"
exec 9>&-
check 'and the services are free again' wait_until 60 "$bin/checkService" a1

lock
wait_until 60 said
kill -s TERM "$locking"
let_go 143 'terminated'
same 'terminated, all are let go' 'free a1 UNLOCK,free a2 UNLOCK,locked a1,locked a2,' "$(noted)"
exec 9>&-

# ---- when one does not lock

printf '#!/bin/sh\nexit 3\n' | hook a2 enstratus-lock
lock
let_go 3 'a hook that fails'
same 'is not locked at all' '' "$(cat "$root/w/lock.out")"
same 'and the other is let go' 'free a1 UNLOCK,locked a1,' "$(noted)"
says 'a hook that fails' "service 'a2' is not locked"
exec 9>&-
printf '#!/bin/sh\nread -r word\n' | hook a2 enstratus-lock
lock 1
let_go 124 'a hook that does not lock'
says 'less than ten seconds are ten' "service 'a2' did not lock within 10000 ms"
same 'the other is let go' 'free a1 UNLOCK,locked a1,' "$(noted)"
exec 9>&-
rm "$services/a2/bin/enstratus-lock"

# ---- lock files from the root

chmod 777 "$root/tmp" 2>/dev/null || mkdir -m 777 "$root/tmp"
printf '#!/bin/sh\necho "$2" >>"%s"\ntouch "$2"\nread -r word\n' "$note" | hook a1 enstratus-lock
: >"$note"
expect 'a lock file from the root' 0 "$bin/lockServices" "$services" 10000 "$root/tmp/held" </dev/null
same 'is one for each service' "$root/tmp/held.a1" "$(cat "$note")"
check_not 'and does not stay' test -e "$root/tmp/held.a1"
chmod 644 "$services/a1/bin/enstratus-lock"
expect 'a hook that is not executable is none' 0 "$bin/lockServices" "$services" 10000 lock </dev/null
same 'it' LOCKED "$(cat "$out")"
expect 'no such directory' 66 "$bin/lockServices" "$root/none" 10000 lock </dev/null
expect 'a directory that is relative' 1 "$bin/lockServices" services 10000 lock </dev/null
expect 'a time that is none' 1 "$bin/lockServices" "$services" soon lock </dev/null
says 'a time that is none' TIMEOUT_MS
