#!/bin/sh
# SPDX-License-Identifier: MIT
# banned - no object calls a function that cannot be used safely.
. "$(dirname -- "$0")/common"

# getenv: the agent may run with more rights than its caller; secure_getenv knows.
banned='strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|gets|getwd|alloca|atoi|atol|atoll|atof'
banned="$banned|system|popen|mktemp|tmpnam|tempnam|getenv"

object=$(mktemp)
trap 'rm -f "$object"' EXIT

# -O0 -fno-builtin: an optimizing gcc replaces some of the calls, atoi by strtol.
found=$(files '^(lib|agent-bin)/.*\.c$' | while IFS= read -r source; do
	if ! compile gcc -O0 -fno-builtin -U_FORTIFY_SOURCE -Werror=alloca \
		-c -o "$object" "$source" 2>&1; then
		echo "$source: does not compile"
		continue
	fi
	nm -u "$object" | awk -v banned="^($banned)$" -v source="$source" \
		'$2 ~ banned { print source ": calls " $2 }'
done)
verdict "$found"
