#!/bin/sh
# SPDX-License-Identifier: MIT
# killed.sh - provision killed at random moments of up, on three hosts of the lab: the next up ends as
# one that was never disturbed.
# shellcheck disable=SC2016 # single quotes: for an inner shell
[ "${1:-}" = inside ] || exec "$(dirname "$0")/../in-lab" 3 "$(readlink -f "$0")"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

w=$root/w
runs=$(share 50)
mkdir -p "$w/image/bin" "$w/image/cfg" "$w/image/data"
for hook in configure start stop dbgrant dbrevoke; do printf '#!/bin/sh\nexit 0\n' >"$w/image/bin/enstratus-$hook"; done
# What was loaded twice would be there twice.
printf '#!/bin/sh\ncat "$3" >data/loaded\n' >"$w/image/bin/enstratus-installds"
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

i=0 killed=0
while [ $killed -lt "$runs" ] && [ $i -lt $((runs * 10)) ]; do
	i=$((i + 1))
	"$bin/provision" --state "$w/state" up >"$out" 2>"$err" &
	up=$!
	sleep "$(awk -v s=$i -v l=$length 'BEGIN { srand(s); printf "%.3f", rand() * l / 1000 }')"
	kill -s KILL $up 2>/dev/null
	status=0
	wait $up 2>/dev/null || status=$?
	# About two in three are met alive.
	if [ $status = 137 ]; then killed=$((killed + 1)) length=$((length + length / 32)); else length=$((length - length / 16)); fi
	expect "kill $i: the next up" 0 provision up
	got=$(state_of)
	printf "%s\n" "$undisturbed" >"$w/undisturbed"
	printf "%s\n" "$got" >"$w/got"
	check "kill $i: ends as one that was not disturbed" diff "$w/undisturbed" "$w/got"
	expect "kill $i: down" 0 provision down
done
same 'so many were killed alive' "$runs" "$killed"
