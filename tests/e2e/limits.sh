#!/bin/sh
# SPDX-License-Identifier: MIT
# limits.sh - the limits of an image: their defaults, their numbers in agent.cfg, and what is said.
. "$(dirname "$0")/lib.sh"

user=www-data
is_root || user=$(id -un)
mkdir -p "$root/i/bin" "$root/i/www/deep/er"
echo page >"$root/i/www/deep/er/page"
head -c 33000000 /dev/zero | tr '\0' 'a' >"$root/i/www/log"
(cd "$root/i" && zip -q -r "$root/image.zip" .)

install() { "$bin/installService" "$@" a1 c001 "$user" "$root/image.zip"; }
# limited SETTING NUMBER - refused by this limit alone, with its name and nothing left.
limited() {
	printf '[images]\n%s = %s\n' "$1" "$2" >"$ENSTRATUS_HOME/cfg/agent.cfg"
	expect "$1" 65 install
	one_line "$1"
	says "$1" "more than $2 .*\($1\)"
	check_not "$1: nothing is left" test -e "$services/a1"
	check_not "$1: no stage" test -e "$services/.enstratus/.stage"
}

limited max-bytes 32999999
limited max-entry-bytes 32999999
limited max-entries 3
limited max-name 7
limited max-depth 3
says "a limit names the entry" "entry 'www/deep/er/page'"

for bad in 0 -1 x 1e6 ''; do
	printf '[images]\nmax-bytes=%s\n' "$bad" >"$ENSTRATUS_HOME/cfg/agent.cfg"
	expect "max-bytes=$bad" 65 install
	says "max-bytes=$bad" 'agent\.cfg.*max-bytes'
done

printf '[images]\nmax-bytes = 33000005\nmax-depth = 4\n' >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect "exactly at the limit" 0 install --dry-run
rm "$ENSTRATUS_HOME/cfg/agent.cfg"
expect "an honest log, a thousand times as large as its archive" 0 install
same "it is all there" 33000000 "$(wc -c <"$services/a1/www/log")"
