# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2119,SC2120
# lib.sh - what the hooks of this image share; they source it first.
# shellcheck disable=SC2034 # daemon.sh uses it
daemon='postgres'
# shellcheck source-path=SCRIPTDIR source=../../common/daemon.sh disable=SC1091
. "$(dirname -- "$0")/daemon.sh"
# shellcheck source=../../common/database.sh
. bin/database.sh

# The newest one that there is, or the one that made the data.
made_by=$(cat data/main/PG_VERSION 2>/dev/null) || made_by='*'
pg=$(find /usr/lib/postgresql -path "*/$made_by/bin/postgres" 2>/dev/null | sort -V | tail -n 1)
[ -n "$pg" ] || die "postgresql is not installed${made_by#\*}"
pg=${pg%/postgres}

# server - the pid of the running server; fails when there is none.
server() {
	leader data/main/postmaster.pid
}

# leader - as that of daemon.sh, for a file whose first line has the pid.
leader() {
	pid=$(head -n 1 "$1" 2>/dev/null) && [ -n "$pid" ] && ours "$pid" && printf '%s\n' "$pid"
}

# The pattern of a backup's name, and of a role's: what needs no care in a file of rules.
word='[A-Za-z_][A-Za-z0-9_.@-]*'

# administrator - the name of the one that is set.
administrator() {
	cut -d : -f 4 cfg/.pgpass 2>/dev/null
}

# client PASSFILE USER PROGRAM [ARG...] - at the socket, to which no path is too long.
client() {
	PGPASSFILE=$1 PGUSER=$2 PGHOST=/proc/self/cwd/run PGPORT=$(sed -n 's/^port = //p' run/postgresql.conf) \
		PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8 PGAPPNAME=${application:-hook} PGOPTIONS='-c client_min_messages=warning'
	export PGPASSFILE PGUSER PGHOST PGPORT PGCONNECT_TIMEOUT PGCLIENTENCODING PGAPPNAME PGOPTIONS
	shift 2
	"$@"
}

# sql [OPTION...] - what is on standard input, by the administrator; the first that fails ends it.
sql() {
	client cfg/.pgpass "$(administrator)" "$pg/psql" -X -q -A -t -v ON_ERROR_STOP=1 -w -d postgres "$@"
}

answers() {
	server >/dev/null && echo 'SELECT 1' | sql >/dev/null 2>&1
}

# literal KEY - the value as SQL has it, with its quotes.
literal() {
	printf 'E{{sql %s}}' "$1" | cfg render /dev/stdin
}

# pass USER KEY - a line that lets USER in, by the value of KEY.
pass() {
	printf '*:*:*:%s:' "$1"
	cfg get "$2" | sed 's/[\\:]/\\&/g'
}

# role NAME KEY RIGHTS - SQL for one that has the password, on one line.
role() {
	printf "DO \$\$BEGIN CREATE ROLE \"%s\"; EXCEPTION WHEN duplicate_object THEN END\$\$;\n" "$1"
	printf 'ALTER ROLE "%s" LOGIN %s PASSWORD %s;\n' "$1" "$3" "$(literal "$2")"
}

# settle - what the server writes to is its account's.
settle() {
	[ -z "$owner" ] || chown -R "$owner:$group" data log run
	chmod 750 log run
}

# rules - who may come in from where; data/grants/ has those of the data sources, which no other account
# but an administrator's from this host adds to.
rules() {
	identify_by cfg/.pgpass
	mkdir -p data/grants
	give 700 data/grants
	{
		printf '# Made by the hooks, which overwrite it.\nlocal all all scram-sha-256\n'
		printf 'host all "%s" %s scram-sha-256\n' "$(administrator)" 127.0.0.1/32 "$(administrator)" ::1/128
		find data/grants -type f ! -name '*.new' -exec cat {} +
	} | put run/pg_hba.conf 600
	! answers || echo 'SELECT pg_reload_conf()' | sql >/dev/null
}

# ---- data sources

# get_database [DEFAULT] - as find_database, when it may be one of this server.
get_database() {
	find_database "$@"
	case $database in
	'' | [!A-Za-z_]* | *[!A-Za-z0-9_-]*) die "name: '$database' is no name of a database: letters, digits, _ and -" ;;
	postgres | template[01] | all | replication | sameuser | samerole | samegroup) die "name: '$database' is the server's own" ;;
	esac
}

# get_source - the same, and its account, to $user, and where its rules are, to $grants.
get_source() {
	get_database
	user=$(cfg get "$user_key" --required)
	cfg get "$password_key" --required >/dev/null
	case $user in
	[!A-Za-z_]* | *[!A-Za-z0-9_.@-]* | pg_* | all) die "$user_key: not a name of an account: letters, digits, _ . @ and -" ;;
	postgres | "$(administrator)") die "$user_key: that is the administrator" ;;
	esac
	grants=data/grants/$database,$user
}

# get_addresses - of the clients, to $addresses, one a line, as a network of one.
get_addresses() {
	addresses=$(cfg list addresses | tr '[:upper:]' '[:lower:]' | while IFS= read -r address; do
		case $address in
		*[!0-9a-f.:]*) printf 'x\n' ;;
		*:*) printf '%s/128\n' "$address" ;;
		*.*.*.*) printf '%s/32\n' "$address" ;;
		*) printf 'x\n' ;;
		esac
	done)
	case $addresses in *x*) die "addresses: there is one that is not an IP address" ;; esac
}

# make_source - the account, with its password, and its database, which nobody else has a right to.
make_source() {
	role "$user" "$password_key" 'NOSUPERUSER NOCREATEDB NOCREATEROLE' | sql
	if [ -z "$(printf "SELECT 1 FROM pg_database WHERE datname = '%s';\n" "$database" | sql)" ]; then
		printf 'CREATE DATABASE "%s" TEMPLATE template0 ENCODING '\''UTF8'\'' OWNER "%s";\n' "$database" "$user" | sql
	fi
	printf 'REVOKE ALL ON DATABASE "%s" FROM PUBLIC; ALTER DATABASE "%s" OWNER TO "%s";\n' "$database" "$database" "$user" | sql
}

# let_in ADDRESSES - the user from there, and from nowhere else; sessions from elsewhere end.
let_in() {
	identify_by cfg/.pgpass
	mkdir -p data/grants
	give 700 data/grants
	for address in $1; do
		printf 'host "%s" "%s" %s scram-sha-256\n' "$database" "$user" "$address"
	done | put "$grants" 600
	rules
	# None can begin now. Those at the socket are the hooks' own.
	printf "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' AND usename = '%s'
		AND client_addr IS NOT NULL AND client_addr NOT IN (SELECT a::inet FROM unnest(string_to_array('%s', ',')) a);\n" \
		"$database" "$user" "$(printf '%s' "$1" | tr '\n' ',')" | sql >/dev/null
}
