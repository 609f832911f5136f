#!/bin/sh
# SPDX-License-Identifier: MIT
# blog.sh - a database, two web servers and a balancer, each a host of its own with its sshd: launched,
# scaled out and in, its database moved, backed up and brought back, by the agent's programs alone.
#
# It calls itself: "inside" is the provisioning server, in the lab's network.
# shellcheck disable=SC2016 # single quotes: for a shell there
[ "${1:-}" = inside ] || exec "$(dirname "$0")/../in-lab" 4 "$(readlink -f "$0")"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

db=h1 web1=h2 web2=h3 balancer=h4
db_address=10.77.0.1 web1_address=10.77.0.2 web2_address=10.77.0.3 public=10.77.0.4
db_port=3306
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
# Characters that something on the way could take for its own.
odd="$marker'a\"b\\c\$d=e;f#g%h"

# ---- what each is told

database_cfg() {
	printf '%s\n' '[enstratus]' serviceId=db "port.1.privatePort=$db_port" port.1.protocol=TCP serviceKeys=admin \
		serviceKey.admin.user=root "serviceKey.admin.password=$odd-admin" | whole
}
web_cfg() {
	printf '%s\n' '[enstratus]' serviceId=blog port.80.privatePort=8080 port.80.protocol=TCP dependencies=DATA_SOURCE-1 \
		dependency.DATA_SOURCE-1.dependencyType=DATA_SOURCE dependency.DATA_SOURCE-1.dependencyName=blog \
		"dependency.DATA_SOURCE-1.readHosts=$db_address:$db_port" "dependency.DATA_SOURCE-1.writeHosts=$db_address:$db_port" \
		dependency.DATA_SOURCE-1.user=blog "dependency.DATA_SOURCE-1.password=$odd-blog" | whole
}
# source_cfg ADDRESS,...
source_cfg() {
	printf '%s\n' name=blog user=blog "password=$odd-blog" "addresses=$1" | whole
}
configure_database() { database_cfg | on $db configureService --config - mysql c1 db; }
configure_web() { web_cfg | on "$1" configureService --config - www-data c1 blog; }
grant() { source_cfg "$1" | on $db grantDatabaseAccess db -; }
revoke() { source_cfg "$1" | on $db revokeDatabaseAccess db -; }
is_ok() { [ "$(on "$1" checkService "$2" 2>/dev/null)" = OK ]; }
# launch HOST ID CONFIGURE... - in the contract's order of events.
launch() {
	host=$1 id=$2
	shift 2
	expect "$id on $host: configure" 0 "$@"
	run on "$host" stopService "$id"
	expect "$id on $host: start" 0 on "$host" startService "$id"
	check "$id on $host: check" is_ok "$host" "$id"
}

# get PATH [OPTION...] - through the balancer; the status, and the page to $root/w/page
get() {
	page=$1
	shift
	curl -q -s -m 20 --noproxy '*' -c "$root/w/cookies" -b "$root/w/cookies" -o "$root/w/page" -w '%{http_code}' \
		-H 'Host: blog.example' "$@" "http://$public$page"
}
reads() { [ "$(get /)" = 200 ] && grep -q Oolong "$root/w/page"; }
# served_by ADDRESS - this many requests that server has had
served_by() { there "$1" 'cat /mnt/services/blog/log/access.log 2>/dev/null' | wc -l; }
sql() { there $db "cd /mnt/services/db && mariadb --defaults-file=cfg/.root.cnf -N -B"; }
count() { printf 'SELECT COUNT(*), SUM(CRC32(CONCAT(id, word))) FROM blog.tea;\n' | sql; }

# ---- the database, with its data source

send "$images/mariadb.zip" $db /tmp/mariadb.zip
expect 'the database is installed' 0 on $db installService db c1 mysql /tmp/mariadb.zip
launch $db db configure_database
{
	echo 'CREATE TABLE tea (id INT PRIMARY KEY, word VARCHAR(40));'
	i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		echo "INSERT INTO tea VALUES ($i, 'leaf $i');"
	done
} | gzip >"$root/dump.gz"
send "$root/dump.gz" $db /tmp/dump.gz
there $db 'chmod 644 /tmp/dump.gz'
load() { source_cfg '' | on $db installDataSource db - /tmp/dump.gz; }
expect 'its data source is loaded' 0 load
same 'all of it' 200 "$(count | cut -f 1)"

# ---- a web server, and a balancer before it

there $balancer "printf 'global\n\tmaxconn 200\ndefaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 30s\n\ttimeout server 30s\n' >/etc/haproxy/haproxy.cfg
	haproxy -W -D -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid" >"$out" 2>"$err"
expect 'it may use the database' 0 grant $web1_address
send "$images/wordpress.zip" $web1 /tmp/wordpress.zip
expect 'the web server is installed' 0 on $web1 installService blog c1 www-data /tmp/wordpress.zip
launch $web1 blog configure_web $web1
expect 'the balancer sends clients there' 0 on $balancer startProxy blog blog.example NONE $public $web1_address 8080
answers() { [ "$(get /wp-admin/install.php)" = 200 ]; }
check 'the blog answers through it' wait_until 60 answers
same 'it is installed by its page' 200 "$(get '/wp-admin/install.php?step=2' --data-urlencode weblog_title=Tea \
	--data-urlencode user_name=editor --data-urlencode 'admin_password=a-Long-one-4-tests' \
	--data-urlencode 'admin_password2=a-Long-one-4-tests' --data-urlencode admin_email=editor@example.com)"
get /wp-login.php >/dev/null
get /wp-login.php --data-urlencode log=editor --data-urlencode 'pwd=a-Long-one-4-tests' --data testcookie=1 >/dev/null
get /wp-admin/post-new.php >/dev/null
nonce=$(grep -o 'createNonceMiddleware( "[0-9a-f]*"' "$root/w/page" | grep -o '[0-9a-f]\{10\}' | head -n 1)
same 'a post is written' 201 "$(get '/index.php?rest_route=/wp/v2/posts' -H "X-WP-Nonce: $nonce" -H 'Content-Type: application/json' \
	--data '{"title":"Oolong","content":"It is half way.","status":"publish"}')"
check 'and read' reads

# ---- another one joins

there $web2 "echo 'SELECT COUNT(*) FROM tea;' | mariadb --no-defaults -h $db_address -u blog -p'x' blog" >"$out" 2>"$err"
check 'before its grant it is refused' grep -q 'is not allowed to connect\|Access denied' "$err"
expect 'the second may use the database too' 0 grant $web1_address,$web2_address
send "$images/wordpress.zip" $web2 /tmp/wordpress.zip
expect 'it is installed' 0 on $web2 installService blog c1 www-data /tmp/wordpress.zip
launch $web2 blog configure_web $web2
expect 'the balancer knows it' 0 on $balancer startProxy blog blog.example NONE $public $web2_address 8080
both() {
	reads
	[ "$(served_by $web1)" -gt "$1" ] && [ "$(served_by $web2)" -gt "$2" ]
}
check 'both serve' wait_until 60 both "$(served_by $web1)" "$(served_by $web2)"
check 'the same post' reads

# ---- the first one goes

expect 'no more clients are sent there' 0 on $balancer stopProxy $web1_address
expect 'it is stopped' 0 on $web1 stopService blog
expect 'and shut out' 0 revoke $web1_address
expect 'the grant that is left' 0 grant $web2_address
# The password is the right one, and comes by a file.
login_from() {
	{
		printf '[client]\nhost=%s\nport=%s\nuser=blog\npassword="' $db_address $db_port
		printf '%s' "$odd-blog" | sed 's/[\\"]/\\&/g'
		printf '"\n'
	} | there "$1" 'umask 077; cat >/run/client.cnf; echo "SELECT COUNT(*) FROM tea;" | mariadb --defaults-file=/run/client.cnf -N blog; s=$?; rm /run/client.cnf; exit $s'
}
expect 'from the second the database answers' 0 login_from $web2
same 'with all of it' 200 "$(cat "$out")"
expect 'from the first it does not any more' 1 login_from $web1
says 'it is refused' 'is not allowed to connect|Access denied'
check 'the post is still there' reads
expect 'the first is terminated' 0 on $web1 terminate
expect 'and its service removed' 0 on $web1 removeService --purge blog blog
check_not 'no file of it is left' there $web1 'test -e /mnt/services/blog'

# ---- the database moves

db_port=3399
launch $db db configure_database
run is_ok $web2 blog
same 'until it is told, the web server is down' 1 "$status"
launch $web2 blog configure_web $web2
check 'and serves on' wait_until 60 reads

# ---- a backup, and the way back

sum=$(count)
back_up() { source_cfg '' | on $db backupDataSource db blog - /mnt/tmp/blog.gz; }
there $db 'mkdir -p /mnt/tmp'
expect 'a backup' 0 back_up
posts=$(echo 'SELECT COUNT(*) FROM blog.wp_posts;' | sql)
echo 'DROP DATABASE blog;' | sql
run reads
same 'without its database the blog is down' 1 "$status"
restore() { source_cfg $web2_address | on $db installDataSource db - /mnt/tmp/blog.gz; }
expect 'the way back' 0 restore
same 'the same rows, by number and checksum' "$sum" "$(count)"
same 'and posts' "$posts" "$(echo 'SELECT COUNT(*) FROM blog.wp_posts;' | sql)"
check 'the blog serves on' wait_until 60 reads

# ---- a snapshot under load

# later COMMAND - on the database's host, holding nothing of this connection.
later() { there $db "( exec </dev/null >/dev/null 2>&1; $1 ) &"; }
later "cd /mnt/services/db; i=1000; while [ ! -e /run/enough ]; do i=\$((i + 1)); echo \"INSERT INTO blog.tea VALUES (\$i, 'late');\"; done |
	mariadb --defaults-file=cfg/.root.cnf"
writing() { [ "$(count | cut -f 1)" -gt 250 ]; }
check 'somebody writes all the time' wait_until 60 writing
mkfifo "$root/say"
on $db lockServices /mnt/services 20000 lock <"$root/say" >"$root/w/lock.out" 2>"$err" &
locking=$!
exec 9>"$root/say"
locked() { grep -qx LOCKED "$root/w/lock.out"; }
check 'all is locked' wait_until 60 locked
held=$(count)
there $db 'cp -a /mnt/services/db/data /mnt/copy'
same 'nobody writes meanwhile' "$held" "$(count)"
echo UNLOCK >&9
exec 9>&-
status=0
wait $locking || status=$?
same 'and it is let go' 0 "$status"
writes_on() { [ "$(count)" != "$held" ]; }
check 'then it goes on' wait_until 60 writes_on
there $db ': >/run/enough'
opens() {
	later 'cd /mnt && chown -R mysql copy && exec setpriv --reuid=mysql --regid=mysql --init-groups mariadbd --no-defaults --datadir=/mnt/copy \
		--socket=/mnt/copy/sock --pid-file=/mnt/copy/pid --skip-networking --skip-grant-tables --log-error=/mnt/copy/log'
	copied() { there $db "echo 'SELECT COUNT(*), SUM(CRC32(CONCAT(id, word))) FROM blog.tea;' | mariadb --no-defaults --socket=/mnt/copy/sock -N" 2>/dev/null; }
	wait_until 60 copied >/dev/null
	copied
}
same 'the copy opens, with what was there then' "$held" "$(opens)"
check 'and clean' there $db "mariadb-check --no-defaults --socket=/mnt/copy/sock --all-databases >/mnt/tmp/check && ! grep -qi -e error -e corrupt -e warning /mnt/tmp/check"
there $db 'kill "$(cat /mnt/copy/pid)"'

# ---- the end, and what is left

for place in "$web2 blog" "$db db"; do
	# shellcheck disable=SC2086 # two words
	set -- $place
	expect "$2 on $1 is stopped" 0 on "$1" stopService "$2"
	run on "$1" serviceHistory "$2"
	check "$2 on $1: its history" grep -q 'enstratus-stop' "$out"
done
for host in $LAB_HOSTS; do
	same "no secret is in any file of $host but those that need it" '' "$(there "$host" "grep -rlaF '$marker' /mnt /run /tmp /dev/shm /var/log /enstratus /etc 2>/dev/null" |
		grep -v -e '/db/cfg/.root.cnf$' -e '/blog/cfg/.wordpress.json$' -e '/data/' -e '/copy/')"
	run there "$host" 'ls -A /run/enstratus 2>/dev/null'
	same "nothing is in the run directory of $host" '' "$(cat "$out")"
done
