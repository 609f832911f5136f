# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the end-to-end tests share: a scratch root, a way to run things, a count.
# Sourced as:  . "$(dirname "$0")/lib.sh"   It leaves the shell in the repository's root.
set -u
cd "$(dirname "$0")/../.." || exit 1
umask 022
LC_ALL=C.UTF-8
export LC_ALL

build=${BUILD:-build}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
passed=0 failed=0 skipped=0

# Everything of one test file lives beneath $root, which other accounts can enter.
root=$(mktemp -d "${TMPDIR:-/tmp}/agent-test.XXXXXX") || exit 1
chmod 755 "$root"
# The programs too: the clone may stand where other accounts do not come.
cp -R "$build/bin" "$build/images" "$root" || exit 1
# shellcheck disable=SC2034 # used by those who source this
bin=$root/bin images=$root/images
# Memory-backed storage of our own, so that parallel tests do not meet.
shm=$(mktemp -d /dev/shm/agent-test.XXXXXX) || exit 1
ENSTRATUS_HOME=$root/enstratus
ENSTRATUS_SERVICES_DIR=$root/services
ENSTRATUS_TMP_DIR=$root/tmp
ENSTRATUS_RUN_DIR=$shm/run
export ENSTRATUS_HOME ENSTRATUS_SERVICES_DIR ENSTRATUS_TMP_DIR ENSTRATUS_RUN_DIR
services=$ENSTRATUS_SERVICES_DIR
mkdir -p "$ENSTRATUS_HOME/cfg" "$ENSTRATUS_HOME/custom/bin" "$services" "$root/w"
out=$root/w/stdout err=$root/w/stderr

# at_exit COMMAND - run when the test ends, whatever ended it; later ones first.
at_exit=
at_exit() { at_exit="$1
$at_exit"; }
finish() {
	trap - EXIT HUP INT TERM
	eval "$at_exit"
	cd / && rm -rf "$root" "$shm"
	if [ $skipped -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
	exit $?
}
trap finish EXIT
trap 'failed=$((failed + 1)); echo "FAIL interrupted"; exit 1' HUP INT TERM

# Only what went wrong is printed, with what the last command said.
pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAIL $(basename "$0"): $*"
	[ ! -s "$out" ] || sed 's/^/  stdout: /' "$out" | cut -c1-300 | head -n 20
	[ ! -s "$err" ] || sed 's/^/  stderr: /' "$err" | cut -c1-300 | head -n 20
}
skip() { skipped=$((skipped + 1)); echo "skipped $(basename "$0"): $1: $2"; }

# check WHAT COMMAND... - passes when the command succeeds.
check() { what=$1; shift; if "$@"; then pass; else fail "$what"; fi; }
# check_not WHAT COMMAND... - passes when the command fails.
check_not() { what=$1; shift; if "$@"; then fail "$what"; else pass; fi; }
# same WHAT WANTED GOT
same() { if [ "$2" = "$3" ]; then pass; else fail "$1: wanted '$2', got '$3'"; fi; }

# run COMMAND... - its output to $out and $err, its status to $status.
run() { status=0; "$@" >"$out" 2>"$err" || status=$?; }
# expect WHAT STATUS COMMAND... - run, and compare the status.
expect() {
	what=$1 wanted=$2
	shift 2
	run "$@"
	same "$what: exit status" "$wanted" "$status"
}
# says WHAT PATTERN - a line of the last command's stderr matches the extended regular expression.
says() { check "$1: stderr says '$2'" grep -Eq -- "$2" "$err"; }
# one_line WHAT - stderr is exactly one line, the documented form of a refusal.
one_line() { same "$1: lines on stderr" 1 "$(wc -l <"$err")"; }

# have_terminal - script(1) can make one.
have_terminal() { script -qec true /dev/null >/dev/null 2>&1 </dev/null; }

is_root() { [ "$(id -u)" = 0 ]; }

# as_nobody COMMAND... - as a plain user, by root.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }

# wait_until SECONDS COMMAND... - until it succeeds; polls, for the event is in another process.
wait_until() {
	tries=$(($1 * 50))
	shift
	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.02
	done
}

# gone PID - no such process, or one that only waits to be reaped.
gone() {
	state=$(awk '$1 == "State:" { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# hook SERVICE_ID NAME - an installed service's hook, its script on stdin; makes the service.
hook() {
	mkdir -p "$services/$1/bin" "$services/$1/cfg"
	cat >"$services/$1/bin/$2"
	chmod 755 "$services/$1/bin/$2"
}

# holds MARKER DIRECTORY... - some file, link target or name there holds the bytes.
holds() {
	marker=$1
	shift
	grep -rqaF -e "$marker" "$@" 2>/dev/null ||
		find "$@" -name "*$marker*" -o -lname "*$marker*" | grep -q .
}

# begin NAME COMMAND... - in the background; $root/w/NAME.out and .err get its output, and
# end NAME - waits for it and leaves what `run` would.
begin() {
	begun=$1
	shift
	"$@" >"$root/w/$begun.out" 2>"$root/w/$begun.err" &
	eval "pid_$begun=\$!"
}
end() {
	status=0
	# The shell has a word for one that was killed.
	eval "wait \"\$pid_$1\"" 2>/dev/null || status=$?
	cp "$root/w/$1.out" "$out"
	cp "$root/w/$1.err" "$err"
}

# kill_left - ends what a test's hooks left running: all that works beneath $root.  For at_exit.
kill_left() {
	for left in /proc/[0-9]*; do
		case $(readlink "$left/cwd" 2>/dev/null) in
		"$root"/*) kill -s KILL "${left#/proc/}" 2>/dev/null ;;
		esac
	done
}

# plain COMMAND... - as a plain user: the caller, or nobody when that is root.
plain() { if is_root; then as_nobody "$@"; else "$@"; fi; }

# free_port - to $port: one that nobody listens at.
free_port() {
	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 0
	done
}

# http PATH [OPTION...] - the HTTP status of a page at $port; the page itself to $root/w/page.
http() {
	page=$1
	shift
	curl -q -s -m 5 --noproxy '*' -o "$root/w/page" -w '%{http_code}' "$@" "http://127.0.0.1:$port$page"
}
