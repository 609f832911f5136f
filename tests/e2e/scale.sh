#!/bin/sh
# SPDX-License-Identifier: MIT
# scale.sh - votes on the size of a tier, and how busy a server says it is.
# shellcheck disable=SC2016 # single quotes: for a program
. "$(dirname "$0")/lib.sh"

custom=$ENSTRATUS_HOME/custom/bin/scaleCheck
# script SUFFIX - an override, its lines on stdin.
script() {
	{ echo '#!/bin/sh' && cat; } >"$custom$1"
	chmod 755 "$custom$1"
}
# votes WHAT STATUS PRINTED [ARGUMENT...]
votes() {
	what=$1 want_status=$2 want_vote=$3
	shift 3
	run "$bin/scaleCheck" "$@"
	same "$what" "$want_status $want_vote" "$status $(tr '\n' ' ' <"$out" | sed 's/ $//')"
}

votes 'an idle start holds' 0 0
check 'the rule remembers' test -s "$services/.enstratus/.scaling"
check_not 'its books are no service' sh -c "'$bin/listServices' | grep -q ."
printf '[scaling]\nupper=0\nlower=0\nbreach=0\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
votes 'above for long enough' 1 1
printf '[scaling]\nupper=100000\nlower=100000\ncooldown=0\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
votes 'below for long enough' 255 -1
run "$bin/scaleCheck" --json
same 'as JSON: its status is the vote too' 255 "$status"
check 'as JSON' grep -Eq '"vote":-1,"abstained":false,"rule":"builtin","cpuPercentX100":[0-9]+,"memoryPercentX100":[0-9]+' "$out"
printf '[scaling]\nbreach=2\nupper=0\nlower=0\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
rm "$services/.enstratus/.scaling"
votes 'above since now' 0 0
voted_up() { [ "$("$bin/scaleCheck" 2>/dev/null)" = 1 ]; }
check 'and above for two seconds' wait_until 60 voted_up
printf '[scaling]\nlower=80\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
votes 'a rule that contradicts itself abstains' 0 0
says 'such a rule' 'no vote: .*lower is above upper'
rm "$ENSTRATUS_HOME/cfg/agent.cfg"

echo 'echo "$# $1"; pwd; echo 1' | script ''
votes 'a custom program prints its vote' 1 1 two arguments
check 'what it prints is relayed' grep -q 'scaleCheck: 2 two' "$err"
check 'it works in the temp directory' grep -q "scaleCheck: $ENSTRATUS_TMP_DIR\$" "$err"
echo 'exit 255' | script ''
votes 'a custom program exits with its vote' 255 -1
echo 'echo more; exit 3' | script ''
votes 'a custom program that says something else' 0 0
says 'it abstains' "no vote: 'scaleCheck' said 'more' and exited with status 3"
echo 'sleep 60' | script ''
run "$bin/scaleCheck" --timeout 1
same 'is ended' '0 0' "$status $(cat "$out")"
says 'it abstains' 'no vote: .*ran past its 1 s'
check_not 'and gone' pgrep -f "$custom" >/dev/null
chmod 644 "$custom"
votes 'one that is not executable is none' 0 0
says 'it' 'it is not an executable file'
rm "$custom"
ln -s "${custom##*/}" "$custom"
votes 'one that cannot be looked at abstains' 0 0
says 'it' 'no vote: cannot look at '
rm "$custom"
echo 'echo 1' | script ''
echo 'exit 1' | script -pre
votes 'a pre that fails abstains' 0 0
echo 'exit 0' | script -pre
votes 'one that does not' 1 1
echo 'exit 9' | script -post
votes 'a post that fails is the result' 9 0
rm "$custom" "$custom-pre" "$custom-post"

# ---- calculateAgentData

mkdir "$services/a7"
expect 'calculateAgentData' 0 "$bin/calculateAgentData"
check 'says nothing' test ! -s "$out" -a ! -s "$err"
check 'writes numbers' grep -Eq '^memory\.percent=[0-9.]+$' "$ENSTRATUS_TMP_DIR/stats.properties"
check 'and the services' grep -qx 'services=a7' "$ENSTRATUS_TMP_DIR/stats.properties"
expect 'calculateAgentData FILE' 0 "$bin/calculateAgentData" "$root/mine"
check 'writes there' grep -q '^cpu.count=' "$root/mine"
expect 'calculateAgentData to nowhere' 71 "$bin/calculateAgentData" "$root/none/mine"
one_line 'to nowhere'
printf '#!/bin/sh\necho "$1" >"%s/replaced"\nexit 4\n' "$root" >"$ENSTRATUS_HOME/custom/bin/calculateAgentData"
chmod 755 "$ENSTRATUS_HOME/custom/bin/calculateAgentData"
expect 'a replaced calculateAgentData' 4 "$bin/calculateAgentData" "$root/other"
same 'gets the argument' "$root/other" "$(cat "$root/replaced")"
check_not 'and is all that runs' test -e "$root/other"
mv "$ENSTRATUS_HOME/custom/bin/calculateAgentData" "$ENSTRATUS_HOME/custom/bin/calculateAgentData-pre"
expect 'calculateAgentData-pre is ignored' 0 "$bin/calculateAgentData" "$root/other"
says 'calculateAgentData-pre' 'allows no such override'
mv "$ENSTRATUS_HOME/custom/bin/calculateAgentData-pre" "$ENSTRATUS_HOME/custom/bin/calculateAgentData-post"
expect 'calculateAgentData-post too' 0 "$bin/calculateAgentData" "$root/other"
says 'calculateAgentData-post' 'allows no such override'
