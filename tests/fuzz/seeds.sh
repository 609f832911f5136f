#!/bin/sh
# SPDX-License-Identifier: MIT
# seeds.sh - every fuzz target on each of its seeds, as the tests build it.
set -u
cd "$(dirname -- "$0")/../.." || exit 1
BUILD=${BUILD:-build}
n_passed=0 n_failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM

for target in tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	for seed in tests/fuzz/seeds/"$name"/*; do
		if "$BUILD/tests/seeds_$name" "$seed" >"$log" 2>&1; then
			n_passed=$((n_passed + 1))
		else
			n_failed=$((n_failed + 1))
			echo "FAILED $name: $seed"
			tail -n 20 "$log" | sed 's/^/    /'
		fi
	done
done
echo "$n_passed passed, $n_failed failed"
[ $n_failed = 0 ] && [ $n_passed -gt 0 ]
