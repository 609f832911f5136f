#!/bin/sh
# SPDX-License-Identifier: MIT
# man - the manual pages are clean mdoc, and none is wider than a terminal of 80 columns.
. "$(dirname -- "$0")/common"

wide() {
	for page in "$@"; do
		mandoc -T ascii -O width=80 "$page" | sed "s/.\x08//g" |
			awk -v page="$page" 'length > 80 { print page ": over 80 columns:" $0; n++ } END { exit n > 0 }'
	done
}
pages=$(files '^man/.*\.[1-8]$')
# shellcheck disable=SC2086 # a list
printf '%s\n' "$pages" | each mandoc -Tlint -W warning && verdict "$(wide $pages)"
