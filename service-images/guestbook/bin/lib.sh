# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon=apache2
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"

# master - the pid of the running master; fails when there is none.
master() {
	leader run/apache.pid
}

# book - the URL of the guestbook, from line 1; fails before the first configure.
book() {
	{ read -r _ url <cfg/apache.conf; } 2>/dev/null && printf '%s\n' "$url"
}

# status - of its page, which needs the database; the log of response times passes this visitor over.
status() {
	curl -q -s -m 20 --noproxy '*' -A enstratus-check -o /dev/null -w '%{http_code}' "$(book)"
}
