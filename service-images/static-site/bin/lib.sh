# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon=nginx
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"

# master - the pid of the running master; fails when there is none.
master() {
	leader run/nginx.pid
}

# stop_nginx - end every nginx of this service, politely at first.
stop_nginx() {
	end_all run/nginx.pid QUIT:10 TERM:5
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
