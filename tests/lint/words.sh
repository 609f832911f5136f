#!/bin/sh
# SPDX-License-Identifier: MIT
# words - no reminders, no trailing blanks, no path of somebody's machine.
. "$(dirname -- "$0")/common"

# A path that follows a variable or a word is beneath it: "$scratch"/home/x is fine.
absolute='(?<![\w.})-])(?<![\w})]["'\''])'
paths="$absolute(/w[o]rk/|/r[o]ot/|/home/(?!USER_ID\b)\w)"

# seek RULE GREP-OPTION... - file, line and rule of each match.
seek() {
	rule=$1
	shift
	files . | LC_ALL=C each grep -HnI "$@" 2>&1 | sed "s|\$| [$rule]|"
}

found=$(
	seek 'a reminder' -wE 'T[O]DO|F[I]XME|X[X]X'
	seek 'trailing blanks' '[[:blank:]]$'
	seek 'path of a machine' -P "$paths"
)
verdict "$found"
