#!/bin/sh
# SPDX-License-Identifier: MIT
# steps.sh - killed at each call that changes a file: the next command finds the old service or the new.
. "$(dirname "$0")/lib.sh"

# In memory: the steps matter here, not how long a disk takes to sync.
services=$shm/services ENSTRATUS_SERVICES_DIR=$shm/services

if ! can_trace; then
	skip 'a kill at every step' "strace cannot trace here: $(head -n 1 "$err")"
	exit
fi

# Those that a machine lacks are passed over.  Of those that open, the ones that make a file.
calls='openat openat2 creat mkdir mkdirat chmod fchmod fchmodat chown fchown fchownat lchown utimensat
	futimesat rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat rmdir write
	pwrite64 writev pwritev2 sendfile copy_file_range splice ftruncate truncate fallocate
	fsetxattr setxattr ioctl fsync fdatasync syncfs sync_file_range'

make_versions

# ---- each kind of change: how it begins, and the command that is killed

begin_first() { rm -rf "${services:?}"; }
begin_update() {
	[ -d "$services/a1" ] || install_old || return 1
	# A directory that the new version makes is to be new each time.
	rm -rf "$services/a1/app/only-new" && install_version old
}
# What only the new version has goes again, and what only the old one has is there again.
begin_prune() { { [ -d "$services/a1" ] || install_old; } && install_version old --prune; }
begin_replace() { { [ -d "$services/a1" ] || install_old; } && install_version old --replace; }
begin_rollback() {
	[ -d "$services/a1" ] || install_old || return 1
	install_version new && begin_update
}
# What goes on with one that was cut off is killed too.
begin_recovery() { begin_update && cut_off update; }
begin_prune_recovery() { begin_prune && cut_off prune; }
begin_replace_recovery() { begin_replace && cut_off replace; }

# killed_KIND COMMAND... - runs the kind's command by the other one.
killed_first() { "$@" "$bin/installService" a1 c001 "$user" "$root/new.zip"; }
killed_update() { killed_first "$@"; }
killed_prune() { "$@" "$bin/installService" --prune a1 c001 "$user" "$root/new.zip"; }
killed_replace() { "$@" "$bin/installService" --replace a1 c001 "$user" "$root/new.zip"; }
killed_rollback() { "$@" "$bin/rollbackService" a1; }
killed_recovery() { "$@" "$bin/checkService" a1; }
killed_prune_recovery() { killed_recovery "$@"; }
killed_replace_recovery() { killed_recovery "$@"; }

# kill_at CALL N COMMAND... - the command is killed as it begins its N-th such call.
kill_at() {
	killing="trace=?$1 inject=?$1:signal=KILL:when=$2"
	shift 2
	# In a shell of its own, which keeps the word "Killed" to itself.
	(under_strace "$killing" /dev/null "$@"; exit $?) >"$out" 2>"$err"
}

# cut_off KIND - killed at the first call after the mark.
cut_off() {
	case $1 in
	update) cut=$cut_update ;;
	prune) cut=$cut_prune ;;
	replace) cut=$cut_replace ;;
	esac
	# shellcheck disable=SC2086 # two words
	"killed_$1" kill_at $cut
	[ $? = 137 ] && grep -q '^committing=.' "$services/.enstratus/a1/state"
}

# learn KIND MANY - what old and new are, and the steps, of which there should be many.
learn() {
	kind=$1
	case $kind in
	*recovery) check "$kind: one that was cut off" "begin_$kind" ;;
	*) learn_version old ;;
	esac
	# shellcheck disable=SC2086 # a list
	trace "$(printf '?%s,' $calls)flock"
	same "$kind: one that is left alone" 0 "$status"
	[ "$kind" != "$of" ] || learn_version new
	places >"$root/w/places"
	check "$kind: has many steps" test "$(wc -l <"$root/w/places")" -gt "$2"
	sampled <"$root/w/places" >"$root/w/tried"
	n_places=$(wc -l <"$root/w/tried")
}
learn_version() {
	case $1 in
	old)
		of=$kind
		rm -rf "$services"
		check "$kind: the old version" "begin_$kind"
		[ "$kind" != first ] || return
		;;
	esac
	look
	keep "$of-$1"
	keep_books "$of"
}
trace() { run "killed_$kind" under_strace "trace=$1" "$root/w/trace"; }

# places - "CALL N" for each call of the last trace, of the program's own thread, that changes something.
places() {
	awk 'NR == 1 { own = $1 }
		$1 != own || $2 ~ /^</ { next }
		{
			name = $2
			sub(/[(].*/, "", name)
			n[name]++
			if ((name !~ /^open/ || /O_CREAT/) && !/= -1 E(EXIST|NOENT|ISDIR)/)
				print name, n[name]
		}' "$root/w/trace"
}

# ---- and each of its steps

# amiss WHAT - the step failed, and the next one begins anew.
amiss() {
	fail "$kind, killed at $call $n: $1"
	rm -rf "$services"
	return 1
}

is_old() {
	case $of in
	# The status is the next command's: no such service.
	first) [ "$status" = 66 ] && [ ! -e "$services/a1" ] && [ ! -L "$services/a1" ] ;;
	*) is_as "$of-old" ;;
	esac
}

# own - what stays whatever is installed, by inode.
own() {
	# shellcheck disable=SC2086 # lists
	case $of in
	first) ;;
	replace) inodes $persisting ;;
	*) inodes $added ;;
	esac
}

# starts - as the kind begins; whatever the step before left was finished and cleared away.
starts() {
	"begin_$kind" || return 1
	own_is=$(own)
	case $kind in
	first | *recovery) ;;
	*) look && is_as "$of-old" && no_leftovers "$of" ;;
	esac
}

# step - to $found: what the next command finds, old or new.  Succeeds when all is well.
step() {
	found=
	starts || { amiss 'the next installation'; return; }
	"killed_$kind" kill_at "$call" "$n"
	[ $? = 137 ] || { amiss 'it is not killed'; return; }
	# The killed one may still be on its way out, with the lock.
	run "$bin/verifyService" --wait 20 a1
	look
	if is_as "$of-new"; then
		found=new
	elif is_old; then
		found=old
	else
		amiss "neither old nor new, status $status"
		return
	fi
	# Of what its image has nothing is another.
	if [ "$status" = 74 ] || grep -qv -e '^added	' -e '^extra	bin/mine$' "$out"; then
		amiss 'it is not what its image has'
		return
	fi
	[ "$own_is" = "$(own)" ] || { amiss 'a file of its own is another'; return; }
	[ "$kind" != first ] || { install_version new && look && is_as first-new && no_leftovers first; } ||
		amiss 'the next installation'
}

# sweep KIND MANY - over these steps; gives up after a few that fail.
sweep() {
	learn "$1" "$2"
	old=0 new=0 allowed=$((failed + 10))
	while read -r call n && [ $failed -lt $allowed ]; do
		step || continue
		eval "$found=\$(($found + 1))"
	done <"$root/w/tried"
	same "$kind: after all steps it is old or new" "$n_places" $((old + new))
	check "$kind: it becomes new, $new times" test $new -gt 0
	case $kind in
	*recovery) same "$kind: it stays old" 0 $old ;;
	*) check "$kind: it stays old, $old times" test $old -gt 0 ;;
	esac
	[ "$kind" = first ] || "begin_$of"
	[ "$kind" = first ] || check "$kind: nothing is left in the end" no_leftovers "$of"
}

# after CALL MARK - to $cut: the first such call of the last trace after that of the mark.
after() {
	cut="$1 $(awk -v name="$1(" -v mark="$2" '
		NR == 1 { own = $1 }
		$1 != own { next }
		index($2, name) == 1 { n++ }
		marked && index($2, name) == 1 { print n; exit }
		$0 ~ mark { marked = 1 }' "$root/w/trace")"
}

sweep first 50
sweep update 50
after renameat '[.]state[.]new.* = 0'
cut_update=$cut
sweep recovery 20
sweep prune 50
after renameat '[.]state[.]new.* = 0'
cut_prune=$cut
sweep prune_recovery 20
sweep replace 50
after renameat2 '[.]state[.]new.* = 0'
cut_replace=$cut
sweep replace_recovery 20

# What persists is in neither place for good when the trees are exchanged and it cannot be moved.
kind=replace
check 'one that replaces' begin_replace
trace 'renameat,renameat2'
check 'and begins' begin_replace
after renameat 'RENAME_EXCHANGE.* = 0'
cut_replace=$cut
check 'is cut off between its two steps' cut_off replace
run under_strace 'trace=renameat inject=renameat:error=EIO' /dev/null \
	"$bin/installService" a1 c001 "$user" "$root/old.zip"
same 'the next one cannot go on with it' 74 "$status"
says 'the next one' "cannot finish an installation that was cut off.*cannot carry"
expect 'one that can' 0 "$bin/checkService" a1
look
check 'has all that persists' is_as replace-new

sweep rollback 50
