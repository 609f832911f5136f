#!/bin/sh
# SPDX-License-Identifier: MIT
# haproxy.sh - the haproxy image beyond the trial: reloaded, with a part of its file that is startProxy's.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=www-data
. "$(dirname -- "$0")/lib.sh"

install haproxy
free_port
health=$port
cfg() { printf '%s\n' '[enstratus]' "port.1.privatePort=$health" '[custom]' "$@"; }
answers() { [ "$(curl -q -s -m 5 --noproxy '*' "http://127.0.0.1:$1$2")" = "$3" ]; }

cfg | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
master=$(cat "$svc/run/haproxy.pid")

# ---- the part of startProxy

mkdir "$tmp/www"
echo node >"$tmp/www/index.html"
free_port
node=$port
(cd "$tmp/www" && exec python3 -m http.server "$node" --bind 127.0.0.1 >/dev/null 2>&1) &
yes 'a server behind it' within 60 answers "$node" / node
free_port
public=$port
printf '# BEGIN enstratus-agent\nfrontend a\n\tbind 127.0.0.1:%s\n\tdefault_backend b\nbackend b\n\tserver n 127.0.0.1:%s\n# END enstratus-agent\n' \
	"$public" "$node" >>"$svc/cfg/haproxy.cfg"
yes 'start, changed' hook start
is 'is a reload' "$master" "$(cat "$svc/run/haproxy.pid")"
yes 'that part is served' within 60 answers "$public" / node
cfg maxConnections=100 | configure
is 'configure again' '0 ' "$? $(cat "$tmp/out")"
is 'keeps that part' 1 "$(grep -c "bind 127.0.0.1:$public" "$svc/cfg/haproxy.cfg")"
# Under load nothing is lost.
(
	while [ ! -e "$tmp/enough" ]; do
		curl -q -s -m 5 --noproxy '*' -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$public/"
	done >"$tmp/codes"
) &
asking=$!
for connections in 200 300 400; do
	cfg maxConnections=$connections | configure
	hook start || is "start with $connections" 0 1
done
many() { [ "$(wc -l <"$tmp/codes")" -gt 100 ]; }
within 60 many
: >"$tmp/enough"
wait "$asking"
is 'under load every answer is one' '200 ' "$(sort -u "$tmp/codes" | tr '\n' ' ')"

# ---- what is refused

before=$(files)
for bad in 0 65536 x; do
	cfg | sed "s/privatePort=.*/privatePort=$bad/" | configure
	is "port $bad is refused" '1 1' "$? $(grep -c 'port.1.privatePort: not a port number' "$tmp/out")"
done
cfg maxConnections=many | configure
is 'maxConnections' '1 1' "$? $(grep -c 'maxConnections: not a number' "$tmp/out")"
cfg listen=here | configure
is 'listen' '1 1' "$? $(grep -c 'listen: not an IP address' "$tmp/out")"
is 'and no refusal has changed a file' "$before" "$(files)"
sed -i 's/default_backend b/default_backend nobody/' "$svc/cfg/haproxy.cfg"
cfg | configure
is 'what HAProxy refuses' '1 1' "$? $(grep -c 'HAProxy refuses the configuration: .*nobody' "$tmp/out")"
sed -i 's/default_backend nobody/default_backend b/' "$svc/cfg/haproxy.cfg"

# ---- killed, that part is still served

kill -s KILL "$master"
down() { hook check; grep -q '^DOWN: HAProxy is not running' "$tmp/out"; }
yes 'a killed master is seen by check' within 60 down
yes 'start after it' hook start
yes 'serves again' within 60 answers "$public" / node
yes 'stop' hook stop
is 'no process is left' '' "$(for p in $(processes); do grep haproxy "/proc/$p/comm"; done 2>/dev/null)"
