#!/bin/sh
# SPDX-License-Identifier: MIT
# killed.sh - provision killed at random moments of up, its connections cut, and its state lost, on three
# hosts of the lab: the next up ends as one that was never disturbed.
# shellcheck disable=SC2016 # single quotes: for an inner shell
[ "${1:-}" = inside ] || exec "$(dirname "$0")/../in-lab" 3 "$(readlink -f "$0")"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

w=$root/w
runs=$(share 100) cuts=$(share 50)
mkdir -p "$w/image/bin" "$w/image/cfg" "$w/image/data"
for hook in configure start stop dbgrant dbrevoke; do printf '#!/bin/sh\nexit 0\n' >"$w/image/bin/enstratus-$hook"; done
# What was loaded twice would be there twice.
printf '#!/bin/sh\ncat "$3" >>data/loaded\n' >"$w/image/bin/enstratus-installds"
(cd "$w/image" && zip -qr ../image.zip .)
echo 'the dump' >"$w/dump.sql"
echo 'a secret' >"$w/secret"
{
	printf '[deployment]\nname = small\nssh-config = %s\n' "$SSH_CONFIG"
	for i in 1 2 3; do printf '[host h%s]\naddress = 10.77.0.%s\nuser = root\n' $i $i; done
	printf '[tier db]\nhosts = h1\n[tier web]\nhosts = h2, h3\nmin = 2\n'
	printf '[service db]\ntier = db\nimage = image.zip\nrun-as = root\nport.3306 = TCP\n'
	printf '[data source shop]\nservice = db\nuser = u\npassword = file:secret\ndump = dump.sql\n'
	printf '[service web]\ntier = web\nimage = image.zip\nrun-as = root\ndata-sources = shop\n'
} >"$w/small.ini"
provision() { "$bin/provision" --state "$w/state" "$@"; }
# state_of - what provision knows and what is on the hosts, without what differs from run to run.
state_of() {
	provision status --json | grep -o '"\(id\|state\|sha256\|started\|check\)":[^,}]*' | sed 's/-[0-9]*"/"/'
	for h in $LAB_HOSTS; do
		# shellcheck disable=SC2012,SC2029
		ssh -F "$SSH_CONFIG" "$h" 'cd /mnt/services && find . -path ./.enstratus -prune -o -type f -print | sort; cat db/data/loaded 2>/dev/null; ls -A /mnt/tmp/files; ls -A /run/enstratus'
	done
}
now_ms() { date +%s%3N; }

expect 'up' 0 provision up "$w/small.ini"
undisturbed=$(state_of)
check 'it is loaded' sh -c 'printf "%s\n" "$1" | grep -qx "the dump"' - "$undisturbed"
expect 'down' 0 provision down
begun=$(now_ms)
expect 'up' 0 provision up
length=$(($(now_ms) - begun))
expect 'down' 0 provision down

# is_undisturbed WHAT - all stands as it did then, and is taken down again.
is_undisturbed() {
	got=$(state_of)
	printf "%s\n" "$got" >"$w/got"
	check "$1: ends as one that was not disturbed" diff "$w/undisturbed" "$w/got"
	expect "$1: down" 0 provision down
}
printf "%s\n" "$undisturbed" >"$w/undisturbed"
# pause I - until some moment of an up, another one for each I.
pause() { sleep "$(awk -v s="$1" -v l=$length 'BEGIN { srand(s); printf "%.3f", rand() * l / 1000 }')"; }

i=0 killed=0
while [ $killed -lt "$runs" ] && [ $i -lt $((runs * 10)) ]; do
	i=$((i + 1))
	"$bin/provision" --state "$w/state" up >"$out" 2>"$err" &
	up=$!
	pause $i
	kill -s KILL $up 2>/dev/null
	status=0
	wait $up 2>/dev/null || status=$?
	# About two in three are met alive.
	if [ $status = 137 ]; then killed=$((killed + 1)) length=$((length + length / 32)); else length=$((length - length / 16)); fi
	expect "kill $i: the next up" 0 provision up
	is_undisturbed "kill $i"
done
same 'so many were killed alive' "$runs" "$killed"

# ---- connections are cut: both the shared ones and those that use them

i=0 cut=0
while [ $cut -lt "$cuts" ] && [ $i -lt $((cuts * 10)) ]; do
	i=$((i + 1))
	begin up "$bin/provision" --state "$w/state" up
	pause "7$i"
	calls=$(grep -laF "ControlPath=$ENSTRATUS_RUN_DIR/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3)
	# shellcheck disable=SC2086 # a list
	[ -z "$calls" ] || { kill -s KILL $calls 2>/dev/null; cut=$((cut + 1)); }
	end up
	case $status in 0 | 69) pass ;; *) fail "cut $i: status $status" ;; esac
	expect "cut $i: the next up" 0 provision up
	is_undisturbed "cut $i"
done
same 'so many were cut' "$cuts" "$cut"

# ---- the state is damaged, or lost

expect 'up' 0 provision up
cp "$w/state" "$w/whole"
sed -i '5s/[0-9a-f]/x/g' "$w/state"
expect 'a damaged state' 65 provision status
says 'it tells the line and the way out' "the state '$w/state': what begins in line [0-9]+ is damaged; 'provision --observe up FILE'"
expect 'nothing is done with it' 65 provision up
for lost in damaged gone; do
	expect "$lost: a new one of what is on the hosts" 0 provision --observe up "$w/small.ini"
	check "$lost: nothing is installed or loaded again" grep -q configureService "$out"
	check_not "$lost: nothing is installed or loaded again" grep -q -e installService -e installDataSource "$out"
	expect "$lost: all is as it should be then" 0 provision up
	same "$lost: nothing is left to do" 'nothing is to be done' "$(cat "$out")"
	[ $lost = gone ] || check 'the damaged one is kept' test -s "$w/state.old"
	rm -f "$w/state"
done
expect 'it is made once more' 0 provision --observe up "$w/small.ini"
is_undisturbed 'observed'

# ---- hosts whose keys nobody knows

printf 'Host *\n\tUserKnownHostsFile none\n\tGlobalKnownHostsFile none\n\tIdentityFile %s\n' "$LAB_DIR/user_key" >"$w/strict"
sed "s|^ssh-config.*|ssh-config = $w/strict|" "$w/small.ini" >"$w/strict.ini"
rm -f "$w/state"
expect 'they are not talked to' 69 provision up "$w/strict.ini"
says 'the way out is told' 'its host key is not known \(provision trust\)'
expect 'without a word nobody is trusted' 1 provision trust h1 </dev/null
for h in $LAB_HOSTS; do
	expect "$h is trusted" 0 provision --yes trust "$w/strict.ini" "$h"
	check 'by its fingerprint' grep -qF "$(ssh-keygen -l -f "$LAB_DIR/$h.key" | cut -d ' ' -f 2)" "$out"
done
expect 'again' 0 provision trust h1
check 'it was trusted already' grep -q 'trusted already$' "$out"
expect 'up' 0 provision up
expect 'a server that is given up' 0 provision recover web-2
check 'another one takes its place' grep -q '^web-3 (h3): startService web$' "$out"
expect 'one that is not there' 1 provision recover web-9
expect 'down' 0 provision down
sed -i '/^10.77.0.1 /s/...$/AAA/' "$w/known_hosts"
expect 'a host with another key' 65 provision --yes trust h1
says 'is not trusted' "has another key than the one that '$w/known_hosts' has for it"
