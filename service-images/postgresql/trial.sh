# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=postgres

cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$port" serviceKeys=admin "serviceKey.admin.password=$password" \
		'[custom]' listen=127.0.0.1
}

# says PASSWORD - what the administrator is answered to the SQL on standard input; the password is in a file.
says() {
	(umask 077 && printf '*:*:*:*:%s\n' "$(printf '%s\n' "$1" | sed 's/[\\:]/\\&/g')" >"$tmp/pass")
	PGPASSFILE=$tmp/pass psql -X -q -A -t -w -h 127.0.0.1 -p "$port" -U postgres postgres 2>&1
}
enters() { [ "$(echo 'SELECT 1' | says "$1")" = 1 ]; }
store() { echo "CREATE TABLE trial AS SELECT '$1' AS word" | says "$password"; }
stored() { [ "$(echo 'SELECT word FROM trial' | says "$password")" = "$1" ]; }
