#!/bin/sh
# SPDX-License-Identifier: MIT
# simulate.sh - the sample load curves, played through on hosts that are only thought of.
. "$(dirname "$0")/lib.sh"

PROVISION_BIN=$bin
export PROVISION_BIN
simulate() { "$bin/provision" --load "$1" --csv "$root/w/csv" --seed 7 simulate samples/scaling/three-tiers.ini; }
for curve in samples/scaling/*.load; do
	expect "$curve" 0 simulate "$curve"
	check "$curve: facts" grep -Eq '^[0-9]+ servers started, [0-9]+ ended$' "$out"
	same "$curve: rounds of a day, for three tiers" $((2880 * 3 + 1)) "$(wc -l <"$root/w/csv")"
	same "$curve: no tier is out of its bounds" '' "$(awk -F, '($2 == "web" && ($3 < 2 || $3 > 60)) || ($2 == "app" && ($3 < 2 || $3 > 40)) || ($2 == "db" && ($3 < 1 || $3 > 2))' "$root/w/csv" | head -n 1)"
done
# With a plot.
for curve in samples/scaling/*.load; do
	name=$(basename "$curve" .load)
	expect "$name" 0 samples/scaling/replay -o "$root/w" --simulate "$name"
	check "$name: the facts" grep -q 'to scale on average$' "$out"
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
expect 'without a load' 1 "$bin/provision" simulate samples/scaling/three-tiers.ini
echo '0 no-tier 1' >"$root/w/bad.load"
expect 'a load of no tier' 65 simulate "$root/w/bad.load"
says 'it is named' 'line 1: there is no \[tier no-tier\]'
check_not 'no state is left' test -e provision.state
