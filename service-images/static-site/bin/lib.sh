# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
set -eu
unset CDPATH
export LC_ALL=C
umask 022
hook=$(basename -- "$0")

# From here on all paths are relative, nginx's too (-p ./): what the path of the service directory
# looks like then matters to nobody.
cd -- "$(dirname -- "$0")/.."
dir=$(pwd -P)

say() {
	printf '%s: %s\n' "$hook" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# ours PID - is it an nginx of this service? After a boot the pid in our file may belong to another
# service's nginx; the working directory tells them apart. A zombie has none.
ours() {
	{ read -r comm <"/proc/$1/comm"; } 2>/dev/null &&
		[ "$comm" = nginx ] && [ "$(readlink "/proc/$1/cwd")" = "$dir" ]
}

# pids - every nginx process of this service: workers outlive a master that was killed.
pids() {
	for p in /proc/[0-9]*; do
		if ours "${p#/proc/}"; then printf '%s\n' "${p#/proc/}"; fi
	done
}

# master - the pid of the running master; fails when there is none.
master() {
	{ read -r pid <run/nginx.pid; } 2>/dev/null && ours "$pid" && printf '%s\n' "$pid"
}

gone() {
	[ -z "$(pids)" ]
}

# within SECONDS COMMAND... - repeat COMMAND until it succeeds; fails when the time is over.
within() {
	read -r now rest </proc/uptime
	end=$((${now%.*} + $1))
	shift
	until "$@"; do
		read -r now rest </proc/uptime
		[ "${now%.*}" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# stop_nginx - end every nginx of this service, politely at first.
stop_nginx() {
	for step in QUIT:10 TERM:5 KILL:5; do
		found=$(pids)
		[ -n "$found" ] || break
		# The master passes QUIT and TERM on; a worker that is told directly would be replaced.
		[ "$step" = KILL:5 ] || found=$(master) || found=$(pids)
		for pid in $found; do kill -s "${step%:*}" "$pid" 2>/dev/null || :; done
		if within "${step#*:}" gone; then break; fi
	done
	gone || die "nginx cannot be ended: pid $(pids | tr '\n' ' ')"
	rm -f run/nginx.pid
}

# site url|mark - from line 1 of nginx.conf; fails before the first configure.
site() {
	{ read -r _ url mark <cfg/nginx.conf; } 2>/dev/null || return 1
	case $1 in
	url) printf '%s\n' "$url" ;;
	mark) printf '%s\n' "$mark" ;;
	esac
}

# fetch ARG... - curl, whatever .curlrc and proxy the caller may have.
fetch() {
	curl -q -s --noproxy '*' "$@"
}
