# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.

cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$port" serviceKeys=hello "serviceKey.hello.password=$password" \
		'[custom]' listen=127.0.0.1
}

# The password goes by a pipe.
enters() {
	printf 'user = "hello:%s"\n' "$(quoted "$1")" |
		curl -q -s -f -m 20 --noproxy '*' -K - "http://127.0.0.1:$port/" | grep -qx 'Hello, world'
}
