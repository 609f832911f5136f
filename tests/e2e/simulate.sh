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

# A database whose host dies again and again is replaced less and less often, and not for ever.
recovered() {
	sed "s/^recovery-delay.*/&\nrecovery-limit = $1/" samples/scaling/three-tiers.ini >"$root/w/limit.ini"
	run "$bin/provision" --load samples/scaling/flapping.load --seed 7 simulate "$root/w/limit.ini"
	read -r n_recovered _ _ n_delayed _ <<-END
		$(grep 'recovered' "$out")
	END
}
recovered 0
freely=$n_recovered
same 'without a limit none is delayed' 0 "$n_delayed"
recovered 3
check "flapping is damped: $n_recovered of $freely, $n_delayed delayed" test "$n_recovered" -gt 3 -a "$n_recovered" -lt $((freely / 2)) -a "$n_delayed" -gt 3

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

# of TIER CONDITION - it holds in all rounds of a tier; t, servers, load and serving are the round's.
of() { awk -F, -v tier="$1" '{ t = $1; servers = $3; load = $7; serving = $8 } $2 == tier && !('"$2"') { print; bad = 1 } END { exit bad }' "$root/w/csv"; }
# fact NAME - a number of the document.
fact() { grep -o "\"$1\":[0-9]*" "$out" | cut -d: -f2; }

# All of a tier die: given up after 60 s, replaced at once, by as many as there were, and then never fewer than min.
expect 'all dead' 0 simulate samples/scaling/all-dead.load
check 'for a while none serves' grep -q '^28830,web,.*,0$' "$root/w/csv"
check 'two rounds after the delay all do' of web 't < 28950 || (serving >= 2 && serving * 0.75 >= load)'
check 'so it is with the other tier' of app '(t > 57600 && t < 57750) || t < 300 || (serving >= 2 && serving * 0.75 >= load)'
check 'and none is refused before and after' of web '(t > 28800 && t < 28950) || t < 300 || serving >= load'

# A split that is over before the delay ends nobody; after a longer one those that were silent are replaced, once.
expect 'a split' 0 simulate samples/scaling/split.load
check 'those that are silent do not serve' grep -q '^21630,web,8,.*,4$' "$root/w/csv"
check 'but do again' of web 't < 21660 || t > 43200 || (servers == 8 && serving == 8)'
check 'the others are replaced' of web 't < 43320 || serving == 8'
check 'four and two, and no other' grep -q ' started, 6 ended$' "$out"

# Servers that start slowly are slower to scale, and more is refused; the times are of the seed.
json() { "$bin/provision" --load "$2" --csv "$root/w/csv" --seed "$1" --json simulate samples/scaling/three-tiers.ini; }
expect 'a slow start' 0 json 7 samples/scaling/slow-start.load
slow_s=$(fact seconds_to_scale) slow=$(fact server_seconds_refused)
cp "$root/w/csv" "$root/w/first"
idle() { awk -F, '$2 == "web" && $3 > $8 + 5' "$root/w/csv"; }
check_not 'they are there before they serve' [ -z "$(idle)" ]
expect 'again' 0 json 7 samples/scaling/slow-start.load
check 'it is the same' cmp -s "$root/w/csv" "$root/w/first"
expect 'by another seed' 0 json 8 samples/scaling/slow-start.load
check_not 'it is not' cmp -s "$root/w/csv" "$root/w/first"
grep -v ' start ' samples/scaling/slow-start.load >"$root/w/quick.load"
expect 'without it' 0 json 7 "$root/w/quick.load"
check 'it takes less time' [ "$(fact seconds_to_scale)" -lt "$slow_s" ]
check 'and less is refused' [ "$(fact server_seconds_refused)" -lt "$slow" ]
check 'but some is' [ "$(fact server_seconds_refused)" -gt 0 ]

# ---- the same load for several values of a number

sweep() { "$bin/provision" --load samples/scaling/slow-start.load --csv "$root/w/sweep.csv" --sweep "$@" simulate samples/scaling/three-tiers.ini; }
expect 'a sweep' 0 sweep web.min=2,10,40
same 'a row for each value' '2 10 40' "$(awk 'NR > 1 { print $1 }' "$out" | tr '\n' ' ' | sed 's/ $//')"
dearer_and_better() { awk -F, 'NR > 2 && !($2 > cost && $3 < refused) { bad = 1 } { cost = $2; refused = $3 } END { exit bad || NR != 4 }' "$root/w/sweep.csv"; }
check 'more servers cost more, and refuse less' dearer_and_better
for kind in svg png; do
	expect "its plot, $kind" 0 gnuplot -e "csv='$root/w/sweep.csv'; out='$root/w/sweep.$kind'; kind='$kind'" samples/scaling/sweep.gnuplot
done
check 'the plot is a picture' is_png "$root/w/sweep.png"
check 'and a drawing, with each value' has_all "$root/w/sweep.svg" 'web.min' '>2<' '>10<' '>40<'
expect 'the value of today' 0 sweep upper=75 --json --seed 7
same 'is as without a sweep' "$slow" "$(fact server_seconds_refused)"
expect 'a key that is none' 1 sweep max-servers=1
one_line 'a key that is none'
says 'it is named, and all others' "'max-servers' is none of recovery-delay, .*min, max, breach-increment, vote-interval, .*upper, lower"
expect 'values of which one cannot be' 1 sweep db.min=1,5
says 'it is named too' 'db.min=5: min of \[tier db\] is above its max'
check 'before any is played' [ ! -s "$out" ]

expect 'without a load' 1 "$bin/provision" simulate samples/scaling/three-tiers.ini
echo '0 no-tier 1' >"$root/w/bad.load"
expect 'a load of no tier' 65 simulate "$root/w/bad.load"
says 'it is named' 'line 1: there is no \[tier no-tier\]'
check_not 'no state is left' test -e provision.state
