#!/bin/sh
# SPDX-License-Identifier: MIT
# layers - a module includes only modules before it, and a library has one .c file that includes it.
. "$(dirname -- "$0")/common"

order=$(make -s print-modules)
# shellcheck disable=SC2016 # awk's own variables
found=$(files '^(lib|agent-bin)/.*\.[ch]$' | each awk -v order="$order" '
BEGIN {
	n = split(order, module, " ")
	for (i = 1; i <= n; i++)
		place[module[i]] = i
	n = split("archive archive_entry bzlib curl dbus igzip_lib ini isa-l jansson libdeflate lzma " \
		"openssl sodium syslog systemd zip zipconf zlib zstd", library, " ")
	for (i = 1; i <= n; i++)
		alone[library[i]] = 1
}
FNR == 1 {
	self = FILENAME
	is_module = sub("^lib/", "", self) && sub("[.][ch]$", "", self)
	if (is_module && !(self in place))
		print FILENAME ": not a module of make print-modules"
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	used = part[2]
	if (!sub("[.]h$", "", used) || !(used in place))
		print FILENAME ":" FNR ": \"" part[2] "\" is no room/module.h"
	else if (is_module && place[used] > place[self])
		print FILENAME ":" FNR ": " used " comes after " self " in make print-modules"
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, part, "[<>]")
	used = part[2]
	sub("([.]h|/.*)$", "", used)
	if (!(used in alone))
		next
	if (FILENAME ~ /h$/)
		print FILENAME ":" FNR ": <" part[2] "> in a header of ours"
	else if (used in owner && owner[used] != FILENAME)
		print FILENAME ":" FNR ": <" part[2] "> belongs to " owner[used]
	else
		owner[used] = FILENAME
}')
verdict "$found"
