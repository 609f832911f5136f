# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"
# shellcheck source=../../common/nginx.sh
. bin/nginx.sh

# The newest PHP that there is.
php=$(find /usr/sbin -name 'php-fpm[0-9]*' | sort -V | tail -n 1)
[ -n "$php" ] || die 'php-fpm is not installed'

# nginx_is and php_is - say which of the two daemons is meant.
nginx_is() { daemon=nginx; }
php_is() { daemon=${php##*/}; }

# both_run - the two leaders run.
both_run() {
	nginx_is
	leader run/nginx.pid >/dev/null || return 1
	php_is
	leader run/php.pid >/dev/null
}

stop_both() {
	nginx_is
	end_all run/nginx.pid QUIT:10 TERM:5
	php_is
	end_all run/php.pid QUIT:10 TERM:5
}
