#!/bin/sh
# SPDX-License-Identifier: MIT
# width - no line of C is over 100 columns, comments included, which clang-format leaves as they are.
. "$(dirname -- "$0")/common"

verdict "$(files '\.[ch]$' | while IFS= read -r file; do
	expand "$file" | awk -v file="$file" 'length > 100 { print file ":" FNR ": over 100 columns" }'
done)"
