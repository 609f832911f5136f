# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the benchmarks share: a file system of their own, a scratch root, tables and bars.
# Sourced as:  . "$(dirname "$0")/lib.sh"   It leaves the shell in the repository's root.
#
# Every ratio is of one run on one machine: what a program takes over what the agent's takes, the
# median of the rounds' own ratios (see pairs.c).  Nothing fails because it is slow; only what does
# not work does.
#
# BENCH_RUNS  how many rounds, in the place of each row's own number
# BUILD       where the programs are, and in its folder "bench" the images once they are made
# TMPDIR      where the file system of the synced rows is; it should be on a disk
set -u
# The distribution's own programs, not somebody's wrappers of them.
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export PATH LC_ALL

# What is mounted here is seen, and kept busy, by nobody else.
if [ "$(id -u)" = 0 ] && [ -z "${bench_alone-}" ] && unshare -m true 2>/dev/null; then
	bench_alone=yes exec unshare -m "$0" "$@"
fi

unset CDPATH
cd "$(dirname "$0")/../.." || exit 1
umask 022

build=${BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
bin=$build/bin
pairs=$build/tests/pairs
for program in "$pairs" "$build/tests/digest" "$bin/installService"; do
	[ -x "$program" ] || { echo "bench: no '$program': run 'make bench'" >&2; exit 1; }
done
case ${BENCH_RUNS:=} in
0* | *[!0-9]* | ????*) echo "bench: BENCH_RUNS: '$BENCH_RUNS' is not from 1 to 999" >&2; exit 1 ;;
esac

root=$(mktemp -d "${TMPDIR:-/var/tmp}/agent-bench.XXXXXX") || exit 1
shm=$(mktemp -d /dev/shm/agent-bench.XXXXXX) || { rm -rf "$root"; exit 1; }
chmod 755 "$root" "$shm"
tree=$shm/tree TARGET='' LOOP='' pid='' server=''
export TARGET LOOP
# shellcheck disable=SC2317 # the trap calls it
finish() {
	trap - EXIT HUP INT PIPE TERM
	for child in $pid $server; do
		{ kill "$child" && wait "$child"; } 2>/dev/null
	done
	[ -z "$TARGET" ] || ! mountpoint -q "$TARGET" || umount -l "$TARGET"
	[ -z "$LOOP" ] || losetup -d "$LOOP"
	cd / && rm -rf "$root" "$shm"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

failed=0
summary=${BENCH_SUMMARY:-$root/summary}
say() { printf '%s\n' "$*"; }
problem() { say "bench: $*" >&2; failed=1; }

ENSTRATUS_HOME=$root/enstratus ENSTRATUS_RUN_DIR=$shm/run
ENSTRATUS_SERVICES_DIR='' ENSTRATUS_TMP_DIR=''
export ENSTRATUS_HOME ENSTRATUS_RUN_DIR ENSTRATUS_SERVICES_DIR ENSTRATUS_TMP_DIR
mkdir -p "$ENSTRATUS_HOME/cfg" "$ENSTRATUS_RUN_DIR"
# An account that is there, with a group of its name: none is made for a benchmark.
# shellcheck disable=SC2034 # used by those who source this
if [ "$(id -u)" = 0 ]; then user=daemon; else user=$(id -un); fi

# Each installation gets a file system that none has used: where much was deleted, creating files
# is slower for minutes, above all on an ext4 without a journal.
cat >"$root/fresh-ext4" <<'END'
#!/bin/sh
set -e
if mountpoint -q "$TARGET"; then umount "$TARGET"; fi
# What the file has of memory or disk it keeps: the first to touch it would pay for it.
mkfs.ext4 -q -F -j -E nodiscard "$LOOP"
# Else a kernel thread zeroes inode tables while the candidates run.
mount -o noinit_itable "$LOOP" "$TARGET"
mkdir "$TARGET/services" "$TARGET/tmp" "$TARGET/tree"
sync -f "$TARGET"
END
cat >"$root/fresh-directory" <<'END'
#!/bin/sh
cd "$TARGET" && rm -rf services tmp tree && mkdir services tmp tree
END
chmod 755 "$root/fresh-ext4" "$root/fresh-directory"

# loop_on FILE - a loop device on a file, and the right to mount it.  The size is for 100,000
# inodes and more; the file is sparse.
loop_on() {
	[ "${bench_alone-}" ] && command -v mkfs.ext4 losetup mountpoint >/dev/null || return 1
	truncate -s 4G "$1" || return 1
	LOOP=$(losetup -f --show "$1" 2>/dev/null) || return 1
	"$root/fresh-ext4" 2>/dev/null
}

# volume FOLDER - make the file system that all candidates write to, its file in FOLDER, and have
# the agent's services there; "$fresh" makes it anew.
volume() {
	TARGET=$1/target
	ENSTRATUS_SERVICES_DIR=$TARGET/services
	ENSTRATUS_TMP_DIR=$TARGET/tmp
	service=$ENSTRATUS_SERVICES_DIR/a1
	mkdir "$TARGET"
	if loop_on "$1/disk"; then
		fresh=$root/fresh-ext4 where='an ext4 with a journal, on a file'
	else
		fresh=$root/fresh-directory where='a directory (not root, or no loop device)'
		"$fresh" || exit 1
	fi
	say "$(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg); all write to $where" \
		"($(stat -f -c %T "$1"))"
}

# sync_setting yes|no - whether installService ends by syncing the file system.
sync_setting() { echo "sync=$1" >"$ENSTRATUS_HOME/cfg/agent.cfg"; }

# idle_service - a service whose hooks do nothing.
idle_service() {
	mkdir -p "$service/bin" "$service/cfg"
	for name in start configure; do
		printf '#!/bin/sh\nexit 0\n' >"$service/bin/enstratus-$name"
		chmod 755 "$service/bin/enstratus-$name"
	done
}

# peer PROGRAM - true when it is here; else says that it is not.
peer() {
	command -v "$1" >/dev/null || { say "absent: $1"; return 1; }
}

# measure LOG INPUT ROUNDS OPTION... NAME COMMAND... - run pairs, print its table and keep it.
measure() {
	log=$root/$1 input=$2 n=${BENCH_RUNS:-$3}
	shift 3
	# In the background, for a signal to the shell is to end it at once.
	"$pairs" -n "$n" "$@" <"$input" >"$log" &
	pid=$!
	wait $pid || failed=1
	pid=
	cat "$log"
}

# of LOG NAME wall|cpu|peak|x-wall|x-cpu|x-peak - as the table has it; nothing when it has none.
of() {
	case $3 in
	wall) field=2 ;; cpu) field=3 ;; peak) field=4 ;;
	x-wall) field=5 ;; x-cpu) field=6 ;; x-peak) field=7 ;;
	esac
	awk -v name="$2" -v field="$field" '
		$1 == name && NF == 7 && $field != "-" { print $field }' "$root/$1" 2>/dev/null
}

# inverse NUMBER - nothing of nothing.
inverse() { awk -v n="$1" 'BEGIN { if (n + 0 > 0) printf "%.4f", 1 / n }'; }

# bar ROW LABEL VALUE [least|most BAR] - a line of the summary; VALUE is empty when nothing was
# measured.  The bars are goals, set before the agent was written.
bar() {
	awk -v row="$1" -v label="$2" -v value="$3" -v side="${4-}" -v bar="${5-}" 'BEGIN {
		printf "%-20s %-40s ", row, label
		if (value == "") { printf "%8s\n", "absent"; exit }
		if (side == "") { printf "%8.2f   no bar\n", value; exit }
		met = side == "most" ? value + 0 <= bar + 0 : value + 0 >= bar + 0
		printf "%8.2f   at %-5s %5.2f   %s\n", value, side, bar, met ? "met" : "missed"
	}' >>"$summary"
}

# have_image NAME - set `image` to its file, which is made unless an earlier run did; says so and
# fails where it cannot be had.
have_image() {
	image=$build/bench/$1.zip
	# One that another make-image made may be of other things.
	[ -z "$(find "$image" -newer tests/bench/make-image 2>/dev/null)" ] || return 0
	say "making $image"
	mkdir -p "$build/bench" "$root/make"
	tests/bench/make-image "$1" "$image" "$root/make" >"$root/log" 2>&1 </dev/null &
	pid=$!
	wait $pid
	status=$? pid=
	rm -rf "$root/make"
	[ $status != 0 ] || return 0
	say "absent: $1, it could not be made:"
	tail -n 5 "$root/log" | cut -c 1-200 | sed 's/^/  /'
	return 1
}

# unpack_tree - the files of `image`, to copy from and to compare with.
unpack_tree() {
	rm -rf "$tree"
	mkdir "$tree" && unzip -q "$image" -d "$tree" && return
	problem "'$image' is damaged"
	return 1
}

# makes_tree INSTALL... - complain unless this command makes the service of what is in the image.
makes_tree() {
	"$fresh" && "$@" >"$root/log" 2>&1 && diff -r "$tree" "$service" >"$root/log" 2>&1 && return
	problem "$1 does not make what unzip makes of '$image':"
	head -n 5 "$root/log" | cut -c 1-200 | sed 's/^/  /' >&2
	return 1
}

# no_more - the end of a benchmark; the bars are printed by tests/bench/run when that runs it.
no_more() {
	if [ -z "${BENCH_SUMMARY-}" ] && [ -s "$summary" ]; then
		say
		cat "$summary"
	fi
	exit $failed
}
