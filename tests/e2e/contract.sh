#!/bin/sh
# SPDX-License-Identifier: MIT
# contract.sh - the tables of enstratus-agent(7), HOOKS and OVERRIDES, row by row.
# shellcheck disable=SC2016,SC2086 # for a hook; lists of words without blanks
. "$(dirname "$0")/lib.sh"
at_exit kill_left

w=$root/w
custom=$ENSTRATUS_HOME/custom/bin
note=$root/note
user=$(id -un)
mkdir -p "$services/a1/bin" "$services/a1/cfg" "$ENSTRATUS_TMP_DIR"
echo name=shop >"$w/cfg"
echo 'SELECT 1;' >"$w/dump"
: >"$note"
chmod 666 "$note"

# ---- HOOKS

# Program, hook, the program's arguments, those that the hook gets; the status without the hook, with
# one that is not executable, and with one that fails: its own, or always the same.
hooks="
configureService|configure|$user c1 a1|a1 $services/a1/cfg/enstratus.cfg|0|10|own
startService|start|a1|a1|10|10|own
stopService|stop|a1|a1|10|10|own
checkService|check|a1|a1|0|0|0
installDataSource|installds|a1 $w/cfg $w/dump|a1 $services/a1/cfg/enstratus-database.cfg $w/dump|0|22|own
backupDataSource|backupDataSource|a1 shop $w/cfg $w/saved|a1 shop $services/a1/cfg/enstratus-database.cfg $w/saved|10|10|own
backupService|backupService|a1 $w/saved|a1 $w/saved|0|0|own
grantDatabaseAccess|dbgrant|a1 $w/cfg|a1 $services/a1/cfg/enstratus-database.cfg|0|10|own
revokeDatabaseAccess|dbrevoke|a1 $w/cfg|a1 $services/a1/cfg/enstratus-database.cfg|0|10|own
"
# told STATUS WHAT - the last line on stderr says whose status it is.
told() {
	tail -n 1 "$err" >"$w/last"
	[ "$1" = 0 ] || check "$2: the last line says so" grep -q 'error: .*hook ' "$w/last"
}
# hook_row PROGRAM HOOK ARGUMENTS GOT ABSENT PLAIN FAILED
hook_row() {
	program=$1 name=enstratus-$2 args=$3 got=$4 failed_is=$7
	script=$services/a1/bin/$name
	configuration=/dev/null
	[ "$program" != configureService ] || args="--config - $args" configuration=$w/cfg
	# row WHAT STATUS - the program is run.
	row() {
		wanted=$2
		[ "$failed_is" = own ] || wanted=0
		expect "$program, $1" "$wanted" "$bin/$program" ${3:-} $args <$configuration
		told "$wanted" "$program, $1"
	}
	row 'no hook' "$5"
	printf '#!/bin/sh\necho run >>"%s"\n' "$note" >"$script"
	row 'a hook that is not executable' "$6"
	same "$program: it was not run" '' "$(cat "$note")"

	printf '#!/bin/sh\necho "$*" "$(pwd -P)" >>"%s"\nfor last; do :; done\ncase $0 in *backup*) echo x >"$last" ;; esac\n' "$note" >"$script"
	chmod 755 "$script"
	row 'a hook that does' 0
	same "$program: its arguments and its directory" "$got $services/a1" "$(cat "$note")"
	: >"$note"

	for code in 1 3 10 22 66 75 77 124 126 127 128 255; do
		printf '#!/bin/sh\nexit %d\n' $code >"$script"
		row "a hook's own $code" $code
	done
	printf '#!/bin/sh\nkill -9 $$\n' >"$script"
	row 'a hook that is killed' 137
	echo exit 0 >"$script"
	row 'a hook that is no program' 126
	printf '#!/no/such/interpreter\n' >"$script"
	row 'a hook without its interpreter' 127
	printf '#!/bin/sh\nexec sleep 600\n' >"$script"
	row 'a hook that takes too long' 124 '--timeout 1'
	rm "$script"
}
while IFS='|' read -r one two three four five six seven; do
	[ -z "$one" ] || hook_row "$one" "$two" "$three" "$four" "$five" "$six" "$seven"
done <<END
$hooks
END
run "$bin/checkService" a1
same 'checkService without its hook' OK "$(cat "$out")"
rm -f "$w/saved"
run "$bin/backupService" a1 "$w/saved"
check 'backupService without its hook' unzip -tqq "$w/saved"

# Those that pass over a service without their hook.
for case in 'stop|terminate' 'start|esboot start' 'stop|esboot stop' "lock|lockServices $services 10000 lock"; do
	script=$services/a1/bin/enstratus-${case%%|*}
	expect "${case#*|}: no hook" 0 "$bin/"${case#*|} </dev/null
	printf '#!/bin/sh\necho run >>"%s"\n' "$note" >"$script"
	expect "${case#*|}: a hook that is not executable" 0 "$bin/"${case#*|} </dev/null
	same "${case#*|}: it was not run" '' "$(cat "$note")"
	rm "$script"
done

# ---- OVERRIDES

# script NAME STATUS - an override that notes its name and its arguments.
script() {
	printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit %s\n' "$1" "$note" "$2" >"$custom/$1"
	chmod 755 "$custom/$1"
}
printf '[proxy]\nproxy=mine\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
for case in 'startProxy web a NONE ::1 ::1 80' 'stopProxy ::1'; do
	program=${case%% *}
	expect "$program: no program of that type" 21 "$bin/"$case
	echo 'exit 0' >"$custom/mine-$program"
	expect "$program: one that is not executable" 21 "$bin/"$case
	says "$program: one that is not executable" 'it is not an executable file'
	script "mine-$program" 9
	expect "$program: one that fails" 21 "$bin/"$case
	script "mine-$program" 0
done

# override_row KINDS PROGRAM [ARGUMENT...] - of pre, post and replace those are run, the others told.
override_row() {
	kinds=$1 program=$2
	shift 2
	for kind in pre post replace; do
		name=$program-$kind
		[ $kind != replace ] || name=$program
		# What is deleted has to be there.
		[ "$program" != secureDelete ] || echo x >"$1"
		script "$name" 41
		: >"$note"
		run "$bin/$program" "$@"
		case " $kinds " in
		*" $kind "*)
			same "$name: is run with all arguments" "$name${*:+ $*}" "$(sed 's/ $//' "$note" | grep -v '^mine-')"
			case $name in
			scaleCheck | scaleCheck-pre) same "$name: that fails abstains" '0 0' "$status $(cat "$out")" ;;
			*) same "$name: its status is the result" 41 "$status" ;;
			esac
			;;
		*)
			check_not "$name: is not run" grep -q "^$name" "$note"
			says "$name: which is told" "ignoring '.*/custom/bin/$name': $program allows no such override"
			check_not "$name: its status is not the result" test "$status" = 41
			;;
		esac
		rm "$custom/$name"
	done
}
override_row 'pre post replace' backupService a1 "$w/saved"
override_row 'pre post replace' startProxy web a NONE ::1 ::1 80
override_row 'pre post replace' stopProxy ::1
override_row 'pre post replace' secureDelete "$w/doomed"
override_row 'pre post replace' scaleCheck b a
override_row replace calculateAgentData "$w/figures"
override_row replace checkService a1
override_row pre terminate

for program in "$bin"/*; do
	program=${program##*/}
	case $program in
	backupService | startProxy | stopProxy | secureDelete | scaleCheck | calculateAgentData | checkService | terminate) continue ;;
	esac
	for suffix in '' -pre -post; do script "$program$suffix" 41; done
	: >"$note"
	# With as many arguments as it takes, which are good for nothing else.
	args=''
	until run timeout -k 1 300 "$bin/$program" $args </dev/null && ! grep -q '^Syntax: ' "$err" || [ ${#args} -gt 20 ]; do args="$args x"; done
	same "$program: all three are ignored, with a note" 3 "$(grep -c "ignoring '.*/custom/bin/$program\(-pre\|-post\)*'" "$err")"
	same "$program: none is run" '' "$(cat "$note")"
	rm "$custom/$program"*
done
