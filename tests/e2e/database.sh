#!/bin/sh
# SPDX-License-Identifier: MIT
# database.sh - the hooks of a database's service: what they are told lives as an enstratus.cfg does.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

w=$root/w
seen=$root/seen
mkdir -p "$seen" "$ENSTRATUS_TMP_DIR"
chmod 777 "$seen"
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
user=$(id -un)
! is_root || user=www-data
has() { test -s "$seen/$1"; }
# given FILE - a configuration with the marker.
given() { printf '%s\n' name=Shop dataSources=wp dataSource.wp.serviceUser=wp "dataSource.wp.servicePassword=$marker" >"$1"; }
clean() {
	check_not "$1: nothing of the secret stays" holds "$marker" "$root" "$shm"
	check "$1: nothing stays in cfg" test -z "$(ls -A "$services/db/cfg")"
	check "$1: no directory of a run" test -z "$(find "$ENSTRATUS_RUN_DIR" -mindepth 1 2>/dev/null)"
}
# A hook that keeps its arguments, the mode and place of what it is told, and prints the secret.
# shellcheck disable=SC2016 # the hook's own
facts='#!/bin/sh
for argument in "$@"; do case $argument in *.cfg) cfg=$argument ;; esac; done
echo "$ENSTRATUS_EVENT" "$@" >../../seen/args
{ stat -L -c "%a %U" "$cfg"; stat -f -L -c %T "$cfg"; sha256sum <"$cfg"; } >../../seen/facts
grep assword "$cfg"
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
'
# shellcheck disable=SC2016
printf '%s\necho dump of "$2" >"$4"\n' "$facts" | hook db enstratus-backupDataSource
for name in enstratus-dbgrant enstratus-dbrevoke; do printf '%s' "$facts" | hook db $name; done
# shellcheck disable=SC2016
printf '%s\ncmp "$3" ../../dump.sql && echo same >../../seen/image\n' "$facts" | hook db enstratus-installds
echo 'create table posts;' >"$root/dump.sql"
# The service's account is on record once it was configured.
echo name=Database >"$w/name"
expect 'the account is on record' 0 "$bin/configureService" --config - "$user" c1 db <"$w/name"

# ---- each of the four: a file, standard input

# call PROGRAM CONFIG - with the arguments that it takes, from another directory.
call() {
	case $1 in
	installDataSource) (cd "$root" && "$bin/$1" db "$2" dump.sql) ;;
	backupDataSource) (cd "$root" && "$bin/$1" db wp "$2" w/backup) ;;
	*) "$bin/$1" db "$2" ;;
	esac
}
piped() { { cat "$2"; printf '# sha256 %s\n' "$(sha256sum <"$2" | cut -d ' ' -f 1)"; } | call "$1" -; }
cfg=$services/db/cfg/enstratus-database.cfg
for case in "grantDatabaseAccess|grant db $cfg" "revokeDatabaseAccess|revoke db $cfg" \
	"installDataSource|installds db $cfg $root/dump.sql" "backupDataSource|backup db wp $cfg $w/backup"; do
	program=${case%%|*}
	given "$w/given"
	digest=$(sha256sum <"$w/given")
	for way in file pipe; do
		rm -f "$seen"/* "$w/backup"
		if [ $way = file ]; then
			cp "$w/given" "$ENSTRATUS_TMP_DIR/config"
			expect "$program, $way" 0 call "$program" "$ENSTRATUS_TMP_DIR/config"
			check "$program, $way: the file is used up" test ! -e "$ENSTRATUS_TMP_DIR/config"
		else
			expect "$program, $way" 0 piped "$program" "$w/given"
		fi
		same "$program, $way: event and arguments" "${case#*|}" "$(cat "$seen/args")"
		same "$program, $way: the text as it was given" "$digest" "$(sed -n 3p "$seen/facts")"
		same "$program, $way: mode, owner, in memory" "640 $user tmpfs" "$(head -n 2 "$seen/facts" | tr '\n' ' ' | sed 's/ $//')"
		same "$program, $way: masked" 1 "$(grep -c 'servicePassword=\*\*\*$' "$err")"
		check "$program, $way: nothing on stdout" test ! -s "$out"
	done
	rm "$w/given"
	clean "$program"
done
same 'installDataSource: the image' same "$(
	given "$ENSTRATUS_TMP_DIR/config"
	call installDataSource "$ENSTRATUS_TMP_DIR/config" 2>/dev/null
	cat "$seen/image"
)"
same 'backupDataSource: the dump, its owner'"'s alone" 'dump of wp 600' "$(cat "$w/backup") $(stat -c %a "$w/backup")"
same 'revokeDatabaseAccess keeps what its hook printed' '2 660' \
	"$(grep -c 'servicePassword=\*\*\*$' "$ENSTRATUS_TMP_DIR/revokeDatabaseAccess.log") $(stat -c %a "$ENSTRATUS_TMP_DIR/revokeDatabaseAccess.log")"
given "$w/elsewhere"
expect 'a file elsewhere' 0 call grantDatabaseAccess "$w/elsewhere"
says 'a file elsewhere' "'$w/elsewhere' is left"
check 'a file elsewhere stays' test -s "$w/elsewhere"
rm "$w/elsewhere"

# ---- what it is told is wrong, or cut off

given "$w/given"
refused() {
	rm -f "$seen"/*
	what=$1 status_wanted=$2 words=$3
	shift 3
	expect "$what" "$status_wanted" "$@"
	says "$what" "$words"
	one_line "$what"
	check "$what: the hook was not run" test ! -e "$seen/args"
}
shortened() { head -c 40 "$w/given" | call grantDatabaseAccess -; }
refused 'cut off' 76 'cut off' shortened
refused 'no such file' 65 'missing' call grantDatabaseAccess "$w/missing"
echo 'no sense' >"$w/bad"
refused 'no configuration' 65 'line 1' call revokeDatabaseAccess "$w/bad"
refused 'no image' 69 'No such file' "$bin/installDataSource" db "$w/given" "$w/missing"
refused 'no place for the backup' 69 'there is no place for the backup' "$bin/backupDataSource" db wp "$w/given" "$w/nowhere/x"
refused 'no such service' 66 'no such service' "$bin/grantDatabaseAccess" nowhere "$w/given"

# ---- a hook that did not do what it says, and one of an old name

rm "$services/db/bin"/enstratus-[dib]*
printf '#!/bin/sh\nexit 0\n' | hook db enstratus-backupDataSource
rm -f "$w/backup"
expect 'a backup that is not there' 74 call backupDataSource "$w/given"
says 'a backup that is not there' 'the hook succeeded, but the backup .* is not there'
for name in enstratus-grantDatabaseAccess:grantDatabaseAccess enstratus-installDataSource:installDataSource; do
	printf '%s' "$facts" | hook db "${name%:*}"
	rm -f "$seen"/*
	expect "the old name ${name%:*}" 0 call "${name#*:}" "$w/given"
	check "the old name ${name%:*}: it was run" has args
	rm "$services/db/bin/${name%:*}"
done

# ---- killed, hung up, out of time: nothing stays

rm "$w/given"
printf '%s\nexec sleep 300\n' "$facts" | hook db enstratus-dbgrant
for signal in TERM KILL; do
	rm -f "$seen"/*
	given "$ENSTRATUS_TMP_DIR/config"
	begin killed call grantDatabaseAccess "$ENSTRATUS_TMP_DIR/config"
	check "SIG$signal: the hook runs" wait_until 60 has agent
	check "SIG$signal: the secret is there meanwhile" holds "$marker" "$shm"
	kill -s $signal "$(cat "$seen/agent")"
	end killed
	check_not "SIG$signal: it failed" test "$status" = 0
	wiped() { ! holds "$marker" "$root" "$shm"; }
	check "SIG$signal: nothing of the secret stays" wait_until 60 wiped
	expect "SIG$signal: the next command" 0 "$bin/checkService" --wait 10 db
	clean "SIG$signal"
done
given "$ENSTRATUS_TMP_DIR/config"
expect 'out of time' 124 "$bin/grantDatabaseAccess" --timeout 1 db "$ENSTRATUS_TMP_DIR/config"
clean 'out of time'

# ---- sealed

"$bin/agentKeys" -q >"$w/host.pub"
printf '%s' "$facts" | hook db enstratus-dbgrant
given "$w/given"
"$bin/sealConfig" --to "$w/host.pub" --event grant db "$w/given" >"$w/blob"
rm "$w/given"
sealed() { "$bin/$1" --sealed db -; }
expect 'sealed for another event' 76 sealed revokeDatabaseAccess <"$w/blob"
expect 'sealed' 0 sealed grantDatabaseAccess <"$w/blob"
same 'sealed: masked' 1 "$(grep -c 'servicePassword=\*\*\*$' "$err")"
expect 'sealed, again' 76 sealed grantDatabaseAccess <"$w/blob"
clean 'sealed'
