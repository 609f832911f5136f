# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon=nginx
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"
# shellcheck source=../../common/nginx.sh
. bin/nginx.sh

# master - the pid of the running master; fails when there is none.
master() {
	leader run/nginx.pid
}

# stop_nginx - end every nginx of this service, politely at first.
stop_nginx() {
	end_all run/nginx.pid QUIT:10 TERM:5
}
