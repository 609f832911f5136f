# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.

cfg() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port" serviceKeys=site serviceKey.site.user=visitor \
		"serviceKey.site.password=$password" '[custom]' listen=127.0.0.1
}

# The password goes by a pipe.
enters() {
	[ "$(printf 'user = "visitor:%s"\n' "$(quoted "$1")" | curl -q -s -m 20 --noproxy '*' -K - -o "$tmp/page" \
		-w '%{http_code}' "http://127.0.0.1:$port/private/")" = 200 ]
}
