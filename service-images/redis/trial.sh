# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=redis

cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$port" serviceKeys=redis "serviceKey.redis.password=$password" \
		'[custom]' listen=127.0.0.1
}

# says PASSWORD COMMAND - what a client is answered; the password goes by a pipe.
says() {
	printf 'AUTH "%s"\n%s\n' "$(quoted "$1")" "$2" | redis-cli -p "$port" 2>&1 | grep . | tail -n 1
}
enters() { [ "$(says "$1" PING)" = PONG ]; }
store() { [ "$(says "$password" "SET word $1")" = OK ]; }
stored() { [ "$(says "$password" 'GET word')" = "$1" ]; }
