#!/bin/sh
# SPDX-License-Identifier: MIT
# static-site.sh - the static-site image without an agent: packed, unpacked, its hooks called in the agent's way.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=nobody
. "$(dirname -- "$0")/lib.sh"

# What a path may have; the hooks are to take any.
services="$tmp/o'd\"d \$a;{b}=(c)&"
svc=$services/a1234

# nginx_of DIRECTORY - the pids of every nginx that was started there.
nginx_of() {
	for p in /proc/[0-9]*; do
		{ read -r comm <"$p/comm"; } 2>/dev/null || continue
		if [ "$comm" = nginx ] && [ "$(readlink "$p/cwd")" = "$1" ]; then
			printf '%s\n' "${p#/proc/}"
		fi
	done
}

# cfg [LINE...] - a file of the usual shape with these lines in [enstratus]; $custom is the other section.
custom='listen=127.0.0.1'
cfg() {
	printf '%s\n' '# enStratus service configuration file' '# Generated Fri Feb 05 01:29:06 UTC 2010' \
		'[enstratus]' serverId=48914 serviceId=a1234 "$@" '[custom]' port.80.privatePort=1 "$custom"
}

# status PATH [OPTION...] - the HTTP status of a page at $port.
status() {
	page=$1
	shift
	curl -q -s -m 5 --noproxy '*' -o "$tmp/page" -w '%{http_code}' "$@" "http://127.0.0.1:$port$page"
}

# files - all that could tell one state of the service's files from another.
files() {
	(
		cd "$svc" || exit 1
		find . -type f ! -path './log/*' -printf '%p %i %T@ %m %u %g\n' -exec sha256sum {} + | sort
	)
}

# ---- the packer

cp -R "$top/service-images/static-site" "$tmp/tree"
find "$tmp/tree" -exec touch -d 2020-02-02 {} +
chmod -R go-rwx "$tmp/tree"
yes 'the image is packed' "$top/service-images/pack" "$top/service-images/static-site" "$tmp/1.zip"
(
	umask 077
	TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$top/service-images/pack" "$tmp/tree" "$tmp/2.zip"
)
yes 'other times, modes, umask and zone give the same bytes' cmp "$tmp/1.zip" "$tmp/2.zip"
is 'empty directories are entries, .gitkeep is none' 'cfg/ log/ run/' \
	"$(unzip -Z1 "$tmp/1.zip" | grep -E '^(cfg|log|run)/|gitkeep' | tr '\n' ' ' | sed 's/ $//')"
ln -s /etc/passwd "$tmp/tree/www/link"
"$top/service-images/pack" "$tmp/tree" "$tmp/3.zip" 2>"$tmp/out"
is 'a link is refused in one line' '1 1' "$? $(wc -l <"$tmp/out")"
is 'and nothing is left of the attempt' "$(printf '1.zip\n2.zip\nbin\nout\ntree\nyes.out')" "$(ls -A "$tmp")"

# ---- before the first configure

install static-site
yes 'stop before the first start' hook stop
hook check
is 'check before configure' '1 DOWN: not configured' "$? $(cat "$tmp/out")"
hook start
is 'start before configure fails in one line' '1 1' "$? $(wc -l <"$tmp/out")"

# ---- a plain site

free_port
first=$port
cfg "port.80.privatePort=$first" | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
hook check
is 'check' '0 OK' "$? $(cat "$tmp/out")"
is 'the page' "200 $(cksum <"$top/service-images/static-site/www/index.html")" "$(status /) $(cksum <"$tmp/page")"
is 'the title of /about by default' '200 1' "$(status /about) $(grep -c '<h1>Static site</h1>' "$tmp/page")"
is 'without a key /private/ is denied' 403 "$(status /private/)"

master=$(cat "$svc/run/nginx.pid")
is 'nginx leads a session of its own' "$master" "$(awk '{ print $6 }' "/proc/$master/stat")"
is 'and holds nothing of what the hook wrote to' 0 "$(find "/proc/$master/fd" -lname "$tmp/out" | wc -l)"
if [ "$(id -u)" = 0 ]; then
	worker=$(nginx_of "$svc" | grep -vx "$master")
	is 'the worker runs as the owner, or as the agent' "${agent:+enstratus}" \
		"$(stat -c %U "/proc/$worker" | sed 's/^nobody$//')"
fi

# ---- the password

user='site user' odd="p'a\"s\\s\$w=o:r #d%\\n"
keys() {
	cfg "port.80.privatePort=$port" serviceKeys=other,site "serviceKey.site.user=$user" "serviceKey.site.password=$1"
}
keys "$odd" | configure
is 'configure with a key' '0 ' "$? $(cat "$tmp/out")"
yes 'start again, changed' hook start
is 'the master is the same one' "$master" "$(cat "$svc/run/nginx.pid")"
is 'without a password' 401 "$(status /private/)"
is 'with a wrong one' 401 "$(status /private/ -u "$user:wrong")"
is 'with the right one' 200 "$(status /private/ -u "$user:$odd")"
is 'other pages ask for none' 200 "$(status /)"

before=$(files) pids=$(nginx_of "$svc")
keys "$odd" | configure
is 'the same configuration changes no file' "0 $before" "$? $(files)"
yes 'start again, unchanged' hook start
is 'which leaves every process as it was' "$pids" "$(nginx_of "$svc")"

custom='title=Tea & <Cake>
listen=127.0.0.1'
keys 'the new one' | configure
yes 'a new password and title' hook start
is 'the old password' 401 "$(status /private/ -u "$user:$odd")"
is 'the new password' 200 "$(status /private/ -u "$user:the new one")"
is 'the new title' '200 1' "$(status /about) $(grep -c '<h1>Tea &amp; &lt;Cake&gt;</h1>' "$tmp/page")"

if [ "$(id -u)" = 0 ] && [ -z "$agent" ]; then
	keys 'the new one' | sed 's/^serverId.*/runAsUser=daemon/' | configure
	yes 'start with runAsUser' hook start
	is 'another user than the owner can read the passwords' 200 "$(status /private/ -u "$user:the new one")"
	worker=$(nginx_of "$svc" | grep -vx "$(cat "$svc/run/nginx.pid")")
	is 'and is the one' daemon "$(stat -c %U "/proc/$worker")"
fi

# ---- what is refused

# refused KEY LINE... - one line that names KEY, and nothing has changed.
refused() {
	key=$1
	shift
	cfg "$@" | configure
	got=$?
	is "refused for $key: $(printf '%.50s' "$*")" '1 1 1' "$got $(wc -l <"$tmp/out") $(grep -c "enstratus-configure: $key: " "$tmp/out")"
}
before=$(files)
for number in 0 65536 080 80x -1 ' 80' 99999999999999999999; do
	refused port.80.privatePort "port.80.privatePort=$number"
done
refused privatePort privatePort=http
refused serviceKey.site.user serviceKeys=site serviceKey.site.password=x
refused serviceKey.site.user serviceKeys=site serviceKey.site.user=a:b serviceKey.site.password=x
refused serviceKey.site.password serviceKeys=site serviceKey.site.user=a
refused serviceKey.site.password serviceKeys=site serviceKey.site.user=a "serviceKey.site.password=$(printf '%0257d' 0)"
good=$custom
for custom in listen=here listen=ad.ad 'listen=1.2.3.4;' 'listen=*'; do refused listen "privatePort=$port" "name=$custom"; done
custom=$good
if [ "$(id -u)" = 0 ] && [ -z "$agent" ]; then
	refused runAsUser runAsUser=no-such-account
	refused runAsUser 'runAsUser=root root; #'
elif [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || printf 1024)" -gt 1 ]; then
	refused "port.80.privatePort or listen" port.80.privatePort=1
fi
is 'no refusal has changed a file' "$before" "$(files)"
is 'and the site still answers' 200 "$(status /)"

# ---- ports and certificate

free_port
plain=$port
cfg "privatePort=$port" | configure
yes 'another port, by the deprecated key' hook start
# Another account than before: by a master of its own.
is 'answers' 200 "$(status /)"
no 'it is not the former one' test "$(cat "$svc/run/nginx.pid")" = "$master"
port=$first
is 'the former one does not' 000 "$(status /)"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=site \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$tmp/key" -out "$tmp/cert" 2>/dev/null
free_port
secure=$port port=$plain
cfg "port.443.privatePort=$secure" port.443.protocol=https "port.80.privatePort=$plain" port.80.protocol=HTTP |
	configure site.example "$tmp/cert" "$tmp/key" "$tmp/cert"
is 'configure with a certificate' '0 ' "$? $(cat "$tmp/out")"
yes 'start with a certificate' hook start
yes 'TLS answers' curl -q -s -m 5 --noproxy '*' --cacert "$tmp/cert" -o /dev/null "https://127.0.0.1:$secure/"
is 'so does the plain port' 200 "$(status /)"
is 'the key is for one pair of eyes' 600 "$(stat -c %a "$svc/cfg/.tls.pem")"
before=$(files)
cfg "port.443.privatePort=$secure" port.443.protocol=https "port.80.privatePort=$plain" |
	configure site.example "$tmp/cert" "$tmp/cert"
is 'a key that is none is refused in one line' '1 1' "$? $(wc -l <"$tmp/out")"
is 'and has changed no file' "$before" "$(files)"
cfg "port.80.privatePort=$plain" | configure site.example "$tmp/cert" "$tmp/key"
is 'without an HTTPS port there is a note' '0 1' "$? $(grep -c 'certificate ignored' "$tmp/out")"
yes 'and no key is kept' test ! -e "$svc/cfg/.tls.pem"

custom=
cfg "port.80.privatePort=$plain" | configure
yes 'all addresses, where a reload cannot do' hook start
is 'answers' 200 "$(status /)"
no 'it is not the former one' test "$(cat "$svc/run/nginx.pid")" = "$master"

# ---- neighbours, crashes, stop

svc=$services/a1235
install static-site
custom='listen=127.0.0.1'
cfg "port.80.privatePort=$plain" | configure
hook start
is 'a second service at the same port fails and says why' '1 1' \
	"$? $(grep -c 'still could not bind' "$tmp/out")"
hook check
is 'its check is not taken in by the answer' 'DOWN: nginx is not running' "$(cut -d , -f 1 "$tmp/out")"
cp "$services/a1234/run/nginx.pid" "$svc/run/nginx.pid"
yes 'its stop, with a pid that now is the other one' hook stop
svc=$services/a1234
hook check
is 'leaves the other one alone' OK "$(cat "$tmp/out")"

kill -s KILL "$(cat "$svc/run/nginx.pid")"
hook check
is 'a killed master is seen by check' 'DOWN: nginx is not running' "$(cut -d , -f 1 "$tmp/out")"
yes 'start after it' hook start
hook check
is 'is OK' OK "$(cat "$tmp/out")"

yes 'stop' hook stop
is 'no process is left' '' "$(nginx_of "$svc")"
yes 'stop again' hook stop
hook check
is 'check after stop' "1 DOWN: no answer on port $plain" "$? $(cat "$tmp/out")"
yes 'start after stop' hook start
hook check
is 'is OK again' OK "$(cat "$tmp/out")"
yes 'stop for good' hook stop

is 'no password stands in any output or file' '' "$(grep -rlF -e "$odd" -e 'the new one' "$tmp/all" "$services")"
is 'no temporary name is left' '' "$(find "$services" -name '.new*')"
