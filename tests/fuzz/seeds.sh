#!/bin/sh
# SPDX-License-Identifier: MIT
# seeds.sh - every fuzz target on each of its seeds, as the tests build it.
set -u
cd "$(dirname -- "$0")/../.." || exit 1
BUILD=${BUILD:-build}
n_passed=0 n_failed=0
work=$(mktemp -d) || exit 1
log=$work/log
trap 'rm -rf "$work"' EXIT
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
	# Those that were found: in one process, which says which file it is at.
	[ -e "tests/fuzz/seeds/$name.tgz" ] || continue
	mkdir "$work/$name" && tar -C "$work/$name" -xzf "tests/fuzz/seeds/$name.tgz" || exit 1
	if find "$work/$name" -type f | sort | xargs "$BUILD/tests/seeds_$name" >"$log" 2>&1; then
		n_passed=$((n_passed + $(grep -c "^$work/$name/" "$log")))
	else
		n_failed=$((n_failed + 1))
		echo "FAILED $name: one of tests/fuzz/seeds/$name.tgz"
		tail -n 20 "$log" | sed 's/^/    /'
	fi
done
echo "$n_passed passed, $n_failed failed"
[ $n_failed = 0 ] && [ $n_passed -gt 0 ]
