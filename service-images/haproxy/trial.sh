# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=www-data

cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$port"
}
