#!/bin/sh
# SPDX-License-Identifier: MIT
# size - no file of the library is over 400 lines, no function over 50, and none has more than 6
# parameters.
. "$(dirname -- "$0")/common"

# A system call has its number and six arguments.
allowed='^kernel_call$'

# A definition begins with its name in the first column, its body with a brace there.
# shellcheck disable=SC2016 # $0 is awk's
sizes='
FNR == 1 { head = "" }
FNR == 401 { print FILENAME ": over 400 lines" }
/^[a-z_A-Z0-9]+\(/ { head = ""; name = $0; sub(/\(.*/, "", name) }
/^[a-z_A-Z0-9]+\(/ || head != "" { head = head $0 }
/;$/ { head = "" }
/^\{/ && head != "" {
	depth = 0; n = 1
	for (i = 1; i <= length(head); i++) {
		c = substr(head, i, 1)
		depth += (c == "(") - (c == ")")
		n += c == "," && depth == 1
	}
	if (n > 6 && name !~ allowed)
		print FILENAME ":" FNR ": " name " has " n " parameters"
	begun = FNR; head = ""
}
/^\}/ && begun {
	if (FNR - begun - 1 > 50)
		print FILENAME ":" begun ": " name " has " FNR - begun - 1 " lines"
	begun = 0
}'
verdict "$(files '^(lib|agent-bin)/.*\.[ch]$' | each awk -v allowed="$allowed" "$sizes")"
