#!/bin/sh
# SPDX-License-Identifier: MIT
# full.sh - a disk that is full, fills up or fails while installService works: the old service stays.
# By root it has mounts of its own, which end with it.
# shellcheck disable=SC2016 # single quotes: for an inner shell, or for later
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

services=$root/small ENSTRATUS_SERVICES_DIR=$root/small
mkdir "$services"
make_versions

# ---- each kind of installation, $kind: over a service, in its place, or a first one

# empty - no service, but what is left beside the services when one was there.
empty() { rm -rf "$services/a1" "$services/.enstratus/a1" "$services/.enstratus/images/"*; }
begins() {
	case $kind in
	first) empty ;;
	update) install_old ;;
	replace) install_old && install_version old --replace ;;
	esac
}
installs() {
	case $kind in
	first | update) "$@" "$bin/installService" a1 c001 "$user" "$image" ;;
	replace) "$@" "$bin/installService" --replace a1 c001 "$user" "$image" ;;
	esac
}
is_untouched() {
	case $kind in
	first) [ ! -e "$services/a1" ] && [ ! -L "$services/a1" ] && no_leftovers none ;;
	*) look && is_as "$kind-old" && no_leftovers "$kind" ;;
	esac
}
is_new() { look && is_as "$kind-new"; }

# learn - what old and new are on this file system; the books of where nothing is installed have
# what an earlier service left.
learn() {
	image=$root/new.zip
	for kind in update replace; do
		check "$kind: the old service" begins
		look
		keep "$kind-old"
		run installs env
		same "$kind: exit status" 0 "$status"
		look
		keep "$kind-new"
		begins
		keep_books "$kind"
	done
	kind=first
	empty
	run installs env
	look
	keep first-new
	empty
	keep_books none
}

# amiss WHAT - the next one begins anew.
amiss() {
	fail "$kind, $moment: $1"
	rm -rf "$services/a1" "$services/.enstratus" "$services/filler"*
	# The books of an empty place are those that one leaves.
	install_version old
	[ "$kind" != first ] || empty
	return 1
}

# judge REASON - of the last one: it failed and changed nothing, or could do without what failed.
judge() {
	case $status in
	0)
		needless=$((needless + 1))
		is_new || { amiss 'done, but not whole'; return; }
		;;
	74)
		refused=$((refused + 1))
		grep -v 'not root: ' "$err" | tr '\n' '@' |
			grep -Eq "^installService\\[[0-9]+\\]: error: cannot install 'a1': [^@]*($1)[^@]*@$" ||
			{ amiss 'not one line with the reason'; return; }
		is_untouched || is_started || { amiss 'something has changed'; return; }
		;;
	*)
		amiss "status $status"
		return
		;;
	esac
}

# is_started - one that failed after it was noted, as may be: the next command ends it.  Or it is
# there, but nobody can say whether it is on the disk.
is_started() {
	if [ "$kind" = first ]; then
		[ -d "$services/a1" ] || return 1
	else
		is_new || grep -q '^committing=.' "$services/.enstratus/a1/state" || return 1
	fi
	started=$((started + 1))
	run "$bin/checkService" a1
	[ "$status" = 0 ] && is_new && { [ "$kind" = first ] || no_leftovers "$kind"; }
}

# and_again - with room it does what it could not.
and_again() {
	run installs env
	{ [ "$status" = 0 ] && is_new; } || amiss 'the same once more'
}

counted() { refused=0 needless=0 started=0; }

# ---- a disk that is too small, by root with mounts of its own

# filled_but BYTES - the disk is filled, but for so many.
filled_but() {
	rm -f "$services/filler"
	free=$(($(stat -f -c '%a * %S' "$services")))
	head -c $((free > $1 ? free - $1 : 0)) /dev/zero >"$services/filler" 2>/dev/null
	sync -f "$services"
}
emptied() { rm -f "$services/filler" && sync -f "$services"; }

# large NAME SOURCE - an image of three files of 1 MiB.
large() {
	mkdir -p "$root/$1/bin" "$root/$1/www"
	cp "$root/new/bin/enstratus-start" "$root/$1/bin"
	for i in 1 2 3; do head -c 1048576 "$2" >"$root/$1/www/$i"; done
	(cd "$root/$1" && zip -qr "$root/$1.zip" .)
}
# too_large NAME - refused before anything is written.
too_large() {
	for kind in update replace first; do
		begins
		filled_but 2097152
		image=$root/$1.zip moment="an image that is too $1"
		counted
		run installs env
		cp "$err" "$root/w/refused"
		judge 'needs [0-9]+ bytes and .* has [0-9]+ free' || continue
		same "$kind, $moment: refused" "1 0" "$refused $started"
		check "$kind, $moment: the numbers are right" sh -c '
			set -- $(sed "s/.*needs \([0-9]*\) bytes.* has \([0-9]*\) free.*/\1 \2/" "$1")
			[ "$1" -ge 3145728 ] && [ "$1" -lt 8388608 ] && [ "$2" -le 2097152 ] && [ "$2" -gt 1048576 ]' \
			- "$root/w/refused"
		emptied
		image=$root/new.zip
		and_again && pass
	done
}
large long /dev/urandom
large dense /dev/zero

# numbers N... - these, or one in three of them with the first and the last.
numbers() { printf '%s\n' "$@" | every=$(((every + 2) / 4 + 1)) sampled; }

# sizes - of the free space, on both sides of what it takes.
sizes() {
	for kind in update replace first; do
		counted
		for kib in $(numbers 0 4 16 32 48 64 80 96 104 112 120 128 136 144 152 160 192 256 512); do
			begins
			moment="$kib KiB free"
			filled_but $((kib * 1024))
			run installs env
			judge 'No space left|the image needs ' || continue
			emptied
			and_again
		done
		check "$kind: too full $refused times" test $refused -gt 0
		check "$kind: room enough $needless times" test $needless -gt 0
		same "$kind: started and not ended" 0 $started
	done
}

# names - no room for another file, or only for a few.
names() {
	for kind in update replace first; do
		counted
		for left in $(numbers 0 1 2 3 5 8 11 14 17 20 24 28 32 36 40 60); do
			begins
			moment="room for $left files"
			mkdir "$services/fillers"
			free=$(stat -f -c %d "$services") n=0
			while [ $n -lt $((free - left)) ]; do
				: >"$services/fillers/$n" || break
				n=$((n + 1))
			done
			run installs env
			judge 'No space left'
			rm -rf "$services/fillers"
			and_again
		done
		check "$kind: no room for its files $refused times" test $refused -gt 0
		check "$kind: room enough $needless times" test $needless -gt 0
		check "$kind: few are started and not ended, $started" test $started -lt 4
	done
}

tmpfs() { mount -t tmpfs -o size=4m,nr_inodes=300 none "$services"; }
ext4() {
	truncate -s 12M "$root/disk" &&
		mkfs.ext4 -q -F -m 0 -N 300 -O ^has_journal "$root/disk" >"$out" 2>"$err" &&
		mount -o loop "$root/disk" "$services" 2>"$err" && rmdir "$services/lost+found"
}
on_disk() {
	learn
	too_large long
	too_large dense
	sizes
	names
}

if [ -z "${own_mounts:-}" ]; then
	skip 'full disks' 'needs root and mount namespaces'
else
	at_exit 'umount -l "$services" 2>/dev/null'
	if ext4; then
		on_disk
		umount "$services"
	else
		skip 'full disks of ext4' "no loop device: $(head -n 1 "$err")"
	fi
	check 'a disk in memory' tmpfs
	on_disk
fi

# ---- a disk that fills up or fails at one call

# Each call that takes room, and how those that do are told: what goes to the caller takes none.
kept='[(]([3-9]|[1-9][0-9])'
taking="openat:O_CREAT openat2:O_CREAT creat: mkdir: mkdirat: rename: renameat: renameat2: link: linkat:
	symlink: symlinkat: ftruncate: fallocate: copy_file_range: sendfile: write:$kept pwrite64: writev:$kept"
syncing='fsync: fdatasync: syncfs: sync_file_range:'

# trace CALLS - all such calls of one that is left alone, to $root/w/trace.
trace() {
	names=
	for pair in $1; do names="$names,?${pair%%:*}"; done
	begins && run installs under_strace "trace=${names#,}" "$root/w/trace" "$root/w/noted" &&
		[ "$status" = 0 ] && is_new
}
# places CALLS - "NAME N" for each of them, in any thread: the first of that name is 1.
places() {
	for pair in $1; do
		awk -v name="${pair%%:*}" -v pattern="${pair#*:}" '
			index($2, name "(") == 1 && (++n[$1] || 1) && $0 ~ pattern && !/w\/held"/ && !seen[n[$1]]++ {
				print name, n[$1]
			}' "$root/w/trace"
	done
}

# noted COMMAND... - the command, after its pid was noted in $root/w/held.
printf '#!/bin/sh\necho $$ >"%s" && exec "$@"\n' "$root/w/held" >"$root/w/noted"
chmod +x "$root/w/noted"

# filled - the disk is filled when the call has been made, and stays so until the end.
filled() {
	rm -f "$root/w/held"
	begin one installs under_strace "trace=$name inject=$name:signal=STOP:when=$place" /dev/null "$root/w/noted"
	wait_until 60 is_held || { amiss 'cannot be held'; return; }
	head -c 16777216 /dev/zero >"$services/filler" 2>/dev/null
	kill -CONT "$held"
	held=
	end one
	rm -f "$services/filler"
	judge 'No space left|needs [0-9]+ bytes'
}
# shellcheck disable=SC2317 # wait_until calls it
is_held() { read -r held <"$root/w/held" && is_stopped "$held"; }
held=
at_exit '[ -z "$held" ] || kill -KILL "$held" 2>/dev/null'

# full_once, failing_once - the one call fails.
full_once() { failing ENOSPC && judge 'No space left'; }
failing_once() { failing EIO && judge 'Input/output error'; }
failing() {
	run installs under_strace "trace=$name inject=$name:error=$1:when=$place" /dev/null "$root/w/noted"
}

# sweep HOW CALLS - at these calls.
sweep() {
	how=$1
	for kind in update replace first; do
		counted
		check "$kind: a run that is left alone" trace "$2"
		places "$2" | sampled >"$root/w/tried"
		while read -r name place; do
			moment="$how $name $place"
			begins || { amiss 'cannot begin'; continue; }
			$how && and_again
		done <"$root/w/tried"
		check "$kind, $how: refused $refused times, did without it $needless times" test $refused -gt 0
		case $how in
		filled) same "$kind, $how: started and not ended" 0 $started ;;
		*) check "$kind, $how: few are started and not ended, $started" test $started -lt 20 ;;
		esac
	done
}

if can_trace; then
	[ -n "${own_mounts:-}" ] || learn
	[ -z "${own_mounts:-}" ] || sweep filled 'openat:O_CREAT openat2:O_CREAT creat: mkdir: mkdirat:'
	sweep full_once "$taking"
	sweep failing_once "$syncing"
else
	skip 'a disk that fills up or fails' "strace cannot trace here: $(head -n 1 "$err")"
fi
