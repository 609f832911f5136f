# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=mysql

cfg() {
	printf '%s\n' '[enstratus]' "port.1.privatePort=$port" serviceKeys=admin serviceKey.admin.user=root \
		"serviceKey.admin.password=$password" '[custom]' listen=127.0.0.1
}

# says PASSWORD - what the administrator is answered to the SQL on standard input; the password is in a file.
says() {
	(umask 077 && printf '[client]\nuser=root\npassword="%s"\n' "$(quoted "$1")" >"$tmp/client.cnf")
	(cd "$svc/run" && mariadb --defaults-file="$tmp/client.cnf" --default-character-set=utf8mb4 -S mariadb.sock -N -B 2>&1)
}
enters() { [ "$(echo 'SELECT 1' | says "$1")" = 1 ]; }
store() { echo "CREATE DATABASE trial; CREATE TABLE trial.t SELECT '$1' AS word;" | says "$password"; }
stored() { [ "$(echo 'SELECT word FROM trial.t' | says "$password")" = "$1" ]; }
