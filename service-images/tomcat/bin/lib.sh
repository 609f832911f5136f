# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon=java
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"
tomcat=/usr/share/tomcat10

# server - the pid of the running one; fails when there is none.
server() {
	leader run/tomcat.pid
}

# board - the URL of the page, from line 2; fails before the first configure.
board() {
	{ read -r _ && read -r _ url _; } 2>/dev/null <cfg/server.xml && printf '%s\n' "$url"
}

# serves - the page is there: JSP and all.
serves() {
	[ "$(curl -q -s -m 20 --noproxy '*' -o /dev/null -w '%{http_code}' "$(board)")" = 200 ]
}

# mark - of the settings: another one wants another start.
mark() {
	cat cfg/server.xml cfg/.users.xml | sha256sum
}
