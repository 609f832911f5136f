#!/bin/sh
# SPDX-License-Identifier: MIT
# mariadb.sh - the mariadb image beyond the trial: its users, its dumps, its grants and its lock.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=mysql
. "$(dirname -- "$0")/lib.sh"

# A reader that has died is a failure of its own, not the end of this.
trap : PIPE

# What a path may have; the hooks are to take any.
services="$tmp/o'd\"d \$a;{b}=(c)&#"
svc=$services/a1234
install mariadb
free_port
db=$port
odd="p'a\"s\\s\$w=o;d#% $(printf '\303\274')"
# What of it looks the same however it is quoted.
core='w=o;d#%'
admin=root
# cfg PASSWORD [LINE...]
cfg() {
	word=$1
	shift
	printf '%s\n' '[enstratus]' "port.1.privatePort=$db" port.1.protocol=TCP serviceKeys=admin \
		"serviceKey.admin.user=$admin" "serviceKey.admin.password=$word" "$@" '[custom]' listen=127.0.0.1
}
# as USER PASSWORD [DATABASE] - a client over TCP, its SQL on standard input.
as() {
	(
		umask 077
		printf '[client]\nhost=127.0.0.1\nport=%s\nprotocol=tcp\nuser="%s"\npassword="%s"\n' "$db" "$1" \
			"$(printf '%s\n' "$2" | sed 's/[\\"]/\\&/g')" >"$tmp/client.cnf"
	)
	mariadb --defaults-file="$tmp/client.cnf" --default-character-set=utf8mb4 --connect-timeout=5 -N -B ${3:+"$3"} 2>"$tmp/client.err"
}
root() {
	(cd "$svc" && mariadb --defaults-file=cfg/.root.cnf --default-character-set=utf8mb4 -N -B)
}
# anyone USER - a client at the socket without a password
anyone() {
	(cd "$svc" && echo 'SELECT 1' | mariadb --no-defaults --socket=run/mariadb.sock -u "$1")
}
# source_of ADDRESS,... [NAME] - the configuration of a data source.
source_of() {
	printf '%s\n' "name=${2:-shop_1}" user=shop "password=$odd" "addresses=$1"
}
# hosts - where the data source's user may come from.
hosts() {
	echo "SELECT Host FROM mysql.user WHERE User = 'shop' ORDER BY 1" | root | tr '\n' ' '
}
# one STATUS WHAT PATTERN - a hook that has failed, in one line that has the pattern.
one() {
	is "$2" '1 1 1' "$1 $(wc -l <"$tmp/out") $(grep -c -e "$3" "$tmp/out")"
}
# traced HOOK FILE [ARG...] - a hook; all that it executes, with arguments and environment, to $tmp/exec.
traced() {
	name=$1
	shift
	(
		cd "$svc" || exit 1
		exec env -i "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$tmp/bin" \
			strace -f -qq -v -s 9999 -e trace=execve -o "$tmp/exec" "$svc/bin/enstratus-$name" a1234 "$@"
	) </dev/null >"$tmp/out" 2>&1
}

# ---- configure and start

cfg first | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
# As a run that was killed leaves it; the server account's directories, so it makes them.
rm -f "$svc/cfg/.root.cnf"
mkdir "$svc/data/.new"
mv "$svc/data/mysql" "$svc/data/.new"
cfg first | configure
is 'a first configure that was cut short is made good' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
pid=$(cat "$svc/run/mariadb.pid")
no 'nobody comes in without a password' anyone root

# ---- the administrator

cfg "$odd" | configure
is 'another password, while it runs' '0 ' "$? $(cat "$tmp/out")"
hook check
is 'it answers to it' '0 OK' "$? $(cat "$tmp/out")"
is 'and is the same server' "$pid" "$(cat "$svc/run/mariadb.pid")"
admin=chief
cfg "$odd" | configure
is 'another name, while it runs' '0 chief' "$? $(echo 'SELECT CURRENT_USER()' | root | cut -d @ -f 1)"
no 'the former one is locked' anyone root
admin=boss
yes 'stop' hook stop
is 'no process is left' '' "$(processes)"
cfg third | configure
is 'name and password, while it is stopped' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
is 'are the ones' boss "$(echo 'SELECT CURRENT_USER()' | root | cut -d @ -f 1)"
is 'the former one is gone' 0 "$(echo "SELECT COUNT(*) FROM mysql.user WHERE User = 'chief'" | root)"
is 'for one pair of eyes' 600 "$(stat -c %a "$svc/cfg/.root.cnf")"
cfg "$odd" | configure
yes 'and back' hook check

# ---- what is refused

before=$(files)
printf '%s\n' port.1.privatePort=1 | configure
is 'no password is refused by its name' '78 1' "$? $(grep -c 'serviceKey.admin.password' "$tmp/out")"
for bad in 0 65536 http 080; do
	cfg "$odd" | sed "s/^port.1.privatePort=.*/port.1.privatePort=$bad/" | configure
	one $? "port $bad is refused" 'port.1.privatePort: not a port number'
done
(cfg "$odd" && echo maxConnections=many) | configure
one $? 'maxConnections' 'maxConnections: not a number'
for bad in here 999.1.1.1 192.0.2.1; do
	(cfg "$odd" && echo "listen=$bad") | configure
	one $? "listen at $bad" 'listen: '
done
cfg "$(printf 'a\001b')" | configure
one $? 'a password with a control character' 'serviceKey.admin.password: control'
is 'and no refusal has changed a file' "$before" "$(files)"
yes 'nor what the server answers to' hook check

# ---- a data source

{
	echo 'CREATE TABLE t (id INT PRIMARY KEY, word VARCHAR(40));'
	for i in 1 2 3 4 5 6 7 8 9; do printf "INSERT INTO t VALUES (%s, 'it''s \303\274 %s');\n" $i $i; done
} >"$tmp/dump.sql"
gzip -k "$tmp/dump.sql"
source_of '' | database installds "$tmp/dump.sql.gz"
is 'installds' '0 ' "$? $(cat "$tmp/out")"
count() { echo 'SELECT COUNT(*), SUM(CRC32(CONCAT(id, word))) FROM shop_1.t' | root; }
drop() { echo 'DROP DATABASE IF EXISTS shop_1' | root; }
is 'its rows are there' 9 "$(count | cut -f 1)"
is 'with their letters' 6 "$(echo 'SELECT CHAR_LENGTH(word) - 2 FROM shop_1.t WHERE id = 1' | root)"
sum=$(count)
echo "DELETE FROM shop_1.t WHERE id = 1" | root
source_of '' | database installds "$tmp/dump.sql"
is 'installds again' '0 shop_1 is not empty: left as it is' "$? $(cat "$tmp/out")"
is 'changes nothing' 8 "$(count | cut -f 1)"

drop
(cat "$tmp/dump.sql" && echo 'NONSENSE;') >"$tmp/bad.sql"
source_of '' | database installds "$tmp/bad.sql"
is 'a dump that is broken' '1 1' "$? $(grep -c 'nothing of it was kept' "$tmp/out")"
is 'leaves nothing' '' "$(echo 'SHOW DATABASES' | root | grep shop)"
echo 'CREATE DATABASE shop_1 CHARACTER SET latin1' | root
source_of '' | database installds "$tmp/bad.sql"
is 'nor of one that was there and empty' '0 latin1' "$(echo "SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE
	TABLE_SCHEMA = 'shop_1'), DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'shop_1'" | root | tr '\t' ' ')"
drop
(echo '-- MariaDB dump 10.19' && cat "$tmp/dump.sql") >"$tmp/cut.sql"
head -c 150 "$tmp/dump.sql.gz" >"$tmp/cut.gz"
for cut in cut.sql cut.gz; do
	source_of '' | database installds "$tmp/$cut"
	one $? "$cut, a dump that is cut off" 'is not whole: nothing of it was loaded'
done
# shellcheck disable=SC1003
for command in '\! touch' 'system touch' 'tee'; do
	echo "$command $tmp/ran" >"$tmp/evil.sql"
	source_of '' | database installds "$tmp/evil.sql"
	is "a dump with '$command'" '1 1' "$? $(grep -c 'Not allowed in the sandbox' "$tmp/out")"
done
no 'runs nothing' test -e "$tmp/ran"

mkdir "$tmp/packed"
cp "$tmp/dump.sql" "$tmp/packed/a dump.sql"
echo 'read me' >"$tmp/packed/README"
(cd "$tmp/packed" && zip -q ../one.zip ./* && tar -czf ../one.data . && cp 'a dump.sql' b.sql && zip -q ../two.zip ./*)
for pack in dump.sql one.zip one.data; do
	drop
	source_of '' | database installds "$tmp/$pack"
	is "$pack, by its content" "0 $sum" "$? $(count)"
done
drop
source_of '' | database installds "$tmp/two.zip"
one $? 'of two dumps none is taken' 'has 2 files \*.sql, not one'

# Killed in the middle.
echo 'CREATE TABLE half (id INT); SELECT SLEEP(60);' >"$tmp/slow.sql"
(source_of '' | database installds "$tmp/slow.sql") 2>/dev/null &
loading=$!
half() { echo 'SELECT id FROM half' | (cd "$svc" && mariadb --defaults-file=cfg/.root.cnf shop_1); }
yes 'a dump is half way' within 60 half
for p in $(processes); do
	[ "$(cat "/proc/$p/comm" 2>/dev/null)" = mariadbd ] || kill -s KILL "$p" 2>/dev/null
done
wait "$loading" 2>/dev/null
source_of '' | database installds "$tmp/dump.sql"
is 'and is not taken for one that was loaded' "0 $sum" "$? $(count)"
is 'nothing of it stays' 0 "$(echo "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'half'" | root)"

# ---- grants

try_in() { echo 'SELECT COUNT(*) FROM t' | as shop "$odd" "$1"; }
no 'before a grant nobody comes in' try_in shop_1
source_of 127.0.0.1,10.9.9.9,2001:DB8::1 | database dbgrant
is 'dbgrant' '0 ' "$? $(cat "$tmp/out")"
is 'lets in' 9 "$(try_in shop_1)"
is 'each address' '10.9.9.9 127.0.0.1 2001:db8::1 ' "$(hosts)"
source_of 127.0.0.1 | database dbgrant
# A password that is changed while clients have the one before.
source_of 127.0.0.1 | sed 's/^password=.*/&-next/; a keepPassword=true' >"$tmp/both"
for time in once twice; do
	database dbgrant <"$tmp/both"
	is "two passwords, $time: both are good" '9 9' "$(try_in shop_1) $(echo 'SELECT COUNT(*) FROM t' | as shop "$odd-next" shop_1)"
done
source_of 127.0.0.1 | database dbgrant
no 'and after the next grant only that one' eval "echo 'SELECT 1' | as shop \"\$odd-next\" shop_1"
is 'a grant is a set' '127.0.0.1 ' "$(hosts)"
echo 'CREATE DATABASE shopX1; CREATE TABLE shopX1.t (id INT)' | root
no 'to other databases it lets nobody in' try_in shopX1
source_of 127.0.0.1 shopX1 | database dbgrant
is 'until it is granted' 0 "$(try_in shopX1)"

# A session that is open is ended too.
mkfifo "$tmp/say"
as shop "$odd" shop_1 <"$tmp/say" >"$tmp/said" &
session=$!
exec 7>"$tmp/say"
echo 'SELECT 1;' >&7
sessions() { [ "$(echo "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'shop'" | root)" = "$1" ]; }
yes 'a session is open' within 60 sessions 1
source_of 127.0.0.1 | database dbrevoke
is 'dbrevoke' '0 ' "$? $(cat "$tmp/out")"
yes 'the session is ended' within 60 sessions 0
exec 7>&-
wait "$session"
no 'and nobody comes in' try_in shop_1
is 'the other database still lets in' 0 "$(try_in shopX1)"
source_of 127.0.0.1 | database dbrevoke
is 'dbrevoke again' '0 ' "$? $(cat "$tmp/out")"
source_of 127.0.0.1 shopX1 | database dbrevoke
is 'the last one takes the account away' '0 ' "$? $(hosts)"
printf '%s\n' '[enstratus]' name=Wordpress dataSources=shop_1 dataSource.shop_1.serviceUser=shop \
	"dataSource.shop_1.servicePassword=$odd" addresses=127.0.0.1 | database dbgrant
is 'a grant in the words of 2010' '0 9' "$? $(try_in shop_1)"
source_of '' | database dbgrant
is 'a grant for nobody' '0 ' "$? $(hosts)"
printf '%s\n' '[enstratus]' name=Wordpress dependencies=DATA_SOURCE-1 dependency.DATA_SOURCE-1.dependencyType=DATA_SOURCE \
	dependency.DATA_SOURCE-1.dependencyName=shop_1 dependency.DATA_SOURCE-1.user=shop \
	"dependency.DATA_SOURCE-1.password=$odd" addresses=127.0.0.1 | database dbgrant
is 'and in those of 2011' '0 9' "$? $(try_in shop_1)"

before=$(hosts)
for bad in 'a`b' mysql information_schema; do
	source_of 10.1.1.1 "$bad" | database dbgrant
	one $? "the name $bad" '^enstratus-dbgrant: name: '
done
for bad in "1.2.3.4'; DROP" here dead '*'; do
	source_of "10.1.1.1,$bad" ab | database dbgrant
	one $? "the address $bad" 'is not an IP address'
done
source_of 10.1.1.1 | sed 's/^user=.*/user=boss/' | database dbgrant
one $? 'the administrator' 'user: that is the administrator'
is 'do nothing' "$before" "$(hosts)$(echo 'SHOW DATABASES' | root | grep -x ab)"

# ---- a backup, and the way back

echo 'CREATE PROCEDURE shop_1.p() SELECT 1; CREATE TRIGGER shop_1.g BEFORE INSERT ON shop_1.t FOR EACH ROW SET @a = 1;
	CREATE EVENT shop_1.e ON SCHEDULE EVERY 1 DAY DO SELECT 1' | root
all() {
	echo "SELECT (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'shop_1'),
		(SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'shop_1'),
		(SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'shop_1')" | root | tr '\t' ' '
}
mkdir -m 777 "$tmp/b"
source_of '' | database backupDataSource shop "$tmp/b/dump.gz"
is 'backupDataSource' '0 ' "$? $(cat "$tmp/out")"
is 'leaves one file' dump.gz "$(ls -A "$tmp/b")"
is 'for one pair of eyes' 600 "$(stat -c %a "$tmp/b/dump.gz")"
drop
source_of '' | database backupDataSource shop "$tmp/b/none.gz"
is 'of nothing there is none' '1 dump.gz' "$? $(ls -A "$tmp/b")"
chmod 644 "$tmp/b/dump.gz"
source_of 127.0.0.1 | database installds "$tmp/b/dump.gz"
is 'and the way back' "0 $sum" "$? $(count)"
is 'with routines, triggers and events' '1 1 1' "$(all)"
is 'and its user' 9 "$(try_in shop_1)"

# ---- the lock

mkfifo "$tmp/unlock"
chmod 666 "$tmp/unlock"
# lock MS - the hook, with $tmp/unlock as its input; its pid is in $locking
lock() {
	rm -f "$svc/run/lock"
	(
		cd "$svc" || exit 1
		# shellcheck disable=SC2016 # env would take a path with a = for a variable
		exec env -i "PATH=/usr/sbin:/usr/bin:/sbin:/bin:$tmp/bin" sh -c 'exec "$0" "$@"' \
			"$svc/bin/enstratus-lock" "$services" "$svc/run/lock" "$1" a1234
	) <"$tmp/unlock" >"$tmp/lock.out" 2>&1 &
	locking=$!
	exec 7>"$tmp/unlock"
	within 60 test -e "$svc/run/lock"
}
writing() { [ "$(echo "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%lock%'" | root)" = 1 ]; }
yes 'the lock file tells that it is locked' lock 20000
echo "INSERT INTO t VALUES (100, 'late')" | as shop "$odd" shop_1 &
writer=$!
yes 'a writer has to wait' within 60 writing
is 'and has not written' 9 "$(count | cut -f 1)"
echo UNLOCK >&7
exec 7>&-
wait "$locking"
is 'then it is let go' '0 ' "$? $(cat "$tmp/lock.out")"
wait "$writer"
is 'and the writer writes' 10 "$(count | cut -f 1)"
yes 'a lock without an UNLOCK' lock 1000
wait "$locking"
is 'ends with its time' '0 ' "$? $(cat "$tmp/lock.out")"
exec 7>&-
yes 'a lock whose hook is ended' lock 20000
kill -s TERM "$locking"
wait "$locking"
is 'ends with it' '143 0' "$? $(find "$svc/run" -name '.lock*' | wc -l)"
exec 7>&-
echo 'UPDATE t SET word = word WHERE id = 100' | as shop "$odd" shop_1
is 'and everybody can write' 0 $?

# ---- another installation, another account, and the end

install mariadb
# As the agent leaves files in cfg/.
chmod 770 "$svc"/cfg/.root.cnf "$svc"/cfg/my.cnf
yes 'another installation over it' hook check
cfg "$odd" | configure
is 'and configure closes what it has opened' '0 600' "$? $(stat -c %a "$svc/cfg/.root.cnf")"
if [ "$(id -u)" = 0 ] && [ -z "$agent" ]; then
	for user in nobody $account; do
		cfg "$odd" "runAsUser=$user" | configure
		is 'another account, by runAsUser, takes nothing from a server that runs' '0 10' "$? $(count | cut -f 1)"
		yes 'start' hook start
		is 'it is the one' "$user 10" "$(stat -c %U "/proc/$(cat "$svc/run/mariadb.pid")") $(count | cut -f 1)"
	done
fi

# ---- where passwords are not

if strace -o "$tmp/exec" true 2>/dev/null; then
	(umask 077 && cfg "${odd}2" >"$svc/cfg/enstratus.cfg")
	source_of 127.0.0.1 >"$tmp/database.cfg"
	: >"$tmp/execs"
	for call in configure dbgrant dbrevoke installds backupDataSource; do
		case $call in
		configure) set -- "$svc/cfg/enstratus.cfg" ;;
		installds) set -- "$tmp/database.cfg" "$tmp/dump.sql" ;;
		backupDataSource) set -- shop "$tmp/database.cfg" "$tmp/b/traced.gz" ;;
		*) set -- "$tmp/database.cfg" ;;
		esac
		yes "$call, traced" traced $call "$@"
		cat "$tmp/exec" >>"$tmp/execs"
	done
	rm -f "$svc/cfg/enstratus.cfg" "$tmp/database.cfg"
	yes 'what they execute is seen' grep -q 'mariadb.*--defaults-file=cfg/.root.cnf' "$tmp/execs"
	is 'no password is in an argument or the environment' 0 "$(grep -cF -e "$core" "$tmp/execs")"
else
	echo 'skipped: what the hooks execute, for strace(1) cannot trace here'
fi
pid=$(cat "$svc/run/mariadb.pid")
is 'nor in those of the server' '' "$(grep -lF -e "$core" "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null)"
yes 'stop' hook stop
is 'no process is left' '' "$(processes)"
is 'no password is in any output, log or other file, data too' "$svc/cfg/.root.cnf" \
	"$(grep -rlF -e "$core" "$tmp/all" "$services")"
is 'no temporary name is left' '' "$(find "$svc" -name '*.next' -o -name '.lock*' -o -name '.loading*' -o -name .new)"
