#!/bin/sh
# SPDX-License-Identifier: MIT
# usage.sh - what every program says to wrong arguments, odd surroundings and a closed door.
# shellcheck disable=SC2016 # single quotes: for an inner shell, or for later
. "$(dirname "$0")/lib.sh"

w=$root/w
nl='
'
long=$(printf '%010000d' 0)
image=$images/static-site.zip
mkdir -p "$root/tmp"
programs=$(find "$bin" -type f -perm -u+x -exec basename {} \; | sort)

# snapshot - keeps all that is in the scratch root; unchanged WHAT compares.
state() {
	find "$services" "$ENSTRATUS_HOME" "$root/tmp" -printf '%p %i %y %m %s %T@\n' | sort
	find "$ENSTRATUS_RUN_DIR" 2>/dev/null
	cat "$services/.enstratus"/*/state 2>/dev/null
}
snapshot() { state >"$w/before"; }
unchanged() {
	what=$1
	state >"$w/after"
	check "$what: nothing was changed" diff "$w/before" "$w/after"
	cp "$w/after" "$w/before"
}
# refusal WHAT PROGRAM [FIRST] - nothing on stdout; on stderr one error, in the last line, no line
# over 1,023 bytes, no control character; with FIRST, so the first of two lines begins.
refusal() {
	lines=0 errors=0 wrong=no last=
	while IFS= read -r line; do
		lines=$((lines + 1)) last=$line
		case $line in *'error: '*) errors=$((errors + 1)) ;; esac
		case $line in *[[:cntrl:]]*) wrong=yes ;; esac
		[ ${#line} -le 1023 ] || wrong=yes
		[ $lines != 1 ] || case $line in "${3:-}"*) ;; *) wrong=yes ;; esac
	done <"$err"
	[ -z "${3:-}" ] || [ $lines = 2 ] || wrong=yes
	number=${last#"$2["}
	case ${number%%]*} in '' | *[!0-9]*) wrong=yes ;; esac
	case $last in "$2["*']: error: '[!\ ]*[!.]) ;; *) wrong=yes ;; esac
	same "$1: one clear error at the end" 'no 1' "$wrong $errors"
	check_not "$1: nothing on stdout" test -s "$out"
}
# refused WHAT STATUS PATTERN PROGRAM ARG...
refused() {
	what=$1 wanted=$2 pattern=$3 program=$4
	shift 4
	label="$program: $what"
	run "$bin/$program" "$@"
	same "$label: exit status" "$wanted" "$status"
	refusal "$label" "$program" "${first:-}"
	[ -z "$pattern" ] || says "$label" "$pattern"
}
# misused - the same, and a Syntax line stands before the error.
misused() {
	first="Syntax: $4 ["
	refused "$@"
	first=
}

check 'there are programs' test "$(echo "$programs" | wc -l)" -ge 8
echo name=x >"$w/config"
snapshot

# ---- what all have

for program in $programs; do
	for option in --help -h; do
		run "$bin/$program" $option
		same "$program $option" '0 0' "$status $(wc -c <"$err")"
		check "$program $option begins with its syntax" sh -c 'head -n 1 "$1" | grep -q "^$2 \[-"' - "$out" "$program"
	done
	check "$program --help names every option of its first line" sh -c '
		for o in $(head -n 1 "$1" | grep -o -e "--[a-z0-9-]*"); do
			sed 1d "$1" | grep -q -e "^      $o " || exit 1
		done' - "$out"
	run "$bin/$program" --version
	check "$program --version" sh -c 'grep -Exq "$1 \(enstratus-agent\) [0-9]+\.[0-9]+\.[0-9]+" "$2" && [ "$(wc -l <"$2")" = 1 ]' - "$program" "$out"
	run "$bin/$program" -V
	same "$program -V" 0 "$status"
	for option in --help --version; do
		status=0
		"$bin/$program" $option >/dev/full 2>"$err" || status=$?
		: >"$out"
		same "$program $option >/dev/full" 74 "$status"
		refusal "$program $option >/dev/full" "$program"
	done
	status=0
	"$bin/$program" --help >&- 2>"$err" || status=$?
	same "$program --help >&-" "0 0" "$status $(wc -c <"$err")"

	case $program in
	log) ;; # it writes what it does not know
	*)
		misused 'an unknown option' 1 -- "$program" --no-such
		misused 'an unknown letter' 1 -- "$program" -x
		misused 'a value for an option without' 1 -- "$program" --help=me
		;;
	esac
	misused 'no value' 1 -- "$program" --timeout
	for value in '' 0 -1 86401 1x ' 1' +1 1.5 0x10 99999999999999999999; do
		misused "--timeout '$value'" 1 'timeout' "$program" "--timeout=$value"
	done
	for value in '' -1 86401 x "1$nl"; do
		misused "--wait '$value'" 1 'wait' "$program" --wait "$value"
	done
	unchanged "$program"
done
for program in checkService makeTemp secureDelete verifyService fetchImage agentKeys sealConfig \
	terminate esboot listServices serviceHistory lockServices startProxy stopProxy calculateAgentData; do
	misused 'an option of others' 1 -- "$program" --generation 1
done
databases='grantDatabaseAccess revokeDatabaseAccess installDataSource backupDataSource'
for program in startService stopService configureService backupService removeService $databases; do
	misused 'an option of others' 1 -- "$program" --dry-run
	for value in '' later Abort; do
		misused "--on-hangup '$value'" 1 on-hangup "$program" --on-hangup "$value"
	done
done
for program in startService stopService configureService installService rollbackService \
	backupService removeService $databases; do
	for value in '' -1 x 9223372036854775808 1.0; do
		misused "--generation '$value'" 1 generation "$program" --generation "$value"
	done
done

for program in installService fetchImage; do
	for value in '' tty JSON auto,json; do
		misused "--progress '$value'" 1 progress "$program" --progress "$value"
	done
done
for program in rollbackService verifyService fetchImage; do
	misused 'an option of others' 1 -- "$program" --sha256 "$(printf '%064d' 0)"
done

unchanged 'wrong options'

# ---- the number of arguments

# counts PROGRAM STATUS COUNT... - so many arguments are refused with that status.
counts() {
	program=$1 wanted=$2
	shift 2
	for count in "$@"; do
		i=0
		set --
		while [ $i -lt "$count" ]; do
			set -- "$@" a1
			i=$((i + 1))
		done
		misused "$count arguments" "$wanted" 'arguments' "$program" "$@"
	done
}
counts installService 1 0 1 2 3 5 40
counts configureService 1 0 1 2
counts configureService 3 4 5 8 40
counts startService 1 0 2 40
counts stopService 1 0 2
counts rollbackService 1 0 3 40
counts verifyService 1 0 2 40
counts fetchImage 1 0 3
counts checkService 1 2 3
counts grantDatabaseAccess 1 0 1 3 40
counts revokeDatabaseAccess 1 0 1 3
counts installDataSource 1 0 2 4
counts backupDataSource 1 0 3 5
counts agentKeys 1 1 2
counts sealConfig 1 0 3
counts makeTemp 1 1 2
counts secureDelete 1 0 2
counts backupService 1 0 1 3
counts calculateAgentData 1 2 3
counts terminate 1 1 2
counts esboot 1 0 2
counts listServices 1 2 3
counts serviceHistory 1 0 2
counts lockServices 1 0 1 2 4
counts removeService 1 0 3
counts enstratusCfg 1 0 3
for program in startProxy haproxy-startProxy nginx-startProxy; do
	counts $program 1 0 1 5 7 10
done
for program in stopProxy haproxy-stopProxy nginx-stopProxy; do
	counts $program 1 0 2
done
unchanged 'wrong numbers of arguments'
# Options stand before the arguments.
misused 'an option behind the argument' 1 'arguments' startService a1 --wait 1
run "$bin/installService" --json a1
same 'too few arguments with --json: exit status' 1 "$status"
same 'too few arguments with --json' '{"schema":1,"command":"installService","status":1,"error":"too few arguments: 1 given, 4 needed"}' "$(cat "$out")"

# ---- names

# call PROGRAM ID - what is asked of it with that service id.
call() {
	what=$1 wanted=$2 pattern=$3 program=$4
	case $program in
	installService) set -- "$5" c1 u1 "$image" ;;
	configureService) set -- u1 c1 "$5" ;;
	grantDatabaseAccess | revokeDatabaseAccess) set -- "$5" "$w/config" ;;
	installDataSource) set -- "$5" "$w/config" "$w/config" ;;
	backupDataSource) set -- "$5" wp "$w/config" "$w/backup" ;;
	*) set -- "$5" ;;
	esac
	refused "$what" "$wanted" "$pattern" "$program" -- "$@"
	one_line "$program: $what"
}
for program in installService configureService startService stopService checkService rollbackService verifyService $databases; do
	for id in . .. .hidden .enstratus ../x ../../etc a/b a1/ / /etc -x _x 'a b' ' a' 'a*' "a${nl}b" "a1$nl" 'a;b' 'a\b' ä1 aä "a$(printf '\033')[31m" "a$(printf '\377')"; do
		call "id '$id'" 1 'bad service id' "$program" "$id"
	done
	call 'an empty id' 1 'service id is empty' "$program" ''
	call 'an id of 65 bytes' 1 'longer than 64' "$program" "a$(printf '%064d' 0)"
	call 'an id of 10 kB' 1 'longer than 64' "$program" "$long"
	unchanged "$program: names"
done
for program in configureService startService stopService checkService rollbackService verifyService $databases; do
	call 'a missing service' 66 "no such service: .*/services/a1'" "$program" a1
	call 'a missing service, 64 bytes' 66 'no such service' "$program" "A.b_c-$(printf '%058d' 0)"
done
for id in '' ../x a/b -x "a${nl}b" ä1 .x "$(printf '%033d' 0)" "$long"; do
	shown=$(printf '%.20s' "$id")
	refused "customer '$shown'" 1 'customer id' installService -- a1 "$id" u1 "$image"
	refused "user '$shown'" 1 'user id' installService -- a1 c1 "$id" "$image"
done
refused 'an image name of 10 kB' 20 'name too long|too long' installService -- a1 c1 u1 "$long"
unchanged 'names of what is missing'

# Of a service that is there, but that no command has touched yet.
mkdir -p "$services/a1/bin" "$services/a1/cfg"
echo a file >"$services/a2"
snapshot
for id in '' ../x a/b ä1 "$(printf '%033d' 0)" "$long"; do
	shown=$(printf '%.20s' "$id")
	expect "configureService: user '$shown'" 1 "$bin/configureService" -- "$id" c1 a1
	says "configureService: user '$shown'" 'user id'
	refusal "configureService: user '$shown'" configureService
	expect "configureService: customer '$shown'" 1 "$bin/configureService" -- u1 "$id" a1
	says "configureService: customer '$shown'" 'customer id'
	refusal "configureService: customer '$shown'" configureService
done
unchanged 'configureService with bad names'
for program in configureService startService stopService checkService rollbackService verifyService $databases; do
	call 'a service that is a file' 66 'not a directory' "$program" a2
done
unchanged 'a service that is a file'
rm "$services/a2"
snapshot

# ---- the environment

for program in installService configureService startService stopService checkService rollbackService verifyService makeTemp secureDelete; do
	case $program in
	installService) set -- a1 c1 u1 "$image" ;;
	configureService) set -- u1 c1 a1 ;;
	makeTemp) set -- ;;
	secureDelete) set -- "$ENSTRATUS_HOME/precious" ;;
	*) set -- a1 ;;
	esac
	echo precious >"$ENSTRATUS_HOME/precious"
	snapshot
	for variable in HOME SERVICES_DIR TMP_DIR RUN_DIR; do
		for value in services ./services "/$long"; do
			shown=$(printf '%.20s' "$value")
			run env "ENSTRATUS_$variable=$value" "$bin/$program" "$@"
			label="$program: $variable '$shown'"
			same "$label: exit status" 1 "$status"
			refusal "$label" "$program"
			says "$label" "ENSTRATUS_$variable .*(is not an absolute path|is longer than)"
		done
	done
	unchanged "$program: the environment"
done
for program in configureService startService stopService checkService rollbackService verifyService; do
	case $program in configureService) set -- u1 c1 a1 ;; *) set -- a1 ;; esac
	run env "ENSTRATUS_SERVICES_DIR=$root/none" "$bin/$program" "$@"
	same "$program without a services directory" 66 "$status"
	refusal "$program without a services directory" "$program"
done
run env "ENSTRATUS_SERVICES_DIR=$root/none" "$bin/checkService"
same 'checkService of all without a services directory' 66 "$status"
check_not 'no services directory was made' test -e "$root/none"

# ---- the status of a hook and of ours

run "$bin/checkService" a1
same 'no check hook' '0 OK' "$status $(cat "$out")"
expect 'no start hook' 10 "$bin/startService" a1
says 'no start hook' "error: cannot start service 'a1': hook 'bin/enstratus-start' is not there"
printf '#!/bin/sh\nexit 0\n' | hook a1 enstratus-start
expect 'generation 7' 0 "$bin/startService" --generation 7 a1
expect 'generation 6' 76 "$bin/startService" --generation 6 a1
echo name=shop >"$root/w/source"
echo 'SELECT 1;' >"$root/w/dump"
# arguments PROGRAM - of a1, a line each.
arguments() {
	case $1 in
	configureService) printf '%s\n' "$(id -un)" c1 a1 ;;
	backupService) printf '%s\n' a1 "$root/w/backup" ;;
	backupDataSource) printf '%s\n' a1 shop "$root/w/source" "$root/w/backup" ;;
	installDataSource) printf '%s\n' a1 "$root/w/source" "$root/w/dump" ;;
	*DatabaseAccess) printf '%s\n' a1 "$root/w/source" ;;
	*) echo a1 ;;
	esac
}
databases='grantDatabaseAccess revokeDatabaseAccess installDataSource backupDataSource'
for program in $databases; do
	# shellcheck disable=SC2046 # no blank is in them
	expect "$program, generation 6" 76 "$bin/$program" --generation 6 $(arguments "$program")
done
exec 4<>"$services/.enstratus/a1/lock"
flock -n 4
for program in configureService startService stopService checkService backupService $databases; do
	# shellcheck disable=SC2046
	set -- $(arguments "$program")
	expect "$program, busy" 75 "$bin/$program" "$@"
	says "$program, busy" 'is busy: .* \(pid [0-9]+\)'
done
exec 4<&-
echo 'this is no setting' >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'a malformed agent.cfg' 65 "$bin/startService" a1
says 'a malformed agent.cfg' "agent.cfg'.*line 1"
printf '[hooks]\nenstratus-start.timeout=never\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'a number that is none in agent.cfg' 65 "$bin/startService" a1
rm "$ENSTRATUS_HOME/cfg/agent.cfg"

# ---- descriptors

# A command that starts without one of 0, 1, 2 must not get its own files in their place.
hook a1 enstratus-check <<'END'
#!/bin/sh
echo OK
echo note >&2
END
hook a1 enstratus-start <<'END'
#!/bin/sh
cat
echo to stdout
echo to stderr >&2
END
cp "$services/a1/bin/enstratus-start" "$services/a1/bin/enstratus-stop"
echo victim >"$w/victim"
mkdir "$w/unzipped"
unzip -q "$image" -d "$w/unzipped"
mkdir -p "$w/unzipped/cfg"
user=$(id -un)
# clean WHAT - none of the agent's files got what was meant for a terminal.
clean() {
	check_not "$1: output went into the books" grep -rqE 'OK|to std|note|type: zip|error' "$services/.enstratus"
	check "$1: the lock names its holder" grep -Exq '[a-zA-Z]+ [0-9]+ [0-9]+ [0-9a-f]{8}' "$services/.enstratus/a1/lock"
}
for program in checkService startService stopService; do
	"$bin/$program" a1 <&- >"$out" 2>"$err"
	same "$program <&-" 0 $?
	"$bin/$program" a1 >&- 2>"$err"
	same "$program >&-" 0 $?
	"$bin/$program" a1 >"$out" 2>&-
	same "$program 2>&-" 0 $?
	"$bin/$program" a1 <&- >&- 2>&-
	same "$program, all three" 0 $?
	clean "$program"
done
"$bin/installService" a3 c1 "$user" "$image" <&- >&- 2>&-
same 'installService, all three' 0 $?
check 'installService wrote what it should' diff -r "$w/unzipped" "$services/a3"
"$bin/verifyService" a3 <&- >&- 2>&-
same 'verifyService, all three' 0 $?
mkdir -p "$w/other/bin"
(cd "$w/other" && zip -qr "$w/other.zip" .)
"$bin/installService" --replace a3 c1 "$user" "$w/other.zip" <&- >&- 2>&-
same 'installService --replace, all three' '0 bin cfg' "$? $(find "$services/a3" -mindepth 1 -printf '%P\n' | sort | paste -sd ' ')"
"$bin/rollbackService" --replace a3 <&- >&- 2>&-
same 'rollbackService, all three' 0 $?
check 'rollbackService wrote what it should' diff -r "$w/unzipped" "$services/a3"
"$bin/secureDelete" "$w/victim" <&- >&- 2>&-
same 'secureDelete, all three' 0 $?
check_not 'secureDelete deleted' test -e "$w/victim"
rmdir "$root/tmp" 2>/dev/null || rm -rf "$root/tmp"
"$bin/makeTemp" <&- >&- 2>&-
same 'makeTemp, all three' '0 770' "$? $(stat -c %a "$root/tmp")"
"$bin/log" word <&- >&- 2>&-
same 'log, all three' 0 $?
for program in checkService startService stopService installService rollbackService verifyService fetchImage; do
	"$bin/$program" no-such c1 u1 <&- >&- 2>&-
	same "$program, misused, all three" 1 $?
done

for options in 'a1' '--json a1' '--json' ''; do
	# shellcheck disable=SC2086 # a list
	"$bin/checkService" $options >/dev/full 2>"$err"
	same "checkService $options >/dev/full" 74 $?
	says "checkService $options >/dev/full" 'error: .*cannot write'
done
for options in '' --json --dry-run; do
	# shellcheck disable=SC2086
	"$bin/installService" $options a3 c1 "$user" "$image" >/dev/full 2>"$err"
	same "installService $options >/dev/full" 74 $?
	says "installService $options >/dev/full" 'error: .*cannot (write|say)'
done
: >"$out"

# A reader that went away is no answer delivered either, nor a death by SIGPIPE.
mkfifo "$w/fifo"
exec 5<>"$w/fifo"
exec 6>"$w/fifo"
exec 5<&-
"$bin/checkService" a1 >&6 2>"$err"
same 'checkService to a closed pipe' 74 $?
# What only goes to stderr does not end a run.
"$bin/startService" a1 >"$out" 2>&6
same 'startService with stderr closed' 0 $?
"$bin/startService" a1 >"$out" 2>/dev/full
same 'startService with stderr full' 0 $?
exec 6>&-

# An inherited descriptor reaches no hook.
printf '#!/bin/sh\nls /proc/self/fd | tr "\\n" " "\n' | hook a1 enstratus-start
exec 7<"$w/before" 8</dev/null
run "$bin/startService" a1
says 'descriptors of a hook' 'enstratus-start: 0 1 2 3 $'
exec 7<&- 8<&-
