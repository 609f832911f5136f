#!/bin/sh
# SPDX-License-Identifier: MIT
# proxy.sh - nodes come into a real HAProxy and a real nginx and go, without a lost request.
# shellcheck disable=SC2154 # node N sets $node_N
. "$(dirname "$0")/lib.sh"

at_exit 'kill_left'
b=$root/balancer
mkdir -p "$b"
cfg=$ENSTRATUS_HOME/cfg/agent.cfg
user=www-data
is_root || user=$(id -un)
[ "$user" != www-data ] || chown www-data "$b"

# ---- two servers, which say who they are

# node N - at a port of its own, which becomes $node_N
node() {
	mkdir -p "$root/node$1"
	echo "node$1" >"$root/node$1/index.html"
	free_port
	eval "node_$1=$port"
	(cd "$root/node$1" && exec python3 -m http.server "$port" --bind 127.0.0.1 >/dev/null 2>&1) &
	wait_until 60 curl -q -s -o /dev/null --noproxy '*' "http://127.0.0.1:$port/"
}
node 1
node 2

# A server that answers when it is let: it makes "asked", and waits for "let".
free_port
slow=$port
mkdir "$root/slow"
(cd "$root/slow" && exec python3 - "$slow" >/dev/null 2>&1 <<'END') &
import http.server, os, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open("asked", "w").close()
        while not os.path.exists("let"):
            time.sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END

# get NAME [OPTION...] - what the balancer answers for that name; its status in $code
get() {
	name=$1
	shift
	curl -q -s -m 5 --noproxy '*' -o "$root/w/page" -w '%{http_code}' -H "Host: $name" "$@" "http://127.0.0.1:$public/" >"$root/w/code"
	code=$(cat "$root/w/code")
	[ "$code" = 200 ] && cat "$root/w/page"
}
answers() { [ "$(get "$@")" != '' ]; }
silent() { get "$1" >/dev/null; [ "$code" = 000 ] || [ "$code" = 503 ]; }
# both - in some of the next answers each is seen
both() {
	seen=$(for _ in 1 2 3 4 5 6 7 8; do get www.example.com; done | sort -u | tr '\n' ' ')
	[ "$seen" = 'node1 node2 ' ]
}
sum() { cksum <"$config"; }
changed() { [ "$(sum)" != "$was" ]; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=www.example.com \
	-addext subjectAltName=DNS:www.example.com -keyout "$root/w/tls.key" -out "$root/w/tls.cert" 2>/dev/null

# try KIND - the same with either; $config is the file, start_KIND starts it
try() {
	kind=$1
	free_port
	public=$port
	free_port
	secure=$port
	local=127.0.0.1:$public
	expect "$kind: a node" 0 "$bin/startProxy" web www.example.com example.com,w.example.com "$local" 127.0.0.1 "$node_1"
	check "$kind: answers for its name" wait_until 60 answers www.example.com
	same "$kind: by that node" node1 "$(get www.example.com)"
	same "$kind: for another of its names, in any letters" node1 "$(get W.Example.COM)"
	same "$kind: and with a port behind it" node1 "$(get "example.com:$public")"
	get example.com.org
	same "$kind: for no name that only begins so" 503 "$code"
	get xexample.com
	same "$kind: or ends so" 503 "$code"

	was=$(sum)
	expect "$kind: the same node again" 0 "$bin/startProxy" web www.example.com example.com,w.example.com "$local" 127.0.0.1 "$node_1"
	same "$kind: changes nothing" "$was" "$(sum)"
	expect "$kind: another node" 0 "$bin/startProxy" web www.example.com example.com,w.example.com "$local" 127.0.0.1 "$node_2"
	check "$kind: both serve" wait_until 60 both

	# Under load nothing is lost: a client asks all the time while nodes come and go.
	: >"$root/w/codes"
	(
		while [ ! -e "$root/w/enough" ]; do
			curl -q -s -m 5 --noproxy '*' -o /dev/null -w '%{http_code}\n' -H 'Host: www.example.com' "http://127.0.0.1:$public/"
		done >"$root/w/codes"
	) &
	asking=$!
	for _ in 1 2 3; do
		"$bin/startProxy" "other" other.example NONE "$local" localhost "$node_2" 2>>"$root/w/load.err"
		"$bin/stopProxy" localhost 2>>"$root/w/load.err"
	done
	many() { [ "$(wc -l <"$root/w/codes")" -gt 100 ]; }
	wait_until 60 many
	: >"$root/w/enough"
	wait "$asking"
	rm "$root/w/enough"
	same "$kind: under load every answer is one" 200 "$(sort -u "$root/w/codes" | tr '\n' ' ' | sed 's/ $//')"

	# What is being answered is waited for: it is let only when the node is out of the configuration.
	rm -f "$root"/slow/*
	expect "$kind: a slow node" 0 "$bin/startProxy" slow slow.example NONE "$local" localhost "$slow"
	(
		until [ -e "$root/slow/asked" ]; do
			curl -q -s -m 60 --noproxy '*' -o /dev/null -w '%{http_code}\n' -H 'Host: slow.example' "http://127.0.0.1:$public/" >"$root/w/slow.code"
		done
	) &
	asking=$!
	check "$kind: is asked" wait_until 60 test -e "$root/slow/asked"
	was=$(sum)
	(
		wait_until 60 changed
		: >"$root/slow/let"
	) &
	expect "$kind: is taken away" 0 "$bin/stopProxy" localhost
	check "$kind: once it has answered" test -e "$root/slow/let"
	wait "$asking"
	same "$kind: which reached the client" 200 "$(cat "$root/w/slow.code")"

	# ---- TLS
	cp "$root/w/tls.cert" "$root/up.cert"
	cp "$root/w/tls.key" "$root/up.key"
	expect "$kind: a certificate" 0 "$bin/startProxy" tls www.example.com NONE "127.0.0.1:$secure" 127.0.0.1 "$node_1" "$root/up.cert" "$root/up.key"
	check_not "$kind: its files are wiped" test -e "$root/up.cert" -o -e "$root/up.key"
	same "$kind: what the balancer has is its owner's alone" "600 $(stat -c %U "$config")" "$(stat -c '%a %U' "$(dirname "$config")/enstratus-tls.pem")"
	over_tls() {
		curl -q -s -m 5 --noproxy '*' --cacert "$root/w/tls.cert" --resolve "www.example.com:$secure:127.0.0.1" \
			"https://www.example.com:$secure/" | grep -qx node1
	}
	check "$kind: answers over TLS" wait_until 60 over_tls
	was=$(sum)
	echo nonsense >"$root/up.cert"
	cp "$root/w/tls.key" "$root/up.key"
	expect "$kind: a certificate that is none" 21 "$bin/startProxy" tls2 www.example.com NONE "127.0.0.1:$secure" 127.0.0.1 "$node_1" "$root/up.cert" "$root/up.key"
	says "$kind: its refusal" "$kind refuses the configuration: "
	same "$kind: which leaves all as it was" "$was" "$(sum)"
	check "$kind: the caller still has it" test -s "$root/up.key"
	run "$bin/$kind-startProxy" tls2 www.example.com NONE "127.0.0.1:$secure" 127.0.0.1 "$node_1" "$root/up.cert" "$root/up.key"
	same "$kind: the step that failed is 20" 20 "$status"
	rm -f "$root/up.cert" "$root/up.key"
	check "$kind: and it still serves" over_tls

	# ---- what is refused
	for bad in 'we b' '../x' 'a;b'; do
		expect "$kind: service '$bad'" 21 "$bin/startProxy" "$bad" www.example.com NONE "$local" 127.0.0.1 "$node_1"
	done
	expect "$kind: a name that would be configuration" 21 "$bin/startProxy" web 'a; } server {' NONE "$local" 127.0.0.1 "$node_1"
	expect "$kind: a port that is none" 21 "$bin/startProxy" web www.example.com NONE "$local" 127.0.0.1 http
	same "$kind: change nothing" "$was" "$(sum)"

	# ---- and away
	expect "$kind: an address that is part of another" 0 "$bin/stopProxy" 127.0.0
	same "$kind: is no node" "$was" "$(sum)"
	expect "$kind: the address" 0 "$bin/stopProxy" 127.0.0.1
	check "$kind: all of its nodes are gone" wait_until 60 silent www.example.com
	check_not "$kind: its certificate too" test -e "$(dirname "$config")/enstratus-tls.pem"
	was=$(sum)
	expect "$kind: once more" 0 "$bin/stopProxy" 127.0.0.1
	same "$kind: changes nothing" "$was" "$(sum)"
	expect "$kind: any name" 0 "$bin/startProxy" any '*' NONE "$local" 127.0.0.1 "$node_2"
	check "$kind: is answered" wait_until 60 answers whatever
	expect "$kind: and away" 0 "$bin/stopProxy" 127.0.0.1
}

# ---- HAProxy

config=$b/haproxy.cfg
printf 'global\n\tstats socket %s/admin.sock mode 600 level admin expose-fd listeners\n\thard-stop-after 5s\ndefaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 5s\n\ttimeout server 5s\n# mine\n' \
	"$b" >"$config"
[ "$user" != www-data ] || chown www-data "$config"
printf '[proxy]\nproxy=haproxy\nproxy-config=%s\nproxy-pid=%s/haproxy.pid\n' "$config" "$b" >"$cfg"
expect 'haproxy: not running yet' 0 "$bin/startProxy" web www.example.com NONE 127.0.0.1:1 127.0.0.1 "$node_1"
says 'haproxy: not running yet' 'haproxy does not run'
expect 'haproxy: away' 0 "$bin/stopProxy" 127.0.0.1
(cd "$b" && plain /usr/sbin/haproxy -W -D -f "$config" -p "$b/haproxy.pid" >/dev/null 2>&1) || chmod 777 "$b"
[ -s "$b/haproxy.pid" ] || (cd "$b" && /usr/sbin/haproxy -W -D -f "$config" -p "$b/haproxy.pid" >/dev/null 2>&1)
wait_until 60 test -s "$b/haproxy.pid"
at_exit "kill -s KILL \$(cat '$b/haproxy.pid') 2>/dev/null"
try haproxy
check 'haproxy: the rest of the file is as it was' grep -qx '# mine' "$config"
sed -i '/# END/d' "$config"
expect 'haproxy: a file that was edited badly' 21 "$bin/startProxy" web www.example.com NONE 127.0.0.1:1 127.0.0.1 "$node_1"
says 'haproxy: such a file' "has a line '# BEGIN enstratus-agent' and no '# END enstratus-agent'"
rm "$config"
expect 'haproxy: no configuration at all' 21 "$bin/startProxy" web www.example.com NONE 127.0.0.1:1 127.0.0.1 "$node_1"
says 'haproxy: none' 'haproxy has no configuration'
rm -f "$services/.enstratus/.proxy"

# ---- nginx

n=$root/nginx
mkdir -p "$n/conf.d" "$n/log"
config=$n/conf.d/enstratus.conf
cat >"$n/nginx.conf" <<END
pid $n/nginx.pid;
error_log $n/log/error.log;
worker_processes 1;
events { }
http {
	access_log off;
	client_body_temp_path $n/body;
	proxy_temp_path $n/proxy;
	fastcgi_temp_path $n/fastcgi;
	uwsgi_temp_path $n/uwsgi;
	scgi_temp_path $n/scgi;
	include $n/conf.d/*.conf;
}
END
printf '[proxy]\nproxy=nginx\nproxy-config=%s\nproxy-main=%s/nginx.conf\nproxy-pid=%s/nginx.pid\n' "$config" "$n" "$n" >"$cfg"
if is_root; then
	(cd "$n" && /usr/sbin/nginx -c "$n/nginx.conf" -e "$n/log/error.log")
	at_exit "kill -s KILL -- \$(cat '$n/nginx.pid' 2>/dev/null) \$(pgrep -P \"\$(cat '$n/nginx.pid')\") 2>/dev/null"
	try nginx
	echo 'nonsense;' >"$n/conf.d/theirs.conf"
	was=$(sum)
	expect 'nginx: a file of others that is broken' 21 "$bin/startProxy" web www.example.com NONE 127.0.0.1:1 127.0.0.1 "$node_1"
	says 'nginx: it' 'unknown directive "nonsense"'
	same 'nginx: leaves ours as it was' "$was" "$(sum)"
	same 'nginx: nothing else is left' 'enstratus.conf theirs.conf ' "$(find "$n/conf.d" -type f -printf '%f\n' | sort | tr '\n' ' ')"
else
	skip 'nginx' 'its check writes to /var/lib/nginx'
fi

# ---- types and overrides

printf '[proxy]\nproxy=mine\n' >"$cfg"
expect 'a type that nobody has' 21 "$bin/startProxy" web a NONE ::1 ::1 80
says 'such a type' "no program 'mine-startProxy' for the balancer 'mine'"
custom=$ENSTRATUS_HOME/custom/bin
note=$root/note
# script NAME STATUS - an override that notes itself
script() {
	printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit %s\n' "$1" "$note" "$2" >"$custom/$1"
	chmod 755 "$custom/$1"
}
script mine-startProxy 0
script mine-stopProxy 5
expect 'a type of the customer'"'"'s own' 0 "$bin/startProxy" web a NONE ::1 ::1 80 cert key chain
same 'gets the arguments' 'mine-startProxy web a NONE ::1 ::1 80 cert key chain' "$(cat "$note")"
expect 'one that fails' 21 "$bin/stopProxy" ::1
says 'one that fails' 'mine-stopProxy.* exited with status 5'
for program in startProxy stopProxy; do
	args='web a NONE ::1 ::1 80'
	[ $program = startProxy ] || args=::1
	script mine-$program 0
	script $program-pre 0
	script $program-post 0
	: >"$note"
	# shellcheck disable=SC2086 # a list
	expect "$program: pre and post" 0 "$bin/$program" $args
	same "$program: in their order" "$program-pre mine-$program $program-post " "$(cut -d ' ' -f 1 "$note" | tr '\n' ' ')"
	script $program 6
	: >"$note"
	# shellcheck disable=SC2086
	expect "$program: a replacement" 6 "$bin/$program" $args
	same "$program: in its place" "$program-pre $program " "$(cut -d ' ' -f 1 "$note" | tr '\n' ' ')"
	script $program-pre 7
	: >"$note"
	# shellcheck disable=SC2086
	expect "$program: a pre that fails" 7 "$bin/$program" $args
	same "$program: ends it" "$program-pre " "$(cut -d ' ' -f 1 "$note" | tr '\n' ' ')"
	rm "$custom/$program" "$custom/$program-pre"
	script $program-post 8
	# shellcheck disable=SC2086
	expect "$program: a post that fails" 8 "$bin/$program" $args
done
