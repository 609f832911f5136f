#!/bin/sh
# SPDX-License-Identifier: MIT
# pairs - a module has its test, a program its page, a page its program, a file its licence, and a
# script its mode.
. "$(dirname -- "$0")/common"

programs=$(make -s print-programs)
modules=$(make -s print-modules)

tests_and_pages() {
	for module in $modules; do
		test=tests/unit/${module%/*}/test_${module#*/}.c
		[ -f "$test" ] || echo "lib/$module.c: has no $test"
	done
	for program in $programs; do
		[ -f "man/$program.1" ] || [ -f "man/$program.8" ] ||
			echo "agent-bin/$program.c: has no man/$program.1 or .8"
	done
}

pages() {
	files '^man/' | while IFS= read -r page; do
		name=${page#man/}
		case $name in
		*.[57]) continue ;;
		*.[18]) ;;
		*) echo "$page: not a page of section 1, 5, 7 or 8" ;;
		esac
		case " $(echo "$programs" | tr '\n' ' ') " in
		*" ${name%.*} "*) ;;
		*) echo "$page: no such program" ;;
		esac
	done
}

mains() {
	files '^agent-bin/.*\.c$' | each awk '
		FNR == 61 { print FILENAME ": more than 60 lines"; nextfile }'
}

# shellcheck disable=SC2016 # awk's own variables
licences() {
	files . | each awk '
		FNR == 1 && /^#!/ { next }
		FILENAME ~ /(\.[ch]|\.sh|\.mk|(^|\/)Makefile)$/ || FNR == 2 {
			if ($0 !~ /^(\/\*|#) SPDX-License-Identifier: /)
				print FILENAME ":" FNR ": no SPDX-License-Identifier"
		}
		{ nextfile }'
}

# What is only read by others, as lib.sh, has no such line.
executables() {
	files . | each awk 'FNR == 1 && /^#!/ { print FILENAME } { nextfile }' |
		while IFS= read -r file; do
			[ -x "$file" ] || echo "$file: has a '#!' line and is not executable"
		done
}

found=$(tests_and_pages; pages; mains; licences; executables)
verdict "$found"
