#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch.sh - fetchImage against a real nginx with TLS, and against a server that misbehaves.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; begin sets pid_NAME
. "$(dirname "$0")/lib.sh"

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
w=$root/w
www=$root/www
ngx=$root/nginx
big=9000000
mkdir -p "$www" "$ngx" "$w/d"
head -c $big /dev/urandom >"$www/big"
head -c 1500000 /dev/urandom >"$www/mid"
: >"$www/empty"
chmod 755 "$www"

# ---- servers

# A CA, a certificate of it for 127.0.0.1, and a CA of somebody else's.
(
	cd "$ngx" || exit 1
	for ca in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=$ca \
			-keyout $ca.key -out $ca.pem
	done
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server \
		-keyout server.key -out server.csr
	echo 'subjectAltName=IP:127.0.0.1' >san
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem
	openssl x509 -in server.pem -noout -pubkey >server.pub
	openssl pkey -pubin -in server.pub -outform DER | openssl dgst -sha256 -binary | openssl base64 >pin
) >/dev/null 2>&1
pin=sha256//$(cat "$ngx/pin")
ca=$ngx/ca.pem

free_port
plain_port=$port
free_port
tls_port=$port
free_port
odd_port=$port
plain=http://127.0.0.1:$plain_port tls=https://127.0.0.1:$tls_port odd=http://127.0.0.1:$odd_port

cat >"$ngx/nginx.conf" <<END
$(is_root && echo "user $(id -un) $(id -gn);")
worker_processes 1;
pid $ngx/pid;
events { }
http {
	log_format short '\$uri \$status \$body_bytes_sent range=\$http_range if=\$http_if_range agent=\$http_user_agent encoding=\$http_accept_encoding';
	access_log $ngx/access short;
	client_body_temp_path $ngx/body;
	proxy_temp_path $ngx/proxy;
	fastcgi_temp_path $ngx/fastcgi;
	uwsgi_temp_path $ngx/uwsgi;
	scgi_temp_path $ngx/scgi;
	server {
		listen 127.0.0.1:$plain_port;
		listen 127.0.0.1:$tls_port ssl;
		ssl_certificate $ngx/server.pem;
		ssl_certificate_key $ngx/server.key;
		ssl_session_cache none;
		location /files/ { alias $www/; }
		location /slow/ { alias $www/; limit_rate 4m; limit_rate_after 64k; }
		location /whole/ { alias $www/; max_ranges 0; }
		location /bare/ { alias $www/; etag off; limit_rate 4m; }
		location /packed/ { alias $www/; add_header Content-Encoding gzip; }
		location /busy { return 503; }
		location /denied { return 403; }
		location /odd { return 418; }
		location /up { return 302 $tls/files/mid?token=sesame; }
		location /down { return 302 $plain/files/mid?token=sesame; }
		location /named { return 302 http://user:sesame@127.0.0.1:$plain_port/files/mid; }
		location /ftp { return 302 ftp://127.0.0.1/mid; }
		location /loop { return 307 /loop; }
		location /hop1 { return 301 /hop2; }
		location /hop2 { return 302 /hop3; }
		location /hop3 { return 303 /hop4; }
		location /hop4 { return 307 /hop5; }
		location /hop5 { return 308 /files/mid; }
		location /hop0 { return 301 /hop1; }
	}
}
END
nginx -e "$ngx/error" -c "$ngx/nginx.conf" -g 'daemon off;' >/dev/null 2>&1 &
at_exit "kill $! 2>/dev/null"

# What nginx cannot do: /WAY/NAME, where WAY is how it misbehaves.  Silent connections stay open.
cat >"$w/odd.py" <<'END'
import os, socket, sys

port, www, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
seen, silent = {}, []

def head(status, *lines):
    return ("HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n" % (status, "".join(x + "\r\n" for x in lines))).encode()

def answer(way, name, asked, n):
    """What is sent, and whether the connection is closed after it.  n: how often it was asked."""
    data = open(os.path.join(www, name), "rb").read() if name else b""
    tag = 'ETag: "%s"' % ("v%d" % n if way in ("changing", "changed") else "v1")
    start, status, lines = 0, "200 OK", [tag]
    if way in ("novalidator",):
        lines = []
    elif "range" in asked and way != "norange" and asked.get("if-range", '"v1"') == tag[6:]:
        first, last = asked["range"].split("=")[1].split("-")
        start = int(first) if first else len(data) - int(last)
        stop = int(last) + 1 if first and last else len(data)
        at = start + 1 if way == "wrong" else start
        lines.append("Content-Range: bytes %d-%d/%d" % (at, stop - 1, len(data)))
        data, status = data[start:stop], "206 Partial Content"
    whole = head(status, "Content-Length: %d" % len(data), *lines) + data
    if way == "flaky":
        return (head("503 Busy", "Content-Length: 0") if n <= 2 else whole), True
    if way == "later":
        return (head("503 Busy", "Retry-After: 1", "Content-Length: 0") if n == 1 else whole), True
    if way in ("cut", "changing", "norange", "novalidator") and (way == "cut" or n == 1):
        return whole[:len(whole) - len(data) + min(len(data), 600000)], True
    if way == "stall":
        return whole[:100000], False
    if way == "mute":
        return b"", False
    if way == "reset":
        return (b"" if n <= 2 else whole), True
    if way == "chunked":
        part = b"".join(b"%x\r\n%s\r\n" % (len(data[i:i + 50000]), data[i:i + 50000]) for i in range(0, len(data), 50000))
        return head("200 OK", "Transfer-Encoding: chunked", *lines) + part + b"0\r\n\r\n", True
    return whole, True

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", port))
server.listen(16)
while True:
    peer = server.accept()[0]
    text = b""
    while b"\r\n\r\n" not in text:
        more = peer.recv(4096)
        if not more:
            break
        text += more
    if not text:
        continue
    lines = text.decode().split("\r\n")
    path = lines[0].split(" ")[1]
    via = path.startswith("http://proxied.invalid")
    parts = path.split("?")[0].replace("http://proxied.invalid", "").split("/")
    asked = dict((x.split(": ", 1)[0].lower(), x.split(": ", 1)[1]) for x in lines[1:] if ": " in x)
    seen[path] = seen.get(path, 0) + 1
    with open(log, "a") as out:
        out.write("%s %s %s\n" % (path.split("?")[0], asked.get("range", "-"), asked.get("if-range", "-")))
    sent, ends = answer(parts[1], parts[2] if len(parts) > 2 else "", asked, seen[path])
    try:
        peer.sendall(sent)
    except OSError:
        pass
    if ends:
        peer.close()
    else:
        silent.append(peer)
END
python3 "$w/odd.py" "$odd_port" "$www" "$w/asked" >/dev/null 2>"$w/odd.err" &
at_exit "kill $! 2>/dev/null"

port=$plain_port
serves() { [ "$(http /files/empty)" = 200 ]; }
port=$plain_port wait_until 60 serves || fail 'nginx does not start'
odd_serves() { curl -q -s -o /dev/null "$odd/plain/empty"; }
wait_until 60 odd_serves || fail 'the other server does not start'

# ---- ways to fetch

: >"$w/said"
# heard - all that was ever said, for the search at the end; with a token in every URL.
heard() { cat "$err" "$out" >>"$w/said"; }
# fetch [OPTION...] URL [FILE]
fetch() { run timeout -k 1 300 "$bin/fetchImage" "$@"; heard; }
# fetches WHAT STATUS [OPTION...] URL [FILE]
fetches() {
	what=$1 wanted=$2
	shift 2
	fetch "$@"
	same "$what: exit status" "$wanted" "$status"
	check_not "$what: nothing on stdout" test -s "$out"
	[ "$status" = 0 ] || one_error "$what"
}
one_error() { same "$1: one error, in the last line" '1 1' "$(grep -c 'error: ' "$err") $(tail -n 1 "$err" | grep -c 'error: ')"; }
# got WHAT FILE SOURCE - it is whole, for its owner only, and nothing else was left.
got() {
	check "$1: the content" cmp -s "$2" "$www/$3"
	same "$1: the mode" 600 "$(stat -c %a "$2")"
	check_not "$1: nothing is left" test -e "$2.part" -o -e "$2.part.state"
}
none_left() { check_not "$1: nothing is left" test -e "$2" -o -e "$2.part" -o -e "$2.part.state"; }
# grown FILE BYTES - it has come so far.
grown() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge "$2" ]; }
# of_state FILE KEY
of_state() { sed -n "s/^$2 //p" "$1"; }
# served N - the last request but N that nginx has logged.
logged() { [ "$(wc -l <"$ngx/access")" -ge "$1" ]; }
t='?token=sesame'

# ---- the whole

fetches 'over TLS' 0 --ca-file "$ca" "$tls/files/big$t" "$w/d/a"
got 'over TLS' "$w/d/a" big
check 'it says who it is, and wants the bytes as they are' grep -Eq '^/files/big 200 9000000 range=- if=- agent=enstratus-agent/[0-9.]+ encoding=identity$' "$ngx/access"
check_not 'nothing is said' test -s "$err"
fetches 'over HTTP' 0 "$plain/files/mid$t" "$w/d/b"
got 'over HTTP' "$w/d/b" mid
fetches 'over another file' 0 "$plain/files/big$t" "$w/d/b"
got 'over another file' "$w/d/b" big
fetches 'an empty file' 0 "$plain/files/empty$t" "$w/d/c"
got 'an empty file' "$w/d/c" empty
fetches 'an empty file by its end' 0 --tail 100 "$plain/files/empty$t" "$w/d/c"
got 'an empty file by its end' "$w/d/c" empty
(cd "$w/d" && "$bin/fetchImage" "$plain/files/mid$t" rel) 2>"$err"
got 'a relative name' "$w/d/rel" mid
fetches 'of unknown size' 0 "$odd/chunked/mid$t" "$w/d/e"
got 'of unknown size' "$w/d/e" mid
for tail in 1 100 1499999 1500000 1500001 9000000; do
	fetches "its last $tail first" 0 --tail $tail "$plain/files/mid$t" "$w/d/f$tail"
	got "its last $tail first" "$w/d/f$tail" mid
done
fetches 'the end of a server without ranges' 0 -v --tail 1000 "$plain/whole/mid$t" "$w/d/g"
got 'the end of a server without ranges' "$w/d/g" mid
run env http_proxy="http://127.0.0.1:$odd_port" timeout 120 "$bin/fetchImage" "http://proxied.invalid/plain/mid$t" "$w/d/h"
same 'through a proxy' 0 "$status"
got 'through a proxy' "$w/d/h" mid
fetches 'compressed' 69 "$plain/packed/mid$t" "$w/d/none"
says 'compressed' 'compressed .*gzip'
none_left 'compressed' "$w/d/none"

# ---- names and descriptors

fetches 'a directory as FILE' 1 "$plain/files/mid" "$w/d"
fetches 'no directory' 71 "$plain/files/mid" "$w/none/file"
fetches 'a name with a slash at its end' 1 "$plain/files/mid" "$w/d/x/"
fetches 'too long a name' 1 "$plain/files/mid" "$w/d/$(printf '%0250d' 0)"
ln -s "$w/d/a" "$w/d/link.part"
fetches 'a link as FILE.part' 71 "$plain/files/mid" "$w/d/link"
check 'is not followed' cmp -s "$w/d/a" "$www/big"
mkfifo "$w/d/fifo.part"
fetches 'a FIFO as FILE.part' 65 "$plain/files/mid" "$w/d/fifo"
if is_root; then
	: >"$w/d/foreign.part"
	chown 65534 "$w/d/foreign.part"
	fetches "another's FILE.part" 65 "$plain/files/mid" "$w/d/foreign"
	check 'is left alone' test -e "$w/d/foreign.part"
else
	skip "another's FILE.part" 'needs root'
fi
rm -f "$w/d/"*.part
run "$bin/fetchImage" "$plain/files/mid$t" 3<&- 4<&-
same 'without FILE and descriptors' 1 "$status"
says 'without FILE and descriptors' 'descriptor 3 is not a regular file'
run "$bin/fetchImage" "$plain/files/mid$t" 3<>"$w/data" 4>>"$w/state"
same 'a descriptor to append by' 1 "$status"
says 'a descriptor to append by' 'descriptor 4 '

# ---- what is refused

for bad in http://u:sesame@127.0.0.1/x https://u@127.0.0.1/x http://@127.0.0.1/x; do
	fetches "user in the URL $bad" 1 "$bad" "$w/d/none"
	says "user in the URL $bad" 'has a user or password'
done
for bad in ftp://127.0.0.1/sesame file:///etc/hostname gopher://127.0.0.1/x; do
	fetches "URL '$bad'" 1 "$bad" "$w/d/none"
	says "URL '$bad'" 'neither http nor https'
done
for bad in '' mid 127.0.0.1/mid http:// 'http://127.0.0.1/a b' 'http://127.0.0.1:x/' 'http://127.0.0.1:70000/'; do
	fetches "URL '$bad'" 1 "$bad" "$w/d/none"
done
none_left 'a bad URL' "$w/d/none"
fetches 'a CA that does not know it' 69 --ca-file "$ngx/other.pem" "$tls/files/mid$t" "$w/d/none"
says 'a CA that does not know it' 'the server is not trusted: '
fetches "the system's CAs" 69 "$tls/files/mid$t" "$w/d/none"
says "the system's CAs" 'the server is not trusted: '
fetches 'a CA that is not there' 69 --ca-file "$w/none" "$tls/files/mid$t" "$w/d/none"
fetches 'another name than the certificate has' 69 --ca-file "$ca" "https://localhost:$tls_port/files/mid$t" "$w/d/none"
says 'another name than the certificate has' 'the server is not trusted: '
fetches 'the wrong key' 69 --ca-file "$ca" --pinned-key "sha256//$(printf '%032d' 0 | openssl base64)" "$tls/files/mid$t" "$w/d/none"
says 'the wrong key' 'not the pinned one'
fetches 'a key without TLS' 1 --pinned-key "$pin" "$plain/files/mid$t" "$w/d/none"
check_not 'none of these was tried again' grep -q 'trying again' "$w/said"
none_left 'a server that is not trusted' "$w/d/none"
fetches 'the right key' 0 --ca-file "$ca" --pinned-key "$pin" "$tls/files/mid$t" "$w/d/i"
got 'the right key' "$w/d/i" mid
fetches 'the right key in a file' 0 --ca-file "$ca" --pinned-key "$ngx/server.pub" "$tls/files/mid$t" "$w/d/i"

fetches 'HTTP to HTTPS' 0 -v --ca-file "$ca" "$plain/up$t" "$w/d/j"
got 'HTTP to HTTPS' "$w/d/j" mid
says 'HTTP to HTTPS' "redirected to 'https://127.0.0.1:$tls_port/files/mid'"
fetches 'HTTPS to HTTP' 69 --ca-file "$ca" "$tls/down$t" "$w/d/none"
says 'HTTPS to HTTP' 'redirect leads from https to http'
fetches 'a redirect with a password' 69 "$plain/named$t" "$w/d/none"
fetches 'a redirect to FTP' 69 "$plain/ftp$t" "$w/d/none"
says 'a redirect to FTP' 'neither http nor https'
fetches 'five redirects' 0 "$plain/hop1$t" "$w/d/k"
fetches 'six redirects' 69 "$plain/hop0$t" "$w/d/none"
says 'six redirects' 'more than 5 times'
fetches 'redirects in a ring' 69 "$plain/loop$t" "$w/d/none"

fetches 'a file that is not there' 20 "$plain/files/none$t" "$w/d/none"
says 'a file that is not there' "cannot fetch '$plain/files/none': the server answered 404: .*check the URL"
fetches 'no access' 69 "$plain/denied$t" "$w/d/none"
says 'no access' 'answered 403: '
fetches 'an unexpected answer' 69 "$plain/odd$t" "$w/d/none"
check_not 'none of these was tried again either' grep -q 'trying again' "$w/said"
fetches 'over --max-bytes, as announced' 65 --max-bytes 1499999 "$plain/files/mid$t" "$w/d/none"
says 'over --max-bytes, as announced' 'larger than 1499999 bytes'
none_left 'over --max-bytes, as announced' "$w/d/none"
fetches 'over --max-bytes, by its end' 65 --tail 100 --max-bytes 1499999 "$plain/files/mid$t" "$w/d/none"
fetches 'over --max-bytes, unannounced' 65 --max-bytes 1499999 "$odd/chunked/mid$t" "$w/d/max"
check_not 'over --max-bytes, unannounced: no more was written' grown "$w/d/max.part" 1500000
fetches 'exactly --max-bytes' 0 --max-bytes 1500000 "$plain/files/mid$t" "$w/d/l"

# ---- what may pass

fetches '503 twice' 0 "$odd/flaky/mid$t" "$w/d/m"
got '503 twice' "$w/d/m" mid
same '503 twice: two notes' 2 "$(grep -c 'answered 503: .*; trying again in [0-9]* ms' "$err")"
before=$(date +%s%N)
fetches 'Retry-After' 0 "$odd/later/mid$t" "$w/d/n"
check 'Retry-After is heeded' test $(($(date +%s%N) - before)) -ge 1000000000
fetches 'closed before an answer' 0 "$odd/reset/mid$t" "$w/d/n"
fetches '503 for ever' 69 --retries 2 "$plain/busy$t" "$w/d/none"
says '503 for ever' 'given up after 3 tries: the server answered 503: '
fetches 'no retries' 69 --retries 0 "$plain/busy$t" "$w/d/none"
same 'no retries: one line' 1 "$(wc -l <"$err")"
fetches 'nobody listens' 69 --retries 1 "http://127.0.0.1:1/mid$t" "$w/d/none"
none_left 'nobody listens' "$w/d/none"
fetches 'a name that is none' 69 --retries 2 --stall-timeout 5 "http://no-such-host.invalid/mid$t" "$w/d/none"
says 'a name that is none' 'given up after 3 tries: '

: >"$w/asked"
fetches 'cut again and again' 0 --retries 1 "$odd/cut/big$t" "$w/d/o"
got 'cut again and again' "$w/d/o" big
same 'cut again and again: each time the rest' '/cut/big - -|/cut/big bytes=600000- "v1"|/cut/big bytes=1200000- "v1"' "$(sed -n 1,3p "$w/asked" | paste -sd '|')"
same 'cut again and again: requests' 15 "$(grep -c /cut/big "$w/asked")"
: >"$w/asked"
fetches 'cut, by its end' 0 --tail 700000 "$odd/cut/mid$t" "$w/d/p"
got 'cut, by its end' "$w/d/p" mid
same 'cut, by its end: requests' 'bytes=-700000 -|bytes=1400000- "v1"|bytes=0-799999 "v1"|bytes=600000-799999 "v1"' "$(cut -d ' ' -f 2- "$w/asked" | paste -sd '|')"
fetches 'cut and changed' 0 "$odd/changing/mid$t" "$w/d/q"
got 'cut and changed' "$w/d/q" mid
fetches 'cut and nothing to go on by' 0 "$odd/novalidator/mid$t" "$w/d/r"
got 'cut and nothing to go on by' "$w/d/r" mid
fetches 'cut and no ranges' 0 "$odd/norange/mid$t" "$w/d/s"
got 'cut and no ranges' "$w/d/s" mid
fetches 'other bytes than asked' 69 --tail 1000 "$odd/wrong/mid$t" "$w/d/none"
says 'other bytes than asked' 'other bytes than asked'
none_left 'other bytes than asked' "$w/d/none"

for way in stall mute; do
	fetches "a server that falls silent ($way)" 69 --retries 0 --stall-timeout 1 "$odd/$way/mid$t" "$w/d/$way"
	says "a server that falls silent ($way)" 'silent for 1 s'
done
fetches '--timeout' 69 --timeout 1 --stall-timeout 30 "$odd/stall/mid$t" "$w/d/stall"
says '--timeout' 'longer than 1 s \(--timeout\)'
fetches '--timeout while it waits' 69 --timeout 1 --retries 100 "$plain/busy$t" "$w/d/none"

# ---- killed, and on

# cut_short FILE [OPTION...] URL - begun, and killed after 3 MB.
cut_short() {
	into=$1
	shift
	begin killed "$bin/fetchImage" "$@" "$into"
	wait_until 60 grown "$into.part" 3000000 || fail "$into: it does not come"
	kill -s KILL "$pid_killed"
	end killed
}
cut_short "$w/d/t" "$plain/slow/big$t"
same 'killed: exit status' 137 "$status"
have=$(of_state "$w/d/t.part.state" have)
check 'killed: at most a MiB is lost' test "$have" -ge $((3000000 - 1048576 - 65536)) -a "$have" -lt $big
same 'killed: modes' '600 600' "$(stat -c %a "$w/d/t.part" "$w/d/t.part.state" | paste -sd ' ')"
check_not 'killed: no token in the state' grep -rq sesame "$w/d/t.part.state"
lines=$(wc -l <"$ngx/access")
fetches 'after it' 0 "$plain/slow/big$t" "$w/d/t"
got 'after it' "$w/d/t" big
wait_until 60 logged $((lines + 1))
same 'after it: only the rest' "/slow/big 206 $((big - have)) range=bytes=$have-" "$(tail -n 1 "$ngx/access" | cut -d ' ' -f 1-4)"
check 'after it: if it is the same' sh -c 'tail -n 1 "$1" | grep -Eq " if=.x22[0-9a-f-]+.x22 "' - "$ngx/access"

cut_short "$w/d/u" "$plain/slow/big$t"
fetches 'another URL after it' 0 "$plain/files/mid$t" "$w/d/u"
got 'another URL after it' "$w/d/u" mid
cut_short "$w/d/v" "$plain/slow/big$t"
sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' "$w/d/v.part.state"
head -c $big /dev/zero >"$w/d/v.part"
fetches 'another boot after it' 0 "$plain/slow/big$t" "$w/d/v"
got 'another boot after it' "$w/d/v" big
cp "$www/big" "$w/old"
cut_short "$w/d/x" "$plain/slow/big$t"
head -c $big /dev/urandom >"$www/big"
touch -d '1 hour ago' "$www/big"
fetches 'another content after it' 0 -v "$plain/slow/big$t" "$w/d/x"
got 'another content after it' "$w/d/x" big
says 'another content after it' 'starting anew'
cut_short "$w/d/y" "$plain/bare/big$t"
check 'without an ETag the date counts' grep -q '^validator .* GMT$' "$w/d/y.part.state"
fetches 'after it, by the date' 0 "$plain/bare/big$t" "$w/d/y"
got 'after it, by the date' "$w/d/y" big

# All was there, but not its name.
cp "$www/mid" "$w/d/z.part"
chmod 600 "$w/d/z.part"
etag=$(curl -q -s -I "$plain/files/mid" | tr -d '\r' | sed -n 's/^ETag: //p')
printf 'fetchImage 1\nurl %s\nboot %s\nvalidator %s\nsize 1500000\ntail -1\nhave 1500000\nend\n' \
	"$(printf %s "$plain/files/mid$t" | sha256sum | cut -c 1-64)" "$(cat /proc/sys/kernel/random/boot_id)" "$etag" >"$w/d/z.part.state"
fetches 'whole before' 0 "$plain/files/mid$t" "$w/d/z"
got 'whole before' "$w/d/z" mid
wait_until 60 sh -c 'tail -n 1 "$1" | grep -q "^/files/mid 416 .*range=bytes=1500000-"' - "$ngx/access" || fail 'whole before: it was asked for'
for junk in '' fetchImage "fetchImage 1
url x" "$(printf '%05000d' 0)"; do
	printf '%s' "$junk" >"$w/d/junk.part.state"
	cp "$w/old" "$w/d/junk.part"
	fetches 'a state that is none' 0 "$plain/files/mid$t" "$w/d/junk"
	got 'a state that is none' "$w/d/junk" mid
done

for signal in TERM INT QUIT; do
	case $signal in TERM) code=143 ;; INT) code=130 ;; QUIT) code=131 ;; esac
	rm -f "$w/d/sig.part" "$w/d/sig.part.state"
	(exec env --default-signal=INT,QUIT "$bin/fetchImage" "$plain/slow/big$t" "$w/d/sig") >"$out" 2>"$err" &
	pid=$!
	wait_until 60 grown "$w/d/sig.part" 500000
	same "SIG$signal: no new rights" 1 "$(awk '$1 == "NoNewPrivs:" { print $2 }' "/proc/$pid/status")"
	kill -s $signal $pid
	status=0
	wait $pid 2>/dev/null || status=$?
	heard
	same "SIG$signal: exit status" "$code" "$status"
	one_line "SIG$signal"
	same "SIG$signal: all that came is kept" "$(stat -c %s "$w/d/sig.part")" "$(of_state "$w/d/sig.part.state" have)"
done
fetches 'after the signals' 0 "$plain/files/mid$t" "$w/d/sig"
begin mute "$bin/fetchImage" "$odd/mute/$t" "$w/d/mute2"
wait_until 60 test -e "$w/d/mute2.part"
kill -s TERM "$pid_mute"
end mute
same 'SIGTERM while nothing comes' 143 "$status"

begin first "$bin/fetchImage" "$plain/slow/big$t" "$w/d/two"
wait_until 60 grown "$w/d/two.part" 100000
fetches 'two at once' 75 "$plain/files/big$t" "$w/d/two"
says 'two at once' "another run is fetching 'two'"
fetches 'two, the second waits' 0 --wait 30 "$plain/files/mid$t" "$w/d/two"
end first
same 'the first of two' 0 "$status"
got 'two, the second waits' "$w/d/two" mid

# ---- no room

(
	ulimit -f 1000
	"$bin/fetchImage" "$plain/files/mid$t" "$w/d/limited"
) >"$out" 2>"$err"
same 'over the limit of a file: exit status' 74 $?
one_line 'over the limit of a file'
says 'over the limit of a file' 'File too large'
if is_root && unshare -m true 2>/dev/null; then
	mkdir "$w/tiny"
	run unshare -m -- sh -c 'mount -t tmpfs -o size=1m none "$1" && "$2" "$3" "$1/x"' - "$w/tiny" "$bin/fetchImage" "$plain/files/mid$t"
	heard
	same 'a full disk: exit status' 74 "$status"
	one_line 'a full disk'
	says 'a full disk' 'No space left'
else
	skip 'a full disk' 'needs root, and mounts of its own'
fi

# ---- handed over

# handed NAME [OPTION...] URL - in the background, into $w/NAME.data and .state; events to NAME.out.
handed() {
	name=$1
	shift
	# By root, as an account that could not open them.  No function: its pid would be a shell's.
	if is_root; then
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups -- "$bin/fetchImage" "$@"
	else
		set -- "$bin/fetchImage" "$@"
	fi
	begin "$name" "$@" 3<>"$w/$name.data" 4<>"$w/$name.state"
}
# told NAME WORD - such an event has come.
told() { grep -q "^$2 " "$w/$1.out"; }
# in_order - events as they may come, each number of `have` over the one before.
in_order() {
	awk 'NF != 2 || ended { exit 1 }
		$1 == "size" && NR == 1 { size = $2; next }
		$1 == "tail" && NR == 2 { next }
		$1 == "have" && size && $2 > have && $2 <= size { have = $2; next }
		$1 == "done" && $2 == size { ended = 1; next }
		{ exit 1 }
		END { exit !ended }' "$1"
}
chmod 755 "$w"
handed h1 --tail 65536 "$plain/slow/big$t"
wait_until 60 told h1 tail || fail 'handed over: no tail comes'
same 'the tail, while the rest is on its way: its bytes' "$(tail -c 65536 "$www/big" | cksum)" "$(tail -c 65536 "$w/h1.data" | cksum)"
same 'the size and the tail first' "size $big|tail $((big - 65536))" "$(sed -n 1,2p "$w/h1.out" | paste -sd '|')"
check_not 'the tail, while the rest is on its way' told h1 'done'
wait_until 60 told h1 have
have=$(sed -n 's/^have //p' "$w/h1.out" | tail -n 1)
check 'bytes that were told are there' cmp -s -n "$have" "$www/big" "$w/h1.data"
end h1
heard
same 'handed over: exit status' 0 "$status"
check 'handed over: events' in_order "$out"
check_not 'handed over: nothing on stderr' test -s "$err"
check 'handed over: it can be followed closely' test "$(wc -l <"$out")" -ge 50
same 'handed over: the last `have` is where the tail begins' "have $((big - 65536))" "$(grep have "$out" | tail -n 1)"
check 'handed over: the content' cmp -s "$w/h1.data" "$www/big"
handed h1 --tail 65536 "$plain/slow/big$t"
end h1
same 'handed over again: nothing but a question' "0 size $big|tail $((big - 65536))|have $((big - 65536))|done $big" "$status $(paste -sd '|' "$out")"

handed h2 --tail 65536 "$plain/slow/big$t"
wait_until 60 grown "$w/h2.out" 400
kill -s KILL "$pid_h2"
end h2
check 'killed in the middle: a state' test -s "$w/h2.state"
have=$(of_state "$w/h2.state" have)
lines=$(wc -l <"$ngx/access")
handed h2 --tail 65536 "$plain/slow/big$t"
end h2
same 'after it, handed over: exit status' 0 "$status"
check 'after it, handed over: events' in_order "$out"
check 'after it, handed over: the content' cmp -s "$w/h2.data" "$www/big"
wait_until 60 logged $((lines + 1))
same 'after it, handed over: only the rest' "/slow/big 206 $((big - 65536 - have)) range=bytes=$have-$((big - 65537))" "$(tail -n 1 "$ngx/access" | cut -d ' ' -f 1-4)"

handed h3 --tail 1000 "$plain/whole/mid$t"
end h3
same 'handed over, no ranges: exit status' 0 "$status"
check 'handed over, no ranges: events, no tail' sh -c '! grep -q tail "$1"' - "$out"
check 'handed over, no ranges: events' in_order "$out"

handed h4 --tail 1000 "$odd/changed/mid$t"
end h4
heard
same 'changed under way: exit status' 69 "$status"
one_line 'changed under way'
says 'changed under way' 'changed on the server'
same 'changed under way: nothing is kept' '0 0' "$(stat -c %s "$w/h4.data" "$w/h4.state" | paste -sd ' ')"
handed h5 "$odd/changing/mid$t-"
end h5
heard
same 'cut and changed under way: exit status' 69 "$status"
says 'cut and changed under way' 'changed on the server'
check 'cut and changed under way: what was told before' grep -q '^have 600000$' "$out"
handed h6 "$odd/norange/mid$t-"
end h6
same 'cut, handed over, no ranges, the same content: exit status' 0 "$status"
check 'cut, handed over, no ranges, the same content: events' in_order "$out"
check 'cut, handed over, no ranges, the same content: the content' cmp -s "$w/h6.data" "$www/mid"

# The caller goes: while bytes come, and while none do.
for way in "$plain/slow/big" "$odd/stall/mid"; do
	rm -f "$w/gone.data" "$w/gone.state" "$w/gone.status"
	{
		status=0
		"$bin/fetchImage" --stall-timeout 120 "$way$t" 3<>"$w/gone.data" 4<>"$w/gone.state" 2>"$err" || status=$?
		echo $status >"$w/gone.status"
	} | head -n 1 >"$out"
	wait_until 60 test -s "$w/gone.status"
	same "the caller is gone, $way" 74 "$(cat "$w/gone.status")"
	one_line "the caller is gone, $way"
	heard
done

# ---- progress

began=$(date +%s%N)
fetches 'progress as JSON' 0 --progress json "$plain/slow/mid$t" "$w/d/progress"
check 'progress as JSON: lines' sh -c '! grep -Evq "^\{\"progress\":\"fetch\",\"done\":[0-9]+,\"total\":1500000\}$" "$1"' - "$err"
same 'progress as JSON: the last line' '{"progress":"fetch","done":1500000,"total":1500000}' "$(tail -n 1 "$err")"
# The first, the last, and one in 200 ms.
check 'progress as JSON: not too many' test "$(wc -l <"$err")" -le $((($(date +%s%N) - began) / 200000000 + 2))
fetches 'progress as JSON, of unknown size' 0 --progress json "$odd/chunked/mid$t" "$w/d/progress"
same 'progress as JSON, of unknown size: the first line' '{"progress":"fetch","done":' "$(head -n 1 "$err" | cut -c 1-27)"
if have_terminal; then
	for options in '' -q '--progress none'; do
		script -qec "'$bin/fetchImage' $options '$plain/slow/mid$t' '$w/d/progress'" /dev/null >"$w/seen" 2>&1 </dev/null
		if [ -z "$options" ]; then
			check 'progress on a terminal' grep -q '%.* of 1\.4 MiB' "$w/seen"
		else
			check_not "no progress on a terminal with $options" test -s "$w/seen"
		fi
	done
else
	skip 'progress on a terminal' 'script(1) can make none'
fi

check_not 'no message has the query' grep -q sesame "$w/said"
check_not 'the other server had no fault' test -s "$w/odd.err"
