#!/bin/sh
# SPDX-License-Identifier: MIT
# on_event.sh - the programs of on-event, for each event of a deployment, and what they do not hold up.
# shellcheck disable=SC2016 # single quotes: for another shell
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip 'the whole' 'hooks of other accounts need root'
	exit 0
fi
w=$root/w
hosts_here
at_exit kill_left
mkdir -p "$w/image/bin" "$w/image/cfg" "$w/on-event"
for hook in configure start stop; do printf '#!/bin/sh\nexit 0\n' >"$w/image/bin/enstratus-$hook"; done
(cd "$w/image" && zip -qr ../image.zip .)
{
	printf '[deployment]\nname = shop\nagent = %s\nrecovery-delay = 0\n' "$bin"
	for i in 1 2 3 4; do printf '[host h%s]\naddress = 10.9.9.%s\n' $i $i; done
	printf '[tier web]\nhosts = h1, h2, h3, h4\nmin = 1\nmax = 2\n'
	printf '[service web]\ntier = web\nimage = image.zip\nrun-as = root\nport.80 = HTTP\nkey.k = root file:secret\n'
} >"$w/shop.ini"
(umask 077 && echo on-event-secret >"$w/secret")
# script NAME - from standard input.
script() { cat >"$w/on-event/$1" && chmod 755 "$w/on-event/$1"; }
provision() { TOKEN=on-event-secret "$bin/provision" --state "$w/state" "$@"; }

printf '#!/bin/sh\ncat >>../documents; echo "$PROVISION_EVENT $PROVISION_WHAT" >>../told; env >>../environment\n' | script 10-note
printf '#!/bin/sh\necho no network >&2; exit 9\n' | script 20-fails
echo 'what these are for' >"$w/on-event/README"
expect 'up, while one fails' 0 provision up "$w/shop.ini"
lines_with "$err" 'on-event/20-fails: status 9: no network'
same 'each failure is told in a line' "$(wc -l <"$w/told")" "$count"
lines_with "$err" 'on-event/README is not run: it is not executable'
same 'what is not run is told once' 1 "$count"
rm "$w/on-event/20-fails" "$w/on-event/README"
expect 'scale' 0 provision scale web 2
: >"$w/off/10.9.9.1"
expect 'a round of watch, when a host is lost' 0 provision watch --rounds 1
expect 'recover' 0 provision recover web-2
expect 'down' 0 provision down
same 'nothing else is on standard error' '' "$(cat "$err")"
run provision events
cut -d' ' -f2- "$out" | cmp -s - "$w/told"
same 'all that is among the events was told, in its order' 0 $?
run provision events --json
check 'and the documents say the same' python3 -c 'import json, sys
told = [json.loads(l) for l in open(sys.argv[1])]
assert [d["number"] for d in told] == list(range(1, len(told) + 1))
assert {d["deployment"] for d in told} == {"shop"}
assert [(d["time"], d["event"]) for d in told] == [(d["time"], d["event"]) for d in map(json.loads, open(sys.argv[2]))]' "$w/documents" "$out"
for word in server_joins settled scale_out server_lost server_leaves; do
	check "$word is told" grep -q "^$word " "$w/told"
done
check_not 'no secret is told' grep -rqF on-event-secret "$w/documents" "$w/told" "$w/environment"

# One that hangs holds nothing up: the state is free, and all was done, before it is ended.
printf '#!/bin/sh\necho $$ >>../hangs; exec sleep 1000\n' | script 10-note
begin hanging provision up "$w/shop.ini"
check 'one hangs' wait_until 60 test -s "$w/hangs"
serves() { provision status | grep -q '^web-.* RUNNING'; }
check 'the server runs all the same' wait_until 60 serves
rm "$w/on-event/10-note"
expect 'another operator is not held up' 0 provision --wait 60 scale web 1
end hanging
same 'it succeeds' 0 "$status"
check 'and it is told' grep -q 'on-event/10-note took more than 10 s and was ended' "$err"
check_not 'it was ended' kill -0 "$(head -n 1 "$w/hangs")" 2>/dev/null

# A watch that gets what systemd sends, in the middle of a step, has what happened told before it ends.
printf '#!/bin/sh\necho "$PROVISION_EVENT" >>../told-late\n' | script 10-note
sed -i 's/^image = .*/image = slow.zip/' "$w/shop.ini"
printf '#!/bin/sh\n: >%s/starts\nexec sleep 1000\n' "$w" >"$w/image/bin/enstratus-start"
(cd "$w/image" && zip -qr ../slow.zip .)
"$bin/provision" --state "$w/state" --quiet watch "$w/shop.ini" >"$w/watch.out" 2>"$w/watch.err" &
watcher=$!
check 'a step of watch is under way' wait_until 60 test -e "$w/starts"
kill -s TERM $watcher
status=0
wait $watcher || status=$?
same 'it is ended, which is no failure' 0 "$status"
check 'the last event is told' grep -qx stopped "$w/told-late"
