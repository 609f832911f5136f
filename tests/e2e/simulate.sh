#!/bin/sh
# SPDX-License-Identifier: MIT
# simulate.sh - the sample load curves, played through on hosts that are only thought of.
. "$(dirname "$0")/lib.sh"

PROVISION_BIN=$bin
export PROVISION_BIN
simulate() { "$bin/provision" --load "$1" --csv "$root/w/csv" --seed 7 simulate samples/scaling/three-tiers.ini; }
for curve in samples/scaling/*.load; do
	name=$(basename "$curve" .load)
	expect "$name" 0 samples/scaling/replay -o "$root/w" --simulate "$name"
	check "$name: facts" grep -Eq '^[0-9]+ servers started, [0-9]+ ended$' "$out"
	check "$name: how long it took" grep -q 'to scale on average$' "$out"
	check "$name: what was refused" grep -Eq '^[0-9.]+ server-hours, for [0-9.]+ of load, [0-9.]+ of it refused$' "$out"
	same "$name: rounds of a day, for three tiers" $((2880 * 3 + 1)) "$(wc -l <"$root/w/$name.csv")"
	same "$name: no tier is out of its bounds" '' "$(awk -F, '($2 == "web" && ($3 < 2 || $3 > 60)) || ($2 == "app" && ($3 < 2 || $3 > 40)) || ($2 == "db" && ($3 < 1 || $3 > 2))' "$root/w/$name.csv" | head -n 1)"
	check "$name: the plot is a picture" is_png "$root/w/$name.png"
	check "$name: and a drawing with all tiers" has_all "$root/w/$name.svg" '>db<' '>app<' '>web<' '>upper threshold<'
done
expect 'a curve that is none' 1 samples/scaling/replay --simulate nothing
says 'the others are named' "no curve 'nothing': .*day"

# The load of the peak is met, and what is not needed any more is ended.
expect 'a day' 0 simulate samples/scaling/day.load
enough() { awk -F, '$1 == 72000 && $2 == "web" { exit !($3 * 0.75 >= $7 - 1) }' "$root/w/csv"; }
few() { tail -n 3 "$root/w/csv" | awk -F, '$2 == "web" { exit !($3 < 30) }'; }
check 'at its peak there are enough' enough
check 'in the night there are few' few
cp "$root/w/csv" "$root/w/first"
expect 'the same again' 0 simulate samples/scaling/day.load
check 'is the same, for the seed is' cmp -s "$root/w/csv" "$root/w/first"
# ---- what must be true of the curves in which something befalls servers

# of TIER AWK - a condition of the rounds of a tier: it holds in all of them.
of() { awk -F, -v tier="$1" '$2 == tier && !('"$2"') { print; bad = 1 } END { exit bad }' "$root/w/csv"; }
# fact NAME - a number of the document.
fact() { grep -o "\"$1\":[0-9]*" "$out" | cut -d: -f2; }

# All of a tier die: given up after 60 s, replaced at once, by as many as there were, and then never fewer than min.
expect 'all dead' 0 simulate samples/scaling/all-dead.load
check 'for a while none serves' grep -q '^28830,web,.*,0$' "$root/w/csv"
check 'two rounds after the delay all do' of web '$1 < 28950 || ($8 >= 2 && $8 * 0.75 >= $7)'
check 'so it is with the other tier' of app '($1 > 57600 && $1 < 57750) || $1 < 300 || ($8 >= 2 && $8 * 0.75 >= $7)'
check 'and none is refused before and after' of web '($1 > 28800 && $1 < 28950) || $1 < 300 || $8 >= $7'

# A split that is over before the delay ends nobody; after a longer one those that were silent are replaced, once.
expect 'a split' 0 simulate samples/scaling/split.load
check 'those that are silent do not serve' grep -q '^21630,web,8,.*,4$' "$root/w/csv"
check 'but do again' of web '$1 < 21660 || $1 > 43200 || ($3 == 8 && $8 == 8)'
check 'the others are replaced' of web '$1 < 43320 || $8 == 8'
check 'four and two, and no other' grep -q ' started, 6 ended$' "$out"

# Servers that start slowly are slower to scale, and more is refused; the times are of the seed.
json() { "$bin/provision" --load "$2" --csv "$root/w/csv" --seed "$1" --json simulate samples/scaling/three-tiers.ini; }
expect 'a slow start' 0 json 7 samples/scaling/slow-start.load
slow_s=$(fact seconds_to_scale) slow=$(fact server_seconds_refused)
cp "$root/w/csv" "$root/w/first"
check_not 'they are there before they serve' of web '$3 <= $8 + 5'
expect 'again' 0 json 7 samples/scaling/slow-start.load
check 'it is the same' cmp -s "$root/w/csv" "$root/w/first"
expect 'by another seed' 0 json 8 samples/scaling/slow-start.load
check_not 'it is not' cmp -s "$root/w/csv" "$root/w/first"
grep -v ' start ' samples/scaling/slow-start.load >"$root/w/quick.load"
expect 'without it' 0 json 7 "$root/w/quick.load"
check 'it takes less time' [ "$(fact seconds_to_scale)" -lt "$slow_s" ]
check 'and less is refused' [ "$(fact server_seconds_refused)" -lt "$slow" ]
check 'but some is' [ "$(fact server_seconds_refused)" -gt 0 ]

expect 'without a load' 1 "$bin/provision" simulate samples/scaling/three-tiers.ini
echo '0 no-tier 1' >"$root/w/bad.load"
expect 'a load of no tier' 65 simulate "$root/w/bad.load"
says 'it is named' 'line 1: there is no \[tier no-tier\]'
check_not 'no state is left' test -e provision.state
