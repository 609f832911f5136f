# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# nginx.sh - what the hooks of the images with nginx share; their lib.sh sources it after daemon.sh.
# pack lays it into bin/.

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

# nginx_listen PORT [ssl] - the directives by which it listens at $address, or everywhere.
nginx_listen() {
	if [ -n "$address" ]; then
		printf 'listen %s:%s%s; ' "$address" "$1" "${2:+ ssl}"
		return
	fi
	printf 'listen %s%s; ' "$1" "${2:+ ssl}"
	[ ! -e /proc/net/if_inet6 ] || printf 'listen [::]:%s%s; ' "$1" "${2:+ ssl}"
}

# nginx_accepts [COMMAND...] - does it take cfg/nginx.conf, run by COMMAND? Else prints why not.
nginx_accepts() {
	why=$("$@" /usr/sbin/nginx -t -q -p ./ -c cfg/nginx.conf -e log/error.log 2>&1) && return
	why=$(printf '%s\n' "$why" | sed -n 's/^nginx: \[emerg\] //p' | head -n 1)
	printf '%s\n' "${why:-nginx refuses the configuration}"
	return 1
}

# hashed [ENTRY] - the password on standard input as an entry of a password file has it. With the salt
# of ENTRY, the present one, when the password is the same: an unchanged one gives an unchanged file.
hashed() {
	(
		IFS= read -r password
		for salt in "$(printf '%s\n' "${1:-}" | awk -F '[$]' 'NF > 3 && $(NF - 1) ~ /^[0-9a-f]+$/ { print $(NF - 1) }')" "$(openssl rand -hex 8)"; do
			[ -n "$salt" ] || continue
			hash=$(printf '%s\n' "$password" | openssl passwd -6 -stdin -salt "$salt") || exit
			[ "${1#*:}" != "$hash" ] || break
		done
		printf '%s\n' "$hash"
	)
}

# nginx_conf SETTINGS FILE... - the whole configuration of the server on standard input, which is
# reached at $url; SETTINGS stand before everything.
#
# The page /.mark tells the start hook which configuration it is that answers: its text differs with
# the configuration, what is in the FILEs, and the place of the service.
nginx_conf() {
	settings=$1
	shift
	server=$(cat)
	mark=$({
		printf '%s\n' "$url" "$settings" "$server"
		pwd -P
		[ $# = 0 ] || cat -- "$@"
	} | sha256sum | cut -c 1-16)
	cat <<-END
		# $url $mark
		# Line 1 is for the hooks. Made by enstratus-configure, which overwrites it.
		$settings
		worker_processes 1;
		pid run/nginx.pid;
		error_log log/error.log;
		events { worker_connections 1024; }
		http {
			include /etc/nginx/mime.types;
			access_log log/access.log;
			client_body_temp_path run/body;
			proxy_temp_path run/proxy;
			fastcgi_temp_path run/fastcgi;
			uwsgi_temp_path run/uwsgi;
			scgi_temp_path run/scgi;
			server_tokens off;
			# The port that visitors see is the balancer's.
			absolute_redirect off;
			sendfile on;
			server {
				root www;
				location = /.mark { access_log off; default_type text/plain; return 200 $mark; }
		$server
			}
		}
	END
}
