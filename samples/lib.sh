# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# lib.sh - what the walks of samples/ share: a scratch root for the agent, and steps.
# Sourced as:  . "$(dirname -- "$0")/lib.sh"   It leaves the shell in the scratch root, $root; the
# project's is $top.
#
# Each line with a "$" in front is run exactly as it is printed, and its answer stands below it.
set -u
cd "$(dirname -- "$0")/.." || exit 1
umask 022

top=$(pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$top/$build ;; esac
# Sites are asked directly, whatever the caller's .curlrc and proxy.
unset ALL_PROXY all_proxy HTTP_PROXY http_proxy
n_wrong=0 root='' run='' at_end=''

cleanup() {
	trap - EXIT HUP INT TERM
	for service in "$root"/services/*/; do
		[ ! -d "$service" ] || stopService -q --wait 30 "$(basename "$service")" >/dev/null 2>&1
	done
	eval "$at_end"
	cd / && rm -rf "$root" "$run"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Accounts other than ours pass through it: those of the daemons.
root=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX") && chmod 755 "$root" || exit 1
run=$(mktemp -d /dev/shm/demo.XXXXXX) || exit 1
export ENSTRATUS_HOME="$root/enstratus" ENSTRATUS_SERVICES_DIR="$root/services" \
	ENSTRATUS_TMP_DIR="$root/tmp" ENSTRATUS_RUN_DIR="$run" CURL_HOME="$root" \
	PATH="$root/enstratus/bin:$PATH"
cd "$root" && mkdir -p services enstratus/cfg && ln -s "$build/bin" enstratus/bin || exit 1

# account NAME - that one for root, who alone has others; else the caller.
account() {
	if [ "$(id -u)" = 0 ]; then echo "$1"; else id -un; fi
}

# free_port - to $port: one that nobody listens at, and that another walk will hardly take.
free_port() {
	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 0
	done
}

say() { printf '\n== %s\n' "$*"; }

# begin - tell where it all happens.
begin() {
	printf 'Everything happens in a scratch root, and is gone afterwards:\n'
	for name in HOME SERVICES_DIR TMP_DIR RUN_DIR; do
		printf '$ export ENSTRATUS_%s=%s\n' "$name" "$(printenv "ENSTRATUS_$name")"
	done
	printf '$ export PATH=$ENSTRATUS_HOME/bin:$PATH\n$ cd %s\n' "$root"
}

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

# finish NEXT - the verdict, and what to read next.
finish() {
	if [ "$n_wrong" -gt 0 ]; then
		printf '\n%d steps did not give what they should.\n' "$n_wrong"
		exit 1
	fi
	printf '\nAll as it should be.  Read next: %s\n' "$*"
}
