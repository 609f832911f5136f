#!/bin/sh
# SPDX-License-Identifier: MIT
# guestbook2010.sh - a PHP application whose hooks are written as in 2010 runs on the image mariadb, on a
# host as it was then: hooks are run by the account enstratus, which may call sudo without a password.
#
# It calls itself: "inside" is the provisioning server, in the lab's network.
# shellcheck disable=SC2016,SC2119,SC2120 # single quotes: for a shell there
[ "${1:-}" = inside ] || exec "$(dirname "$0")/../in-lab" 1 "$(readlink -f "$0")"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

address=10.77.0.1
marker=SECRET$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
sql() { there h1 'cd /mnt/services/db && mariadb --defaults-file=cfg/.root.cnf -N -B'; }
# The words of 2010, for both sides.
keys() {
	printf '%s\n' '[enStratus]' name=Guestbook dataSources=book "dataSource.book.write=$address" "dataSource.book.read=$address" \
		dataSource.book.serviceUser=guest "dataSource.book.servicePassword=$password" "$@"
}
grant() { keys "addresses=$1" | whole | on h1 grantDatabaseAccess db -; }
configure() {
	keys serviceId=a7464 privatePort=8080 primaryAddress=book.example | whole | on h1 configureService --config - guest c100 a7464
}
configure_database() {
	printf '%s\n' '[enstratus]' port.1.privatePort=3306 serviceKeys=admin serviceKey.admin.user=root \
		"serviceKey.admin.password=${marker}admin" | whole | on h1 configureService --config - mysql c100 db
}
page() { curl -q -s -f -m 20 --noproxy '*' "$@" "http://$address:8080/" >"$root/w/page"; }
reads() { page && grep -qxF '<p>Oolong, it&#039;s &lt;tea&gt;</p>' "$root/w/page"; }
# is SERVICE_ID WORD - what checkService says.
is() { [ "$(on h1 checkService "$1" 2>/dev/null)" = "$2" ]; }
# secrets - the files that have a password of the data source.
secrets() { there h1 "grep -rlaF -e '$marker' /mnt /enstratus /run /tmp /dev/shm /var/log /etc /home 2>/dev/null" | sort | tr '\n' ' '; }

there h1 'useradd -r -m enstratus && echo "enstratus ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/enstratus && chmod 440 /etc/sudoers.d/enstratus'
service-images/pack tests/image/guestbook2010 "$root/guestbook.zip"
send "$root/guestbook.zip" h1 /tmp/guestbook.zip
send "$images/mariadb.zip" h1 /tmp/mariadb.zip
expect 'the database: install' 0 on h1 installService db c100 mysql /tmp/mariadb.zip
expect 'the database: configure' 0 configure_database
expect 'the database: start' 0 on h1 startService db
password=${marker}first
expect 'grant' 0 grant $address

expect 'install' 0 on h1 installService a7464 c100 guest /tmp/guestbook.zip
expect 'configure' 0 configure
for line in 'Configuring service a7464' 'The database is book on 10.77.0.1'; do says 'configure' "guestbook-configure: $line"; done
expect 'stop before the first start' 0 on h1 stopService a7464
expect 'start' 0 on h1 startService a7464
check 'check' wait_until 60 is a7464 OK
same 'its server was started by sudo' root "$(there h1 'stat -c %U /proc/$(cat /mnt/services/a7464/log/httpd.pid)')"
check 'an entry is written' page --data-urlencode "words=Oolong, it's <tea>"
check 'and read' reads
same 'it is in the database' "Oolong, it's <tea>" "$(echo 'SELECT words FROM book.entries' | sql)"

# ---- another password

password=${marker}second
expect 'grant with another password' 0 grant $address
check_not 'the page is not served with the former one' page
check 'which check tells' is a7464 DOWN
expect 'configure' 0 configure
expect 'start, which restarts' 0 on h1 startService a7464
check 'and it is served' wait_until 60 reads
same 'the former password is nowhere' '' "$(marker=${marker}first && secrets)"

# ---- the end

expect 'the address is shut out' 0 grant ''
check_not 'nothing is served' page
expect 'stop' 0 on h1 stopService a7464
expect 'stop the database' 0 on h1 stopService db
same 'no process is left' '' "$(there h1 "ps -eo comm= | grep -e apache -e mariadb -e php -e sudo -e sleep -e '[a-z]Service'")"
same 'no password is anywhere but in settings and the client file of the database' \
	'/mnt/services/a7464/app/conf/settings.php /mnt/services/db/cfg/.root.cnf ' "$(secrets)"
same 'nothing is left in cfg/ and in the run directory' '' "$(there h1 'find /mnt/services/a7464/cfg /run/enstratus -mindepth 1')"
