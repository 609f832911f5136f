# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=www-data

begin() { begin_source blog blog; }
change() { change_source blog "$1"; }

cfg() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port"
	source_keys blog blog
	printf '%s\n' '[custom]' listen=127.0.0.1
}

# A picture, as if uploaded.
store() { echo "$1" >"$svc/uploads/word.txt"; }
stored() { [ "$(curl -q -s -m 20 --noproxy '*' "http://127.0.0.1:$port/wp-content/uploads/word.txt")" = "$1" ]; }
