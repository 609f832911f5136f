#!/bin/sh
# SPDX-License-Identifier: MIT
# man.sh - the manual pages and --help say the same.
. "$(dirname "$0")/lib.sh"

# one_blank - text on stdin as one line, runs of white space as one blank.
one_blank() { tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'; }
# rendered PAGE - as text, without overstrikes, on lines that do not break.
rendered() { mandoc -T ascii -O width=500 "$1" | sed "s/.$(printf '\b')//g"; }

for program in $(find "$bin" -type f -perm -u+x -exec basename {} \; | sort); do
	page=man/$program.1
	: >"$out" 2>"$err"
	if [ ! -f "$page" ]; then
		fail "$program has no page"
		continue
	fi
	rendered "$page" >"$root/w/page"
	"$bin/$program" --help >"$root/w/help"
	synopsis=$(sed -n '/^SYNOPSIS/,/^[A-Z]/p' "$root/w/page" | grep -v '^[A-Z]' | one_blank)
	same "$program: SYNOPSIS and --help" "$(head -n 1 "$root/w/help" | one_blank)" "$synopsis"
	sed '1,/^SYNOPSIS/d' "$root/w/page" | sed '1,/^[A-Z]/d' >"$root/w/text"
	for option in $(head -n 1 "$root/w/help" | grep -o -e '--[a-z-]*'); do
		check "$program: the page explains $option" grep -q -e "$option" "$root/w/text"
	done
	check "$program: the page has an EXIT STATUS" grep -q '^EXIT STATUS' "$root/w/page"
	status=0
	mandoc -T lint -W warning "$page" >"$out" 2>&1 || status=$?
	same "$program: mandoc finds nothing" 0 "$status"
done
for page in man/*.1; do
	check "$page is of a program" test -x "$bin/$(basename "$page" .1)"
done
