#!/bin/sh
# SPDX-License-Identifier: MIT
# man - the manual pages are clean mdoc.
. "$(dirname -- "$0")/common"

files '^man/.*\.[1-8]$' | each mandoc -Tlint -W warning
