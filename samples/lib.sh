# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the demos share: a scratch root, a way to show each step, a count of those that failed.
# Sourced as:  . "$(dirname -- "$0")/lib.sh"   It leaves the shell in the scratch root, $root.
set -u
cd "$(dirname -- "$0")/.." || exit 1
umask 022

# shellcheck disable=SC2034 # top, user: of those who source this
top=$(pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$top/$build ;; esac
PATH=$build/bin:$PATH
# The site is asked directly, whatever the caller's .curlrc and proxy.
unset ALL_PROXY all_proxy HTTP_PROXY http_proxy
n_wrong=0 root='' run=''

# stop_all - what a demo has started; each has its own.
cleanup() {
	trap - EXIT HUP INT TERM
	[ ! -d "$root" ] || stop_all >/dev/null 2>&1
	cd / && rm -rf "$root" "$run"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Accounts other than ours pass through it: nginx's workers.
root=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX") && chmod 755 "$root" || exit 1
run=$(mktemp -d /dev/shm/demo.XXXXXX) || exit 1
export ENSTRATUS_HOME="$root/enstratus" ENSTRATUS_SERVICES_DIR="$root/services" \
	ENSTRATUS_TMP_DIR="$root/tmp" ENSTRATUS_RUN_DIR="$run" CURL_HOME="$root" PATH
account() { if [ "$(id -u)" = 0 ]; then echo www-data; else id -un; fi; }
# shellcheck disable=SC2034
user=$(account)

port=$((20000 + $$ % 10000))
while grep -q ":$(printf '%04X' "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
	port=$((port + 1))
done
cd "$root" && mkdir services || exit 1

say() { printf '\n== %s\n' "$*"; }

# step PATTERN COMMAND - print it, run it, print its answer; a line of that must match, for an empty
# pattern there must be none.  Its status must be 0: where it is to be another, it prints it.
step() {
	printf '$ %s\n' "$2"
	status=0
	answer=$(eval "$2" 2>&1) || status=$?
	[ -z "$answer" ] || printf '%s\n' "$answer"
	if [ -n "$1" ]; then printf '%s\n' "$answer" | grep -Eq -- "$1"; else [ -z "$answer" ]; fi &&
		[ "$status" = 0 ] && return
	n_wrong=$((n_wrong + 1))
	printf '!! not what it should be (exit status %d)\n' "$status"
}

# finish WHAT - the end of a demo.
finish() {
	if [ "$n_wrong" -gt 0 ]; then
		printf '\n%d steps did not give what they should.\n' "$n_wrong"
		exit 1
	fi
	printf '\nAll as it should be.  Read next: %s\n' "$1"
}

show_root() {
	printf 'Everything happens in a scratch root, and is gone afterwards:\n'
	for name in HOME SERVICES_DIR TMP_DIR RUN_DIR; do
		printf '$ export ENSTRATUS_%s=%s\n' "$name" "$(printenv "ENSTRATUS_$name")"
	done
	printf '$ cd %s\n' "$root"
}
# shellcheck disable=SC2034
url=http://127.0.0.1:$port code="curl -s -o page -w '%{http_code}\n'"
