#!/bin/sh
# SPDX-License-Identifier: MIT
# wordpress.sh - the wordpress image beyond the trial: installed, written to, its database moved.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=www-data
. "$(dirname -- "$0")/lib.sh"

# ---- a database of the test's own

make_database
free_port
db=$port
start_database "$db"
odd="p'a\"s\\s\$w=o;d#%"
printf 'CREATE DATABASE blog;\nCREATE USER blog@"127.0.0.1" IDENTIFIED BY "%s";\nGRANT ALL ON blog.* TO blog@"127.0.0.1";\n' \
	"$(printf '%s\n' "$odd" | sed 's/[\\"]/\\&/g')" | sql

install wordpress
free_port
web=$port
# cfg PASSWORD [LINE...] - as of 2011
cfg() {
	word=$1
	shift
	printf '%s\n' '[enstratus]' "port.80.privatePort=$web" port.80.protocol=TCP dependencies=DATA_SOURCE-1 \
		dependency.DATA_SOURCE-1.dependencyType=DATA_SOURCE dependency.DATA_SOURCE-1.dependencyName=blog \
		"dependency.DATA_SOURCE-1.readHosts=127.0.0.1:$db" "dependency.DATA_SOURCE-1.writeHosts=127.0.0.1:$db" \
		dependency.DATA_SOURCE-1.user=blog "dependency.DATA_SOURCE-1.password=$word" "$@" '[custom]' listen=127.0.0.1
}
# get PATH [OPTION...] - the status; the page to $tmp/page
get() {
	page=$1
	shift
	curl -q -s -m 20 --noproxy '*' -c "$tmp/cookies" -b "$tmp/cookies" -o "$tmp/page" -w '%{http_code}' "$@" "http://127.0.0.1:$web$page"
}
has() { grep -q -e "$1" "$tmp/page"; }

cfg "$odd" | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
hook check
is 'check, when it is not installed yet' '0 OK' "$? $(cat "$tmp/out")"
is 'the page of installation' '302' "$(get /)"
get /wp-admin/install.php >/dev/null
yes 'is answered' has 'Information needed'

# ---- installed, and written to

is 'WordPress is installed' 200 "$(get '/wp-admin/install.php?step=2' --data-urlencode weblog_title=Tea --data-urlencode user_name=editor \
	--data-urlencode 'admin_password=a-Long-one-4-tests' --data-urlencode 'admin_password2=a-Long-one-4-tests' \
	--data-urlencode admin_email=editor@example.com --data-urlencode blog_public=0)"
yes 'it says so' has 'Success'
is 'the front page' 200 "$(get /)"
yes 'has its title' has 'Tea'
get /wp-login.php >/dev/null
is 'log in' 302 "$(get /wp-login.php --data-urlencode log=editor --data-urlencode 'pwd=a-Long-one-4-tests' --data testcookie=1)"
is 'the editor' 200 "$(get /wp-admin/post-new.php)"
nonce=$(grep -o 'createNonceMiddleware( "[0-9a-f]*"' "$tmp/page" | grep -o '[0-9a-f]\{10\}' | head -n 1)
is 'a post is written' 201 "$(get '/index.php?rest_route=/wp/v2/posts' -H "X-WP-Nonce: $nonce" -H 'Content-Type: application/json' \
	--data '{"title":"Oolong","content":"It is half way.","status":"publish"}')"
printf 'GIF89a\001\000\001\000\200\000\000\377\377\377\000\000\000!\371\004\001\000\000\000\000,\000\000\000\000\001\000\001\000\000\002\002D\001\000;' >"$tmp/leaf.gif"
is 'a picture is uploaded' 201 "$(get '/index.php?rest_route=/wp/v2/media' -H "X-WP-Nonce: $nonce" -H 'Content-Type: image/gif' \
	-H 'Content-Disposition: attachment; filename=leaf.gif' --data-binary "@$tmp/leaf.gif")"
picture=$(cd "$svc/uploads" && find . -name 'leaf*.gif')
is 'the picture is there' 200 "$(get "/wp-content/uploads/${picture#./}")"
echo '<?php echo "run";' >"$svc/uploads/x.php"
is 'an uploaded program is not run' 403 "$(get /wp-content/uploads/x.php)"
reads() { [ "$(get /)" = 200 ] && has Oolong; }
yes 'the post is read' reads

# ---- the database moves

stop_database
hook check
is 'without the database' '1 DOWN: the database does not answer' "$? $(cat "$tmp/out")"
free_port
db=$port
start_database "$db"
salts=$(cksum <"$svc/cfg/.salts.json")
cfg "$odd" | configure
is 'configured for its new place' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
hook check
is 'check' '0 OK' "$? $(cat "$tmp/out")"
yes 'the post is still read' reads
is 'the picture too' 200 "$(get "/wp-content/uploads/${picture#./}")"
is 'and who was logged in is' "$salts 200" "$(cksum <"$svc/cfg/.salts.json") $(get /wp-admin/post-new.php)"

cfg wrong | configure
hook check
is 'a wrong password' '1 DOWN: the database does not answer' "$? $(cat "$tmp/out")"
# The keys of 2010.
printf '%s\n' '[enstratus]' "privatePort=$web" dataSources=blog "dataSource.blog.read=127.0.0.1:$db" "dataSource.blog.write=127.0.0.1" \
	dataSource.blog.serviceUser=blog "dataSource.blog.servicePassword=$odd" '[custom]' listen=127.0.0.1 "databasePort=$db" | configure
is 'keys of 2010' '0 ' "$? $(cat "$tmp/out")"
yes 'serve as well' reads
install wordpress
yes 'another installation over it' reads
before=$(files)

# ---- what is refused

printf '%s\n' "privatePort=$web" | configure
is 'no data source' '1 1' "$? $(grep -c '^enstratus-configure: dependencies: no data source' "$tmp/out")"
cfg "$odd" | sed '/password/d' | configure
is 'no password' '78 1' "$? $(grep -c 'dependency.DATA_SOURCE-1.password' "$tmp/out")"
cfg "$odd" | sed 's/^port.80.privatePort=.*/port.80.privatePort=x/' | configure
is 'a port that is none' '1 1' "$? $(grep -c 'port.80.privatePort: not a port number' "$tmp/out")"
(cfg "$odd" && echo siteUrl=ftp://x) | configure
is 'a site that is none' '1 1' "$? $(grep -c 'siteUrl: not http' "$tmp/out")"
cfg "$odd" | sed 's/writeHosts=.*/writeHosts=a"b/' | configure
is 'a host that is none' '1 1' "$? $(grep -c 'writeHosts: not a host' "$tmp/out")"
is 'and no refusal has changed a file' "$before" "$(files)"

# ---- killed, and the end

# One of its two daemons alone.
kill -s KILL "$(cat "$svc/run/php.pid")"
down() { hook check; grep -q '^DOWN: ' "$tmp/out"; }
yes 'a killed php-fpm is seen by check' within 60 down
cfg "$odd" | configure
yes 'start after it' hook start
yes 'serves again' reads
yes 'stop' hook stop
is 'no process is left' '' "$(for p in $(processes); do grep -e nginx -e php "/proc/$p/comm"; done 2>/dev/null)"
is 'no password is in any output, log or other file' '' "$(grep -rlF -e "$odd" "$tmp/all" "$services" | grep -v '/cfg/.wordpress.json$')"
