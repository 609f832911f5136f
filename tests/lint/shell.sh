#!/bin/sh
# SPDX-License-Identifier: MIT
# shell - every shell script passes shellcheck: the project's, and the hooks of service images.
. "$(dirname -- "$0")/common"

files . | each awk '
	FNR == 1 && (/^#!.*[\/ ](ba|da)?sh( |$)/ || FILENAME ~ /\.sh$/) || /^# shellcheck shell=/ {
		print FILENAME
		nextfile
	}
	FNR == 3 { nextfile }' | each shellcheck -x -P SCRIPTDIR
