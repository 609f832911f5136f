#!/bin/sh
# SPDX-License-Identifier: MIT
# postgresql.sh - the postgresql image beyond the trial: its data sources, grants, dumps and lock.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=postgres
. "$(dirname -- "$0")/lib.sh"

# What a path may have; the hooks are to take any.
services="$tmp/o'd\"d \$a;{b}=(c)&#"
svc=$services/a1234
install postgresql
free_port
db=$port
core='w=o;d#%'
odd="p'a\"s\\s\$$core $(printf '\303\274')"
cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$db" serviceKeys=admin "serviceKey.admin.user=$1" \
		"serviceKey.admin.password=$odd" '[custom]' listen=127.0.0.1
}
# as USER DATABASE - a client over TCP, its SQL on standard input.
as() {
	(umask 077 && printf '*:*:*:*:%s\n' "$(printf '%s\n' "$odd" | sed 's/[\\:]/\\&/g')" >"$tmp/pass")
	PGPASSFILE=$tmp/pass psql -X -q -A -t -w -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$db" -U "$1" "$2" 2>"$tmp/client.err"
}
source_of() {
	printf '%s\n' "name=${2:-shop_1}" user=shop "password=$odd" "addresses=$1"
}
count() { echo 'SELECT count(*) FROM t' | as chief shop_1; }
try_in() { echo 'SELECT count(*) FROM t' | as shop shop_1; }
# one STATUS WHAT PATTERN - a hook that has failed, with a line that has the pattern.
one() {
	is "$2" '1 1' "$1 $(grep -c -e "$3" "$tmp/out")"
}

cfg postgres | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
cfg chief | configure
is 'another name, while it runs' '0 ' "$? $(cat "$tmp/out")"
is 'is the administrator' chief "$(echo 'SELECT current_user' | as chief postgres)"
no 'the former one is not' as postgres postgres
printf '%s\n' port.1.privatePort=1 | configure
is 'no password is refused by its name' '78 1' "$? $(grep -c 'serviceKey.admin.password' "$tmp/out")"

# ---- a data source

printf 'CREATE TABLE t (id int PRIMARY KEY, word text);\nINSERT INTO t SELECT n, '\''it'\'\''s '\'' || n FROM generate_series(1, 9) n;\n' >"$tmp/dump.sql"
(cat "$tmp/dump.sql" && echo 'NONSENSE;') >"$tmp/bad.sql"
source_of '' | database installds "$tmp/bad.sql"
one $? 'a dump that is broken' 'nothing of it was kept'
# shellcheck disable=SC1003
printf '%s\n' "\\! touch $tmp/ran" >"$tmp/evil.sql"
source_of '' | database installds "$tmp/evil.sql"
one $? 'a dump that runs a program' 'nothing of it was kept'
no 'it has not run' test -e "$tmp/ran"
echo "COPY (SELECT 1) TO PROGRAM 'touch $tmp/ran';" >"$tmp/evil.sql"
source_of '' | database installds "$tmp/evil.sql"
one $? 'nor by the server' 'nothing of it was kept'
source_of '' | database installds "$tmp/dump.sql"
is 'installds' '0 ' "$? $(cat "$tmp/out")"
is 'its rows are there' 9 "$(count)"
source_of '' | database installds "$tmp/dump.sql"
is 'installds again' '0 shop_1 is not empty: left as it is' "$? $(cat "$tmp/out")"

# ---- grants

no 'before a grant nobody comes in' try_in
source_of 127.0.0.1,10.9.9.9,2001:DB8::1 | database dbgrant
is 'dbgrant' '0 ' "$? $(cat "$tmp/out")"
is 'lets in' 9 "$(try_in)"
source_of 10.9.9.9 | database dbgrant
is 'a grant is a set' "0 10.9.9.9/32" "$? $(cut -d ' ' -f 4 "$svc/data/grants/"*)"
no 'who is left out stays out' try_in
source_of 127.0.0.1 | database dbgrant
mkfifo "$tmp/say"
as shop shop_1 <"$tmp/say" >"$tmp/said" &
session=$!
exec 7>"$tmp/say"
echo 'SELECT 1;' >&7
sessions() { [ "$(echo "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'" | as chief postgres)" = "$1" ]; }
yes 'a session is open' within 60 sessions 1
source_of 127.0.0.1 | database dbrevoke
is 'dbrevoke' '0 ' "$? $(cat "$tmp/out")"
yes 'the session is ended' within 60 sessions 0
exec 7>&-
wait "$session"
no 'and nobody comes in' try_in
source_of 127.0.0.1 | database dbrevoke
is 'dbrevoke again' '0 ' "$? $(cat "$tmp/out")"
for bad in postgres 'a"b' template1; do
	source_of 10.1.1.1 "$bad" | database dbgrant
	one $? "the name $bad" '^enstratus-dbgrant: name: '
done
source_of "1.2.3.4'; DROP" | database dbgrant
one $? 'what is no address' 'addresses: '

# ---- a backup, and the way back

mkdir -m 777 "$tmp/b"
source_of '' | database backupDataSource shop "$tmp/b/dump.gz"
is 'backupDataSource' '0 dump.gz' "$? $(ls -A "$tmp/b")"
is 'for one pair of eyes' 600 "$(stat -c %a "$tmp/b/dump.gz")"
source_of '' none | database backupDataSource none "$tmp/b/none.gz"
is 'of nothing there is none' '1 dump.gz' "$? $(ls -A "$tmp/b")"
chmod 644 "$tmp/b/dump.gz"
echo 'DROP DATABASE shop_1' | as chief postgres
gzip -dc "$tmp/b/dump.gz" | head -c 700 >"$tmp/cut.sql"
head -c 300 "$tmp/b/dump.gz" >"$tmp/cut.gz"
for cut in cut.sql cut.gz; do
	source_of '' | database installds "$tmp/$cut"
	one $? "$cut, a dump that is cut off" 'is not whole: nothing of it was loaded'
done
source_of 127.0.0.1 | database installds "$tmp/b/dump.gz"
is 'and the way back' '0 9' "$? $(try_in)"

# ---- the lock

mkfifo "$tmp/unlock"
chmod 666 "$tmp/unlock"
(
	cd "$svc" || exit 1
	# shellcheck disable=SC2016 # env would take a path with a = for a variable
	exec env -i "PATH=/usr/sbin:/usr/bin:/sbin:/bin:$tmp/bin" sh -c 'exec "$0" "$@"' \
		"$svc/bin/enstratus-lock" "$services" "$svc/run/lock" 60000 a1234
) <"$tmp/unlock" >"$tmp/lock.out" 2>&1 &
locking=$!
exec 7>"$tmp/unlock"
yes 'the lock file tells that it is locked' within 60 test -e "$svc/run/lock"
echo "INSERT INTO t VALUES (100, 'late')" | as shop shop_1 &
writer=$!
waiting() { [ "$(echo "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop' AND wait_event_type = 'Lock'" | as chief postgres)" = 1 ]; }
yes 'a writer has to wait' within 60 waiting
is 'and has not written' 9 "$(count)"
echo UNLOCK >&7
exec 7>&-
wait "$locking"
is 'then it is let go' '0 ' "$? $(cat "$tmp/lock.out")"
wait "$writer"
is 'and the writer writes' 10 "$(count)"

yes 'stop' hook stop
is 'no process is left' '' "$(processes)"
is 'no password is in any output, log or other file, data too' "$svc/cfg/.pgpass" "$(grep -rlF -e "$core" "$tmp/all" "$services")"
