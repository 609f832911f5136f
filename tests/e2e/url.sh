#!/bin/sh
# SPDX-License-Identifier: MIT
# url.sh - installService of images from a real nginx with TLS, and from a server that can wait.
# By root it has mounts of its own, so that an account which must not be made is not the machine's.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; begin sets pid_NAME
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
w=$root/w
www=$root/www
ngx=$root/nginx
tree=$w/tree
a1=$services/a1
books=$services/.enstratus
kept=$books/images
keys=$ENSTRATUS_HOME/keys
cfg=$ENSTRATUS_HOME/cfg/agent.cfg
nobody=e2e-url-nobody # an account that is never made
t='?token=sesame'
if is_root; then user="www-data"; else user=somebody; fi
mkdir -p "$www" "$ngx"
chmod 755 "$www"

if [ -n "${own_mounts:-}" ]; then
	cp -a /etc "$root/etc"
	mount --bind "$root/etc" /etc
	mount -t tmpfs none /home
	at_exit 'umount -l /etc'
fi

# ---- images: large enough to be met on their way, and every file tells which it is of

# image NAME FILES [MARKER] - of 256 KiB each, which no method makes smaller.
image() {
	rm -rf "$tree" "${www:?}/$1"
	mkdir -p "$tree/bin" "$tree/www"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	head -c 262144 /dev/urandom >"$w/noise"
	n=100
	while [ $n -lt $((100 + $2)) ]; do
		{ echo "$1" && cat "$w/noise"; } >"$tree/www/file$n"
		n=$((n + 1))
	done
	echo "$1" >"$tree/www/page"
	(cd "$tree" && find . | sort | zip -q0X "$www/$1" -@)
	touch -d '1 hour ago' "$www/$1"
}
digest() { sha256sum "$www/$1" | cut -c 1-64; }
image old.zip 2
image big.zip 40
image small.zip 3
image fresh.zip 20
big=$(stat -c %s "$www/big.zip")

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
	log_format short '\$uri \$status \$body_bytes_sent range=\$http_range';
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
		location /denied/ { return 403; }
		location /up/ { rewrite ^/up/(.*)\$ $tls/files/\$1 redirect; }
		location /down/ { rewrite ^/down/(.*)\$ $plain/files/\$1 redirect; }
	}
}
END
nginx -e "$ngx/error" -c "$ngx/nginx.conf" -g 'daemon off;' >/dev/null 2>&1 &
at_exit "kill $! 2>/dev/null"

# What nginx cannot do.  /gate/NAME: the end at once, and of the rest 3 MB before the file `gate` is
# there.  /cut/NAME: the same, and then the line is cut, and no access until the file `gate` is there.
# /turn/NAME: another file, as the server says, each time.
cat >"$w/odd.py" <<'END'
import os, select, signal, socket, sys

port, www, gate, log = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

def talk(peer, n):
    text = b""
    while b"\r\n\r\n" not in text:
        more = peer.recv(4096)
        if not more:
            return
        text += more
    lines = text.decode().split("\r\n")
    way, name = lines[0].split(" ")[1].split("?")[0].split("/")[1:3]
    asked = dict((x.split(": ", 1)[0].lower(), x.split(": ", 1)[1]) for x in lines[1:] if ": " in x)
    data = open(os.path.join(www, name), "rb").read()
    tag = '"v%d"' % (n if way == "turn" else 1)
    start, stop, status, first = 0, len(data), "200 OK", "0"
    if way == "cut" and not os.path.exists(gate) and os.path.exists(gate + ".cut"):
        peer.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
    if "range" in asked and asked.get("if-range", tag) == tag:
        first, last = asked["range"].split("=")[1].split("-")
        start = int(first) if first else max(0, len(data) - int(last))
        stop = int(last) + 1 if first and last else len(data)
        status = "206 Partial Content"
    head = "HTTP/1.1 %s\r\nConnection: close\r\nETag: %s\r\nContent-Length: %d\r\n" % (status, tag, stop - start)
    if status[2] == "6":
        head += "Content-Range: bytes %d-%d/%d\r\n" % (start, stop - 1, len(data))
    peer.sendall(head.encode() + b"\r\n")
    at = start
    while at < stop:
        if first and start < 3000000 <= at and not os.path.exists(gate):
            if way == "cut":
                open(gate + ".cut", "w").close()
                break
            if select.select([peer], [], [], 0.02)[0]:
                break
            continue
        part = data[at:min(at + 50000, stop)]
        peer.sendall(part)
        at += len(part)
    with open(log, "a") as out:
        out.write("/%s/%s %s %d\n" % (way, name, asked.get("range", "-"), at - start))

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", port))
server.listen(16)
n = 0
while True:
    peer = server.accept()[0]
    n += 1
    if os.fork() == 0:
        server.close()
        try:
            talk(peer, n)
        except OSError:
            pass
        os._exit(0)
    peer.close()
END
gate=$w/gate
: >"$w/asked"
chmod 755 "$w"
python3 "$w/odd.py" "$odd_port" "$www" "$gate" "$w/asked" >/dev/null 2>"$w/odd.err" &
at_exit "kill $! 2>/dev/null"
at_exit ': >"$gate"' # whoever waits goes
port=$plain_port
serves() { [ "$(http /files/old.zip)" = 200 ]; }
wait_until 60 serves || fail 'nginx does not start'
odd_serves() { : >"$gate" && curl -q -s -o /dev/null "$odd/gate/old.zip"; }
wait_until 60 odd_serves || fail 'the other server does not start'
rm -f "$gate"

# ---- what comes of a run

: >"$w/said"
heard() { cat "$err" "$out" >>"$w/said"; }
agent() {
	run timeout -k 1 60 "$bin/installService" "$@"
	heard
}
stage_is_empty() { is_empty "$books/.stage"; }
on_its_way() { find "$kept" -name '.*' -type f | wc -l; }
# clean WHAT - no stage, nothing half-way, no child that is left.
clean() {
	check "$1: the stage is empty" stage_is_empty
	same "$1: nothing is on its way" 0 "$(on_its_way)"
	check_not "$1: no fetchImage is left" fetching
}
# fetching - some process runs our fetchImage.
fetching() { find /proc/[0-9]*/exe -maxdepth 0 -lname "$bin/fetchImage" 2>/dev/null | grep -q .; }
not_fetching() { ! fetching; }
# content NAME - the service is of that image, whole.
content() {
	for file in "$a1/www/page" "$a1/www/"file*; do
		IFS= read -r first <"$file" && [ "$first" = "$1" ] || return 1
	done
}
# taken WHAT NAME [OPTION...] URL
taken() {
	label=$1 name=$2
	shift 2
	part_words "$@"
	rm -rf "$a1"
	# shellcheck disable=SC2086 # words without blanks
	agent $options a1 c1 "$user" "$last"
	same "$label: exit status and answer" '0 Service is of type: zip.' "$status $(cat "$out")"
	check "$label: the content" content "$name"
	check "$label: it is kept" cmp -s "$kept/$(digest "$name").zip" "$www/$name"
	clean "$label"
}
# What is on its way is not among the kept images.
state() { tree_state "$a1"; find "$kept" ! -name '.*' | sort; echo "$services"/*; }
snapshot() { state >"$w/before"; }
unchanged() {
	state >"$w/after"
	check "$1: the service, the kept images and the services are as they were" diff "$w/before" "$w/after"
	check_not "$1: no account" getent passwd "$nobody"
}
# refused WHAT STATUS PATTERN [OPTION...] URL - over a service and as a new one.
refused() {
	label=$1 wanted=$2 pattern=$3
	shift 3
	snapshot
	for id in a1 new1; do
		part_words "$@"
		# shellcheck disable=SC2086
		agent $options "$id" c1 "$nobody" "$last"
		same "$label ($id): exit status" "$wanted" "$status"
		lines_with "$err" "]: error: cannot install '$id'"
		same "$label ($id): one error" 1 "$count"
		says "$label ($id)" "$pattern"
		check_not "$label ($id): nothing on stdout" test -s "$out"
		clean "$label ($id)"
		unchanged "$label ($id)"
	done
}
# The last request that nginx has logged for a name.
requests() { grep -c "^$1 " "$ngx/access"; }

# ---- the whole

taken 'over TLS' old.zip --ca-file "$ca" "$tls/files/old.zip$t"
check 'over TLS: it is the end that comes first' grep -q '^/files/old.zip 206 .*range=bytes=-4194304$' "$ngx/access"
check_not 'over TLS: nothing is said' grep -qv 'not root' "$err"
same 'its name is remembered without the query' old.zip "$(sed -n 's/^image=//p' "$books/a1/state")"
taken 'a large one' big.zip --ca-file "$ca" "$tls/files/big.zip$t"
expect 'it can be started' 0 "$bin/startService" a1
expect 'and verified' 0 "$bin/verifyService" a1
taken 'the right key' small.zip --ca-file "$ca" --pinned-key "$pin" "$tls/files/small.zip$t"
taken 'the right key in a file' small.zip --ca-file "$ca" --pinned-key "$ngx/server.pub" "$tls/files/small.zip$t"
taken 'a server that gives no parts' big.zip --ca-file "$ca" "$tls/whole/big.zip$t"
agent --json --ca-file "$ca" a1 c1 "$user" "$tls/files/old.zip$t"
same '--json' "0 $(digest old.zip)" "$status $(sed 's/.*"digest":"\([0-9a-f]*\)".*/\1/' "$out")"
taken 'a service to begin with' old.zip --ca-file "$ca" "$tls/files/old.zip$t"

# ---- whom to trust

refused 'a CA that does not know it' 69 'the server is not trusted: ' --ca-file "$ngx/other.pem" "$tls/files/small.zip$t"
refused "the system's CAs" 69 'the server is not trusted: ' "$tls/files/small.zip$t"
refused 'a CA that is not there' 69 'cannot fetch|cannot' --ca-file "$w/none" "$tls/files/small.zip$t"
refused 'another name than the certificate has' 69 'the server is not trusted: ' --ca-file "$ca" "https://localhost:$tls_port/files/small.zip$t"
refused 'the wrong key' 69 'not the pinned one' --ca-file "$ca" --pinned-key "sha256//$(printf '%032d' 0 | openssl base64)" "$tls/files/small.zip$t"
refused 'https to http' 69 'redirect leads from https to http' --ca-file "$ca" "$tls/down/small.zip$t"
refused 'https to http, with a digest' 69 'redirect leads from https to http' --sha256 "$(digest fresh.zip)" --ca-file "$ca" "$tls/down/fresh.zip$t"

lines=$(wc -l <"$ngx/access")
refused 'http' 77 "image 'small.zip': an image that comes by http can be anybody's" "$plain/files/small.zip$t"
same 'http: nobody was asked' "$lines" "$(wc -l <"$ngx/access")"
rm -f "$kept/$(digest small.zip).zip"
taken 'http with a digest' small.zip --sha256 "$(digest small.zip)" "$plain/files/small.zip$t"
taken 'http to https with a digest' old.zip --sha256 "$(digest old.zip)" --ca-file "$ca" "$plain/up/old.zip$t"
refused 'http with another digest' 77 "the image is another one: its SHA-256 is $(digest big.zip)" --sha256 "$(printf '%064d' 0)" "$plain/files/big.zip$t"
refused 'https with another digest' 77 'the image is another one' --sha256 "$(printf '%064d' 0)" --ca-file "$ca" "$tls/files/small.zip$t"
refused 'http with a digest that is none' 1 'not a SHA-256' --sha256 0123 "$plain/files/small.zip$t"
refused 'http with a signature that is not there' 77 'must be signed: .*404' --signature "$plain/files/none.minisig" "$plain/files/small.zip$t"

# ---- what else a server says

refused 'not there' 20 "cannot fetch '$tls/files/none.zip': the server answered 404" --ca-file "$ca" "$tls/files/none.zip$t"
refused 'no access' 69 'answered 403' --ca-file "$ca" "$tls/denied/x.zip$t"
refused 'a URL with a password' 1 'has a user or password' "https://u:sesame@127.0.0.1/x.zip"
refused 'a bad URL' 1 'URL' "https://127.0.0.1:x/x.zip"
echo 'this is text' >"$www/text.zip"
refused 'a text' 65 'no archive' --ca-file "$ca" "$tls/files/text.zip$t"
cp "$www/small.zip" "$www/small"
refused 'a name without a suffix' 65 'name does not end in .zip' --ca-file "$ca" "$tls/files/small$t"
refused 'a suffix in the query alone' 65 'name does not end in .zip' --ca-file "$ca" "$tls/files/small?x.zip"
head -c 500000 "$www/small.zip" >"$www/half.zip"
refused 'half an image' 65 'zip archive' --ca-file "$ca" "$tls/files/half.zip$t"
cp "$www/big.zip" "$www/harmed.zip"
printf '\377\377' | dd of="$www/harmed.zip" bs=1 seek=3000000 conv=notrunc 2>/dev/null
refused 'a damaged image' 65 'damaged' --ca-file "$ca" "$tls/files/harmed.zip$t"
printf '[images]\nmax-bytes=500000\n' >"$cfg"
refused 'one that is too large' 65 'larger than 500000 bytes' --ca-file "$ca" "$tls/files/big.zip$t"
agent --json --ca-file "$ca" a1 c1 "$user" "$tls/files/big.zip$t"
check 'one that is too large: the rule and the limit' grep -qF '"rule":"max-bytes","limit":500000' "$out"
rm "$cfg"
refused 'one that changes under way' 69 'changed on the server' --sha256 "$(digest fresh.zip)" "$odd/turn/fresh.zip$t"
mv "$bin/fetchImage" "$w/fetchImage"
refused 'no fetchImage' 69 'cannot run fetchImage' --ca-file "$ca" "$tls/files/small.zip$t"
mv "$w/fetchImage" "$bin/fetchImage"

# ---- signatures

mkdir "$keys"
minisign -G -W -p "$w/ours.pub" -s "$w/ours.key" >/dev/null
minisign -G -W -p "$w/theirs.pub" -s "$w/theirs.key" >/dev/null
sign() { minisign -S -s "$w/$1.key" -m "$www/$2" -t "$3" >/dev/null || fail "cannot sign $2"; }
sign ours small.zip 'for all'
taken 'no key: no signature is asked for' small.zip --ca-file "$ca" "$tls/files/small.zip$t"
same 'no key: no signature is asked for, says nginx' 0 "$(requests /files/small.zip.minisig)"
cp "$w/ours.pub" "$keys"
taken 'signed, over TLS' small.zip --ca-file "$ca" "$tls/files/small.zip$t"
says 'signed, over TLS' 'signed, and its comment says: for all'
same 'signed, over TLS: the signature was asked for' 1 "$(requests /files/small.zip.minisig)"
taken 'signed, over http' small.zip "$plain/files/small.zip$t"
taken '--signature' small.zip --ca-file "$ca" --signature "$www/small.zip.minisig" "$tls/files/small.zip$t"
taken '--signature at a URL' small.zip --ca-file "$ca" --signature "$tls/files/small.zip.minisig$t" "$tls/files/small.zip$t"
taken '--signature over http' small.zip --ca-file "$ca" --signature "$plain/files/small.zip.minisig$t" "$tls/files/small.zip$t"
refused 'no signature there' 77 "the image must be signed: cannot fetch '$tls/files/old.zip.minisig': .*404" --ca-file "$ca" "$tls/files/old.zip$t"
refused 'no signature at that URL' 77 'the image must be signed: .*404' --ca-file "$ca" --signature "$tls/files/none$t" "$tls/files/small.zip$t"
refused 'a server that gives no signature' 69 'the image must be signed: .*answered 403' --ca-file "$ca" --signature "$tls/denied/x$t" "$tls/files/small.zip$t"
sign theirs small.zip 'for all'
lines=$(requests /files/small.zip)
refused "somebody else's signature" 77 'is none' --ca-file "$ca" "$tls/files/small.zip$t"
same "somebody else's signature: the image is not asked for" "$lines" "$(requests /files/small.zip)"
sign ours small.zip 'id=a2'
refused 'a signature for another service' 77 "signed for 'a2'" --ca-file "$ca" "$tls/files/small.zip$t"
sign ours small.zip 'for all'
cp "$www/small.zip.minisig" "$www/big.zip.minisig"
refused 'a signature of another image' 77 'signature' --ca-file "$ca" "$tls/files/big.zip$t"
refused 'a signature of another image, over http' 77 'signature' "$plain/files/big.zip$t"
printf '[images]\nsignatures=if-present\n' >"$cfg"
refused 'if-present: a signature of another image' 77 'signature' --ca-file "$ca" "$tls/files/big.zip$t"
refused 'if-present: a server that does not say' 69 'answered 403' --ca-file "$ca" "$tls/denied/x.zip$t"
taken 'if-present: no signature there' old.zip --ca-file "$ca" "$tls/files/old.zip$t"
taken 'if-present: a good signature' small.zip --ca-file "$ca" "$tls/files/small.zip$t"
says 'if-present: a good signature' 'signed, and its comment says: for all'
refused 'if-present: over http without a digest' 77 'give its --sha256' "$plain/files/old.zip$t"
rm "$cfg"
head -c 20000 /dev/urandom >"$www/big.zip.minisig"
refused 'a signature that is too large' 77 'must be signed|larger' --ca-file "$ca" "$tls/files/big.zip$t"
rm -r "$keys" "$www"/*.minisig

# ---- not downloaded in vain

exec 4<>"$books/a1/lock"
flock -n 4
lines=$(wc -l <"$ngx/access")
agent --ca-file "$ca" a1 c1 "$user" "$tls/files/fresh.zip$t"
same 'a busy service: exit status' 75 "$status"
one_line 'a busy service'
exec 4<&-
agent --generation 9 --ca-file "$ca" a1 c1 "$user" "$tls/files/old.zip$t"
same 'a generation' 0 "$status"
refused_lines=$(wc -l <"$ngx/access")
agent --generation 8 --ca-file "$ca" a1 c1 "$user" "$tls/files/fresh.zip$t"
same 'a stale generation: exit status' 76 "$status"
same 'neither of them asked the server' "0 0" \
	"$(($(grep -c fresh.zip "$ngx/access") - $(head -n "$lines" "$ngx/access" | grep -c fresh.zip))) $(($(wc -l <"$ngx/access") - refused_lines))"
clean 'not downloaded in vain'

# ---- while it comes

# begins NAME ID IMAGE - an install that waits at the gate, as $pid_NAME.
begins() {
	begin "$1" "$bin/installService" --sha256 "$(digest "$3")" "$2" c1 "$user" "$odd/gate/$3$t"
}
unpacked() { [ "$(find "$books/.stage" -type f 2>/dev/null | wc -l)" -ge "$1" ]; }
# child PID - the download of that command: its keeper's child.
child() { pgrep -P "$(pgrep -d , -P "$1")" -x fetchImage; }
taken 'a service to be updated' old.zip --ca-file "$ca" "$tls/files/old.zip$t"
rm -f "$kept/$(digest big.zip).zip"
snapshot
begins slow a1 big.zip
check 'files are unpacked while it comes' wait_until 60 unpacked 3
unchanged 'while it comes'
check_not 'it has not ended' gone "$pid_slow"
fetcher=$(child "$pid_slow")
check 'the download is a process of its own' test -n "$fetcher"
if is_root; then
	wanted=$(id -u enstratus-fetch 2>/dev/null || id -u nobody)
	same 'of an account that has no rights' "$wanted $wanted $wanted $wanted 1" "$(awk '$1 == "Uid:" { printf "%s %s %s %s ", $2, $3, $4, $5 } $1 == "NoNewPrivs:" { print $2 }' "/proc/$fetcher/status")"
	same 'nor groups, nor capabilities' '0 0000000000000000' "$(awk '$1 == "Groups:" { n = NF - 1; if (n == 1 && $2 == "'"$(id -g nobody)"'") n = 0; printf "%d ", n } $1 == "CapEff:" { print $2 }' "/proc/$fetcher/status")"
	same 'nor the environment of its caller' PATH "$(tr '\0' '\n' <"/proc/$fetcher/environ" | cut -d = -f 1 | paste -sd ' ')"
else
	skip 'an account that has no rights' 'needs root'
fi
run "$bin/installService" a1 c1 "$user" "$www/small.zip"
same 'another run is told that it is busy' 75 "$status"
run "$bin/startService" a1
same 'and so is a start' 75 "$status"
: >"$gate"
end slow
heard
same 'when all has come it is installed' '0 Service is of type: zip.' "$status $(cat "$out")"
check 'when all has come: the content' content big.zip
clean 'when all has come'
rm "$gate"

# What its end tells is judged before the rest has come.
image nobin.zip 40
(cd "$tree" && rm -rf bin "$www/nobin.zip" && find . | sort | zip -q0X "$www/nobin.zip" -@)
snapshot
begin bad "$bin/installService" --sha256 "$(digest nobin.zip)" a1 c1 "$user" "$odd/gate/nobin.zip$t"
wait_until 60 gone "$pid_bad" || fail 'a bad image is not refused before all of it has come'
end bad
heard
same 'a bad image is refused by its end' 65 "$status"
says 'a bad image is refused by its end' 'no bin/ at its top'
unchanged 'a bad image is refused by its end'
clean 'a bad image is refused by its end'

# ---- ended in the middle

image big.zip 40
big=$(stat -c %s "$www/big.zip")
sent() { awk -v path="$1" '$1 == path { n += $3 } END { print n + 0 }' "$w/asked"; }
# noted BYTES - the download's state has so many.
noted() { [ "$(cat "$kept"/.url.*.state | sed -n 's/^have //p')" -ge "$1" ]; }
for signal in KILL TERM INT; do
	case $signal in KILL) code=137 ;; TERM) code=143 ;; INT) code=130 ;; esac
	rm -f "$kept/$(digest big.zip).zip" "$gate"
	snapshot
	: >"$w/asked"
	(exec env --default-signal=INT "$bin/installService" --sha256 "$(digest big.zip)" a1 c1 "$user" "$odd/gate/big.zip$t") >"$out" 2>"$err" &
	pid=$!
	check "SIG$signal: files are unpacked" wait_until 60 unpacked 3
	check "SIG$signal: it is noted what has come" wait_until 60 noted 1900000
	kill -s $signal $pid
	status=0
	wait $pid 2>/dev/null || status=$?
	heard
	same "SIG$signal: exit status" "$code" "$status"
	wait_until 60 not_fetching || fail "SIG$signal: fetchImage goes on"
	unchanged "SIG$signal"
	[ $signal = KILL ] || check "SIG$signal: the stage is empty" stage_is_empty
	same "SIG$signal: what has come stays, and its state" 2 "$(on_its_way)"
	same "SIG$signal: for its owner only" 600 "$(stat -c %a "$kept"/.url.* | sort -u)"
	: >"$gate"
	wait_until 60 test "$(sent /gate/big.zip)" -gt 0
	: >"$w/asked"
	agent --sha256 "$(digest big.zip)" a1 c1 "$user" "$odd/gate/big.zip$t"
	same "SIG$signal, and again: exit status" 0 "$status"
	check "SIG$signal, and again: the content" content big.zip
	clean "SIG$signal, and again"
	check "SIG$signal, and again: fewer bytes" test "$(sent /gate/big.zip)" -le $((big - 4194304 - 1800000)) -a "$(sent /gate/big.zip)" -gt 0
done
rm -f "$gate"

rm -f "$kept/$(digest big.zip).zip"
taken 'a service to be updated again' old.zip --ca-file "$ca" "$tls/files/old.zip$t"
snapshot
: >"$w/asked"
agent --sha256 "$(digest big.zip)" a1 c1 "$user" "$odd/cut/big.zip$t"
same 'cut off by the server: exit status' 69 "$status"
says 'cut off by the server' "cannot install 'a1': .*403"
unchanged 'cut off by the server'
check 'cut off by the server: the stage is empty' stage_is_empty
same 'cut off by the server: what has come stays' 2 "$(on_its_way)"
check_not 'cut off by the server: no token in the state' grep -rq sesame "$books"
: >"$gate"
: >"$w/asked"
agent --sha256 "$(digest big.zip)" new1 c1 "$user" "$odd/cut/big.zip$t"
same 'cut off, and again for another service: exit status' 0 "$status"
same 'cut off, and again: only the rest' "bytes=3000000-$((big - 4194305)) $((big - 4194304 - 3000000))" "$(cut -d ' ' -f 2- "$w/asked")"
check 'cut off, and again: the content' cmp -s "$services/new1/www/file120" "$services/new1/www/file139"
rm -rf "$services/new1" "$books/new1"
clean 'cut off, and again'
rm -f "$gate" "$gate.cut"

# Its bytes on the disk are no reason to trust them.
image big.zip 40
rm -f "$gate"
begins harmed a1 big.zip
check 'to be harmed: it is noted what has come' wait_until 60 noted 1900000
kill -s KILL "$pid_harmed"
end harmed
wait_until 60 not_fetching
part=$(find "$kept" -name '.url.*' ! -name '*.state')
printf '\377\377\377' | dd of="$part" bs=1 seek=500000 conv=notrunc 2>/dev/null
: >"$gate"
snapshot
agent --sha256 "$(digest big.zip)" a1 c1 "$user" "$odd/gate/big.zip$t"
check 'a part that was harmed meanwhile is refused' test "$status" = 77 -o "$status" = 65
unchanged 'a part that was harmed meanwhile'
clean 'a part that was harmed meanwhile'
agent --sha256 "$(digest big.zip)" a1 c1 "$user" "$odd/gate/big.zip$t"
same 'and not gone on with again' 0 "$status"
rm -f "$gate"

# ---- two at once

image big.zip 30
begins first a1 big.zip
check 'the first of two is under way' wait_until 60 unpacked 3
begins second a2 big.zip
second_unpacks() { [ "$(find "$books/.stage" -path '*/a2.*' -type f | wc -l)" -ge 3 ]; }
check 'the second of two is under way' wait_until 60 second_unpacks
: >"$gate"
end first
same 'the first of two' 0 "$status"
end second
same 'the second of two' 0 "$status"
check 'both have it' content big.zip
check 'both have it whole' cmp -s "$a1/www/file120" "$services/a2/www/file120"
clean 'two at once'
rm -rf "$services/a2" "$books/a2"
rm -f "$gate"

# ---- what is kept needs no network

taken 'to be kept' small.zip --ca-file "$ca" "$tls/files/small.zip$t"
agent --sha256 "$(digest small.zip)" a1 c1 "$user" "http://127.0.0.1:1/small.zip$t"
same 'kept already: exit status' 0 "$status"
says 'kept already' "image $(digest small.zip | cut -c 1-12) is kept already"
check 'kept already: the content' content small.zip
rm "$kept/$(digest small.zip).zip"
begin unreachable "$bin/installService" --sha256 "$(digest small.zip)" a1 c1 "$user" "http://127.0.0.1:1/small.zip$t"
tried() { grep -q 'trying again' "$w/unreachable.err"; }
check 'not kept any more: the network is tried' wait_until 60 tried
kill -s TERM "$pid_unreachable"
end unreachable
same 'not kept any more, and nobody there: exit status' 143 "$status"
same 'not kept any more, and nobody there: one error' 1 "$(grep -c 'error: ' "$err")"
rm -f "$kept"/.url.* # it was to be gone on with

# The kept copy is damaged: the image is got again, and is the kept one then.
taken 'to be damaged' small.zip --ca-file "$ca" "$tls/files/small.zip$t"
printf '\377' | dd of="$kept/$(digest small.zip).zip" bs=1 seek=60 conv=notrunc 2>/dev/null
agent --sha256 "$(digest small.zip)" --dry-run --ca-file "$ca" a1 c1 "$user" "$tls/files/small.zip$t"
same 'a damaged copy, --dry-run: exit status' 0 "$status"
check_not 'a damaged copy, --dry-run: it stays' cmp -s "$www/small.zip" "$kept/$(digest small.zip).zip"
agent --sha256 "$(digest small.zip)" --ca-file "$ca" a1 c1 "$user" "$tls/files/small.zip$t"
same 'a damaged copy: exit status' 0 "$status"
says 'a damaged copy' "the kept image $(digest small.zip | cut -c 1-12) is damaged, and is got anew"
check 'a damaged copy: it is mended' cmp -s "$www/small.zip" "$kept/$(digest small.zip).zip"
clean 'a damaged copy'
printf '\377' | dd of="$kept/$(digest small.zip).zip" bs=1 seek=60 conv=notrunc 2>/dev/null
refused 'a damaged copy, and none to be had' 20 'answered 404' --sha256 "$(digest small.zip)" --ca-file "$ca" "$tls/files/none.zip$t"
taken 'a damaged copy, in the end' small.zip --sha256 "$(digest small.zip)" --ca-file "$ca" "$tls/files/small.zip$t"
agent --dry-run --sha256 "$(digest small.zip)" a1 c1 "$user" "http://127.0.0.1:1/small.zip$t"
same '--dry-run looks for a kept image as well' 0 "$status"

# ---- progress, and --dry-run

rm -f "$kept/$(digest big.zip).zip"
began=$(date +%s%N)
run timeout 120 "$bin/installService" --progress json --sha256 "$(digest big.zip)" a1 c1 "$user" "$plain/slow/big.zip$t"
heard
same 'progress as JSON: exit status' 0 "$status"
size=$(stat -c %s "$www/big.zip")
grep '^{' "$err" >"$w/progress"
check 'progress as JSON: lines' sh -c '! grep -Evq "^\{\"progress\":\"fetch\",\"done\":[0-9]+,\"total\":$2\}$" "$1"' - "$w/progress" "$size"
same 'progress as JSON: the last line' "{\"progress\":\"fetch\",\"done\":$size,\"total\":$size}" "$(tail -n 1 "$w/progress")"
check 'progress as JSON: several' test "$(wc -l <"$w/progress")" -ge 3
# The first, the last, and one in 200 ms.
check 'progress as JSON: not too many' test "$(wc -l <"$w/progress")" -le $((($(date +%s%N) - began) / 200000000 + 2))
check 'progress as JSON: it grows' sh -c 'sed "s/.*done\":\([0-9]*\).*/\1/" "$1" | sort -cn' - "$w/progress"
same 'progress as JSON: nothing else' '' "$(grep -v '^{' "$err" | grep -v 'not root')"
if have_terminal; then
	for options in '' -q '--progress none'; do
		script -qec "'$bin/installService' $options --ca-file '$ca' a1 c1 '$user' '$tls/slow/small.zip$t'" /dev/null >"$w/seen" 2>&1 </dev/null
		if [ -z "$options" ]; then
			check 'progress on a terminal' grep -q '%.* of 0\.8 MiB' "$w/seen"
		else
			check_not "no progress on a terminal with $options" grep -q 'MiB' "$w/seen"
		fi
	done
else
	skip 'progress on a terminal' 'script(1) can make none'
fi

tree_state "$services" >"$w/before"
for options in '' --replace; do
	# shellcheck disable=SC2086
	agent --dry-run $options --ca-file "$ca" a1 c1 "$nobody" "$tls/files/old.zip$t"
	same "--dry-run $options" '0 Service is of type: zip.' "$status $(cat "$out")"
done
agent --dry-run --ca-file "$ca" a1 c1 "$nobody" "$tls/files/half.zip$t"
same '--dry-run sees what is wrong with it' '65' "$status"
agent --dry-run a1 c1 "$nobody" "$plain/files/old.zip$t"
same '--dry-run over http' 77 "$status"
agent --dry-run --sha256 "$(printf '%064d' 0)" a1 c1 "$nobody" "$plain/files/old.zip$t"
same '--dry-run with another digest' 77 "$status"
tree_state "$services" >"$w/after"
check '--dry-run changes nothing' diff "$w/before" "$w/after"

check_not 'no message has the query' grep -q sesame "$w/said"
check_not 'the other server had no fault' test -s "$w/odd.err"
