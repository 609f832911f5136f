# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2119,SC2120
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon='mariadbd'
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"
# shellcheck source=../../common/database.sh
. bin/database.sh

# server - the pid of the running server; fails when there is none.
server() {
	leader run/mariadb.pid
}

# client PROGRAM [ARG...] - by the administrator; no password is in an argument.
client() {
	program=$1
	shift
	"$program" --defaults-file=cfg/.root.cnf --default-character-set=utf8mb4 "$@"
}

# sql [OPTION...] - what is on standard input.  A statement that fails is not printed: it may have a
# password.
sql() {
	client mariadb --skip-print-query-on-error -N -B -r --unbuffered "$@"
}

answers() {
	server >/dev/null && echo 'SELECT 1' | sql >/dev/null 2>&1
}

# literal KEY - the value as SQL has it, with its quotes.
literal() {
	printf '{{sql %s}}' "$1" | cfg render /dev/stdin
}

# administrator - the name of the one that is set, as SQL has it.
administrator() {
	sed -n 's/^# //p' cfg/.root.cnf 2>/dev/null
}

# settle - what the server writes to is its account's.
settle() {
	[ -z "$owner" ] || chown -R "$owner:$group" data log run
	chmod 700 data
	chmod 750 log run
}

# ---- data sources

# get_database [DEFAULT] - as find_database, when it may be one of this server.
get_database() {
	find_database "$@"
	case $database in
	-* | *[!A-Za-z0-9_-]*) die "name: '$database' is no name of a database: letters, digits, _ and -" ;;
	esac
	case $(printf '%s\n' "$database" | tr '[:upper:]' '[:lower:]') in
	mysql | sys | *_schema) die "name: '$database' is the server's own" ;;
	esac
	# In a grant _ would be any character.
	pattern=$(printf '%s\n' "$database" | sed 's/_/\\_/g')
	# As an SQL string, where a \ is two; a grant by hand may lack it.
	patterns="'$database', '$(printf '%s\n' "$database" | sed 's/_/\\\\_/g')'"
}

# get_source - the same, and its account, as SQL has it, to $user.
get_source() {
	get_database
	cfg get "$user_key" --required >/dev/null
	user=$(literal "$user_key")
	[ "$user" != "$(administrator)" ] || die "$user_key: that is the administrator"
}

# get_addresses - of the clients, to $addresses, one a line.
get_addresses() {
	# The server keeps them in small letters.
	addresses=$(cfg list addresses | tr '[:upper:]' '[:lower:]')
	printf '%s\n' "$addresses" | while IFS= read -r address; do
		# Some with a common beginning have a % at its end.
		case $address in
		'' | %) continue ;;
		*[!0-9a-f.:%]*) ;;
		*[.:]*) continue ;;
		esac
		die "addresses: '$address' is not an IP address"
	done
}

# each COMMAND [ARG...] - with each address on standard input as the last argument.
each() {
	while IFS= read -r address; do
		[ -z "$address" ] || "$@" "$address"
	done
}

# keep_old ADDRESS - SQL that gives the password and leaves the one before it good as well.  Twice is as once.
keep_old() {
	printf "SET @old = (SELECT authentication_string FROM mysql.user WHERE User = %s AND Host = '%s');\n" "$user" "$1"
	printf "SET @alter = IF(@old = PASSWORD(%s), 'DO 0', CONCAT('ALTER USER ', QUOTE(%s), '@', QUOTE('%s'), " "$password" "$user" "$1"
	printf "' IDENTIFIED VIA mysql_native_password USING ', QUOTE(PASSWORD(%s)), " "$password"
	printf "' OR mysql_native_password USING ', QUOTE(@old)));\n"
	printf 'PREPARE keep FROM @alter; EXECUTE keep; DEALLOCATE PREPARE keep;\n'
}

# grant_to ADDRESS - SQL that lets the user in from there; nobody is there without a password meanwhile.
grant_to() {
	printf "CREATE USER IF NOT EXISTS %s@'%s' IDENTIFIED BY %s;\n" "$user" "$1" "$password"
	if [ "$keeps" = true ]; then
		keep_old "$1"
	else
		printf "ALTER USER %s@'%s' IDENTIFIED BY %s;\n" "$user" "$1" "$password"
	fi
	printf "GRANT ALL ON \`%s\`.* TO %s@'%s';\n" "$pattern" "$user" "$1"
}

# grant_all - SQL that does it for all addresses.
grant_all() {
	cfg get "$password_key" --required >/dev/null
	password=$(literal "$password_key")
	keeps=$(cfg get keepPassword --default false)
	printf '%s\n' "$addresses" | each grant_to
}

# let_in - the addresses that the user is let in from.
let_in() {
	printf 'SELECT DISTINCT Host FROM mysql.db WHERE User = %s AND Db IN (%s);\n' "$user" "$patterns" | sql
}

# revoke_at ADDRESS - SQL for SQL that keeps the user out from there.  An account that other databases
# know too only loses this one.
revoke_at() {
	at="User = $user AND Host = '$1'"
	printf "SELECT CONCAT('REVOKE ALL PRIVILEGES ON \`', Db, '\`.* FROM ', QUOTE(User), '@', QUOTE(Host), ';') "
	printf 'FROM mysql.db WHERE %s AND Db IN (%s);\n' "$at" "$patterns"
	printf "SELECT CONCAT('DROP USER ', QUOTE(User), '@', QUOTE(Host), ';') FROM mysql.user WHERE %s " "$at"
	printf 'AND NOT EXISTS (SELECT 1 FROM mysql.db WHERE %s AND Db NOT IN (%s));\n' "$at" "$patterns"
}

# session_at ADDRESS - SQL for SQL that ends the user's sessions from there.
session_at() {
	printf "SELECT CONCAT('KILL ', ID, ';') FROM information_schema.PROCESSLIST "
	printf "WHERE USER = %s AND (HOST = '%s' OR HOST LIKE '%s:%%');\n" "$user" "$1" "$1"
}

# revoke_from ADDRESSES - keep the user out from there, and end the sessions that it has.
revoke_from() {
	[ -n "$1" ] || return 0
	statements=$(printf '%s\n' "$1" | each revoke_at | sql)
	printf '%s\n' "$statements" | sql
	# Then, for now none can begin.  One that has ended by itself is no fault.
	statements=$(printf '%s\n' "$1" | each session_at | sql)
	printf '%s\n' "$statements" | sql --force 2>/dev/null || :
}
