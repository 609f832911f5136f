# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=www-data

begin() { begin_source book guest; }
change() { change_source guest "$1"; }

cfg() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port"
	source_keys book guest
	printf '%s\n' '[custom]' listen=127.0.0.1 "$@"
}

page() { curl -q -s -f -m 20 --noproxy '*' "$@" "http://127.0.0.1:$port/"; }
store() { page --data-urlencode guest=Ann --data-urlencode "words=$1 & <tea>"; }
stored() { page | grep -qF "<b>Ann</b>: $1 &amp; &lt;tea&gt;"; }
