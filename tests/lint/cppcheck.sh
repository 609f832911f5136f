#!/bin/sh
# SPDX-License-Identifier: MIT
# cppcheck - no defect that cppcheck can see.
. "$(dirname -- "$0")/common"

# It knows the C library by a table of its own; system headers only slow it down.
files '^(lib|agent-bin)/.*\.c$' | each cppcheck -q --enable=warning,portability,performance \
	--std=c11 -I lib --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1
