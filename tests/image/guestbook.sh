#!/bin/sh
# SPDX-License-Identifier: MIT
# guestbook.sh - the guestbook image beyond the trial: its votes, by the agent's scaleCheck, and a
# database that is away.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2034,SC2119,SC2154
. "$(dirname -- "$0")/lib.sh"
. "$top/service-images/guestbook/trial.sh"
password='a b'
begin
install guestbook
free_port
cfg slowMs=2000 quickMs=1000 | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start

cp "$programs/scaleCheck" "$tmp/bin"
mkdir -p "$tmp/agent/custom/bin"
ln -s "$svc/bin/scaleCheck" "$tmp/agent/custom/bin/scaleCheck"
vote() {
	env "ENSTRATUS_HOME=$tmp/agent" "ENSTRATUS_SERVICES_DIR=$services" "ENSTRATUS_TMP_DIR=$tmp/agent/tmp" \
		"ENSTRATUS_RUN_DIR=$tmp/agent/run" "$tmp/bin/scaleCheck" 2>>"$tmp/all"
}
answered() { [ "$(grep -c "$1" "$svc/log/times.log")" -ge "$2" ]; }
yes 'check' hook check
is 'with no visitor' '-1 0' "$(vote) $(wc -l <"$svc/log/times.log")"
# What a visitor waits for is a table that somebody else has locked.
mkfifo "$tmp/say"
sql <"$tmp/say" >"$tmp/said" &
exec 7>"$tmp/say"
stored Oolong
echo 'LOCK TABLES book.guestbook WRITE; SELECT 1;' >&7
yes 'the table is locked' within 60 test -s "$tmp/said"
page >"$tmp/late" &
asking=$!
waits() { [ "$(echo "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'guest' AND TIME_MS > 2500" | sql)" = 1 ]; }
yes 'a visitor waits' within 60 waits
exec 7>&-
wait "$asking"
yes 'and is answered' within 60 answered ' 200 GET' 2
is 'then one more is wanted' 1 "$(vote)"
sed -i "s/^[0-9]*/$(($(date +%s) - 61))/" "$svc/log/times.log"
is 'but not for long' -1 "$(vote)"
echo "$(date +%s) 1500000 200 GET" >>"$svc/log/times.log"
is 'what is neither slow nor quick holds' 0 "$(vote)"

for bad in slowMs=x quickMs=0 slowMs=50; do
	cfg "$bad" | configure
	is "$bad is refused" '1 1' "$? $(grep -c 'Ms: ' "$tmp/out")"
done
kill "$(cat "$tmp/db/pid")"
away() { hook check; grep -qx 'DOWN: the database does not answer' "$tmp/out"; }
yes 'without the database' within 60 away
yes 'stop' hook stop
