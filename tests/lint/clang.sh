#!/bin/sh
# SPDX-License-Identifier: MIT
# clang - a second compiler has nothing to say either.
. "$(dirname -- "$0")/common"

found=$(files '^(lib|agent-bin|tests)/.*\.c$' | while IFS= read -r source; do
	compile clang -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
		-Wformat=2 -Werror -fsyntax-only "$source" 2>&1 ||
		echo "$source: clang refuses it"
done)
verdict "$found"
