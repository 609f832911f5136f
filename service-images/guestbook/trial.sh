# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# trial.sh - what tests/image/trial has to know of this image; pack leaves it out.
account=www-data

begin() {
	make_database
	free_port
	db=$port
	start_database "$db"
	echo "CREATE DATABASE book; CREATE USER guest@'127.0.0.1'; GRANT ALL ON book.* TO guest@'127.0.0.1';" | sql
	change "$password"
}

change() {
	printf 'ALTER USER guest@"127.0.0.1" IDENTIFIED BY "%s";\n' "$(quoted "$1")" | sql
}

cfg() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port" dependencies=DATA_SOURCE-1 \
		dependency.DATA_SOURCE-1.dependencyType=DATA_SOURCE dependency.DATA_SOURCE-1.dependencyName=book \
		"dependency.DATA_SOURCE-1.writeHosts=127.0.0.1:$db" dependency.DATA_SOURCE-1.user=guest \
		"dependency.DATA_SOURCE-1.password=$password" '[custom]' listen=127.0.0.1 "$@"
}

page() { curl -q -s -f -m 20 --noproxy '*' "$@" "http://127.0.0.1:$port/"; }
store() { page --data-urlencode guest=Ann --data-urlencode "words=$1 & <tea>"; }
stored() { page | grep -qF "<b>Ann</b>: $1 &amp; &lt;tea&gt;"; }
