# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2119,SC2120,SC2154
# lib.sh - what the tests of images share: an image that is packed and laid out as the agent does it,
# and its hooks called in the agent's way, without an agent.
# Sourced as:  . "$(dirname -- "$0")/lib.sh"
#
# As root the service belongs to $account, and all hooks but configure are run by the account
# "enstratus" where there is one.  As anyone else all is the caller's.
set -u
unset CDPATH http_proxy
export LC_ALL=C
umask 022

top=$(cd -- "$(dirname -- "$0")/../.." && pwd -P) || exit 1
programs=${BUILD:-build}/bin
case $programs in /*) ;; *) programs=$top/$programs ;; esac
tmp=$(mktemp -d "${TMPDIR:-/tmp}/image-test.$$.XXXXXX") || exit 1
chmod 755 "$tmp"
tmp=$(cd "$tmp" && pwd -P)
# The programs too: the clone may stand where other accounts do not come.
mkdir "$tmp/bin"
cp "$programs/enstratusCfg" "$tmp/bin" || exit 1
services=$tmp/services
svc=$services/a1234
passed=0 failed=0

agent=''
if [ "$(id -u)" = 0 ] && id -u enstratus >/dev/null 2>&1; then
	agent=$(id -gn enstratus)
fi

# processes [DIRECTORY] - of everything that works there or beneath it; else in the scratch directory.
processes() {
	find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "${1:-$tmp}" -o -lname "${1:-$tmp}/*" \) 2>/dev/null | cut -d / -f 3
}

finish() {
	for pid in $(processes); do kill -s KILL "$pid" 2>/dev/null; done
	[ -z "${own_mounts:-}" ] || umount -l "$services" 2>/dev/null
	rm -rf "$tmp"
	printf '%d passed, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit $?
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 1' HUP INT TERM

# is WHAT EXPECTED ACTUAL
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		printf 'ok %s\n' "$1"
	else
		failed=$((failed + 1))
		printf 'FAIL %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
	fi
}

# yes WHAT COMMAND... - COMMAND must succeed; no WHAT COMMAND... - it must fail.
yes() {
	what=$1
	shift
	if "$@" >"$tmp/yes.out" 2>&1; then is "$what" '' ''; else is "$what" 'success' "status $?: $(tail -q -n 3 "$tmp/yes.out" "$tmp/out" 2>/dev/null)"; fi
}
no() {
	what=$1
	shift
	if "$@" >"$tmp/yes.out" 2>&1; then is "$what" 'failure' success; else is "$what" '' ''; fi
}

# within SECONDS COMMAND... - until it succeeds.
within() {
	read -r now _ </proc/uptime
	end=$((${now%.*} + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# install IMAGE - a folder, or one of service-images/, as the service at $svc, as installService leaves
# it; its zip is at $packed.
install() {
	case $1 in */*) image=$1 ;; *) image=$top/service-images/$1 ;; esac
	packed=$tmp/${image##*/}.zip
	[ -e "$packed" ] || "$top/service-images/pack" "$image" "$packed" || exit 1
	mkdir -p "$svc"
	unzip -q -o "$packed" -d "$svc"
	[ "$(id -u)" != 0 ] || chown -R "$account:" "$svc"
	chmod 750 "$svc"/bin/*
	chmod 770 "$svc/cfg"
	[ -z "$agent" ] || chgrp -R "$agent" "$svc" "$svc/bin" "$svc/cfg"
}

# hook NAME [ARG...] - as the agent runs it; its output to $tmp/out and, for searches, $tmp/all.
hook() {
	name=$1
	shift
	as=''
	if [ "$agent" ] && [ "$name" != configure ]; then
		as="setpriv --reuid=enstratus --regid=$agent --init-groups --"
	fi
	# shellcheck disable=SC2086,SC2016
	(
		cd "$svc" || exit 1
		exec $as env -i "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$tmp/bin" \
			HOME=/nonexistent LANG=C.UTF-8 TZ=UTC ENSTRATUS_SERVICE_ID="${svc##*/}" \
			sh -c 'exec "$0" "$@"' "$svc/bin/enstratus-$name" "${svc##*/}" "$@"
	) </dev/null >"$tmp/out" 2>&1
	got=$?
	cat "$tmp/out" >>"$tmp/all"
	return $got
}

# configure [SSL_ADDRESS CERT KEY [CHAIN]] - with the text on standard input as the file, which is gone afterwards.
configure() {
	(umask 077 && cat >"$svc/cfg/enstratus.cfg")
	hook configure "$svc/cfg/enstratus.cfg" "$@"
	got=$?
	rm -f "$svc/cfg/enstratus.cfg"
	return $got
}

# database HOOK [ARG...] - a hook of a database, with the text on standard input as its second argument.
database() {
	name=$1
	shift
	(umask 022 && cat >"$tmp/database.cfg")
	case $name in
	backupDataSource) hook "$name" "$1" "$tmp/database.cfg" "$2" ;;
	*) hook "$name" "$tmp/database.cfg" "$@" ;;
	esac
	got=$?
	rm -f "$tmp/database.cfg"
	return $got
}

# quoted WORD - as within "" of MariaDB, Redis, curl and the like.
quoted() { printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'; }
# free_port - to $port: one that nobody listens at, and that was not given out before.
used=' '
free_port() {
	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		case $used in *" $port "*) continue ;; esac
		grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
	done
	used="$used$port "
}

# files - all that could tell one state of the service's files from another, but for logs and data.
files() {
	(
		cd "$svc" || exit 1
		find . -type f ! -path './log/*' ! -path './data/*' ! -path './run/*' \
			-printf '%p %i %T@ %m %u %g\n' -exec sha256sum {} + | sort
	)
}

# ---- a database that a service depends on, which is the test's own

as_mysql() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=mysql --regid=mysql --init-groups -- "$@"
	else
		"$@"
	fi
}

make_database() {
	mkdir "$tmp/db"
	[ "$(id -u)" != 0 ] || chown mysql "$tmp/db"
	(cd / && as_mysql mariadb-install-db --no-defaults --datadir="$tmp/db/data" --skip-test-db \
		--auth-root-authentication-method=normal) >"$tmp/db.log" 2>&1
}

# start_database PORT - and wait for it.
start_database() {
	(cd / && as_mysql /usr/sbin/mariadbd --no-defaults --datadir="$tmp/db/data" --socket="$tmp/db/s" \
		--pid-file="$tmp/db/pid" --bind-address=127.0.0.1 --port="$1" --innodb-buffer-pool-size=32M \
		--performance-schema=off --character-set-server=utf8mb4 >>"$tmp/db.log" 2>&1) &
	within 60 sh -c "echo 'SELECT 1' | mariadb --no-defaults --socket='$tmp/db/s' -u root"
}

stop_database() {
	kill "$(cat "$tmp/db/pid")"
	wait
}

sql() { mariadb --no-defaults --default-character-set=utf8mb4 --socket="$tmp/db/s" -u root -N -B --unbuffered; }

# begin_source DATABASE USER - such a database, with a data source whose password is $password.
begin_source() {
	make_database
	free_port
	db=$port
	start_database "$db"
	echo "CREATE DATABASE $1; CREATE USER $2@'127.0.0.1'; GRANT ALL ON $1.* TO $2@'127.0.0.1';" | sql
	change_source "$2" "$password"
}
# change_source USER PASSWORD
change_source() {
	printf 'ALTER USER %s@"127.0.0.1" IDENTIFIED BY "%s";\n' "$1" "$(quoted "$2")" | sql
}
# source_keys DATABASE USER - the keys that tell a service of it.
source_keys() {
	printf '%s\n' dependencies=DATA_SOURCE-1 dependency.DATA_SOURCE-1.dependencyType=DATA_SOURCE \
		"dependency.DATA_SOURCE-1.dependencyName=$1" "dependency.DATA_SOURCE-1.writeHosts=127.0.0.1:$db" \
		"dependency.DATA_SOURCE-1.user=$2" "dependency.DATA_SOURCE-1.password=$password"
}
