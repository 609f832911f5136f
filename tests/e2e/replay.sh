#!/bin/sh
# SPDX-License-Identifier: MIT
# replay.sh - the sample load curves, against real agents on hosts of the lab, with a plot at the end.
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip 'the whole' 'hosts of its own need root'
	exit 0
fi
if ! why=$(tests/lab -n 1 true 2>&1); then
	skip 'the whole' "no hosts of its own: $(printf '%s\n' "$why" | tail -n 1)"
	exit 0
fi
w=$root/w
PROVISION_BIN=$bin
export PROVISION_BIN
replay() { samples/scaling/replay -o "$w" "$@"; }
# column N - of the rounds, without repetitions.
column() { tail -n +2 "$w/$1.csv" | cut -d, -f"$2" | uniq | tr '\n' ' '; }

# A spike: up by their votes.  How far they come until it is over is a matter of the machine's speed.
begin spike replay -s 60 spike
# A host that dies is given up and replaced.
begin dead replay -s 60 dead-host
end spike
same 'a spike: exit status' 0 "$status"
case $(column spike 3) in '1 2 '*) pass ;; *) fail "servers join one by one: $(column spike 3)" ;; esac
check 'the facts' grep -Eq '^[1-5] servers started, [0-5] ended$' "$out"
check 'and how long it took' grep -Eq '^[0-9]+ times too few servers, [0-9]+ s to scale on average$' "$out"
end dead
same 'a dead host: exit status' 0 "$status"
check 'it was replaced' grep -Eq '^[1-9] servers started, [1-9] ended$' "$out"
for name in spike dead-host; do
	check "$name: the plot is a picture" is_png "$w/$name.png"
	check "$name: and a drawing, of votes, servers, load and thresholds" has_all "$w/$name.svg" 'votes for more' servers load 'upper threshold'
done
