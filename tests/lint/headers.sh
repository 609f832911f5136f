#!/bin/sh
# SPDX-License-Identifier: MIT
# headers - each header compiles alone, and twice.
. "$(dirname -- "$0")/common"

found=$(files '^(lib|tests)/.*\.h$' | while IFS= read -r header; do
	compile gcc -Wall -Wextra -Werror -fsyntax-only \
		-include "./$header" -include "./$header" -x c /dev/null 2>&1 ||
		echo "$header: does not compile alone"
done)
verdict "$found"
