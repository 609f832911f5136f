#!/bin/sh
# SPDX-License-Identifier: MIT
# packages - tests/packages is the one list: debian/control agrees with it, .ci/run installs by it.
. "$(dirname -- "$0")/common"

# group GROUP - its packages.
group() {
	awk -v g="$1" '{ sub(/#.*/, "") } $2 == g { print $1 }' tests/packages
}

# field NAME... - the packages in these fields of debian/control, "<!nocheck>" kept.
field() {
	for name in "$@"; do
		awk -v name="$name:" '/^[^ \t#]/ { on = $1 == name; sub(/^[^:]*:/, "") } on' debian/control
	done | tr '|' ',' | tr ',' '\n' | sed -e 's/([^)]*)//' -e 's/[[:blank:]]//g' -e '/^$/d' -e '/^\$/d'
}

# lacks WHAT HAVE WANT - a line for each word of WANT that is not one of HAVE.
lacks() {
	for word in $3; do
		printf '%s\n' "$2" | grep -Fqx -- "$word" || echo "$1 $word"
	done
}

list() {
	awk '{ sub(/#.*/, "") } NF == 0 { next }
		NF != 2 { print FILENAME ":" FNR ": not \"package group\""; next }
		$2 !~ /^(build|run|images|test|lint|bench)$/ { print FILENAME ":" FNR ": no group " $2 }
		$1 in seen { print FILENAME ":" FNR ": " $1 " is listed twice" }
		{ seen[$1] = 1 }' tests/packages
}

# gcc, make and libc6-dev are build-essential: Debian policy 4.2 wants them unnamed.
control() {
	have=$(field Build-Depends)
	want=$(
		echo debhelper-compat
		group build | grep -vxE 'gcc|make|libc6-dev'
		sed -n 's/^\([^ #]*\) test .*make unit.*/\1<!nocheck>/p' tests/packages
	)
	lacks 'debian/control: Build-Depends lacks' "$have" "$want"
	lacks 'tests/packages: groups build and test lack' "$want" "$have"
	lacks 'debian/control: Depends, Recommends and Suggests lack' \
		"$(field Depends Recommends Suggests)" "$(group run)"
}

ci() {
	grep -q 'tests/setup' .ci/run || echo '.ci/run: does not use tests/setup'
	grep -n 'apt' .ci/run | sed 's|^|.ci/run: installs by itself: line |'
}

found=$(list; control; ci)
verdict "$found"
