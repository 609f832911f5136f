# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon=haproxy
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"

# master - the pid of the running master; fails when there is none.
master() {
	leader run/haproxy.pid
}

# health - the URL of the page that says OK, from line 1; fails before the first configure.
health() {
	{ read -r _ url <cfg/haproxy.cfg; } 2>/dev/null && printf '%s\n' "$url"
}

healthy() {
	[ "$(curl -q -s -m 2 --noproxy '*' "$(health)")" = OK ]
}
