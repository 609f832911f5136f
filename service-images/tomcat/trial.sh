# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.

cfg() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port" serviceKeys=board serviceKey.board.user=editor \
		"serviceKey.board.password=$password" '[custom]' listen=127.0.0.1
}

# writes PASSWORD WORD - which goes by a pipe.
writes() {
	printf 'user = "editor:%s"\n' "$(quoted "$1")" |
		curl -q -s -f -m 20 --noproxy '*' -K - --data-urlencode "word=$2" "http://127.0.0.1:$port/write/" | grep -qx written
}
enters() { writes "$1" ''; }
store() { writes "$password" "$1 & <tea>"; }
stored() { curl -q -s -f -m 20 --noproxy '*' "http://127.0.0.1:$port/" | grep -qF "<li>$1 &amp; &lt;tea>"; }
