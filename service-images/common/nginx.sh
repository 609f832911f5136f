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
