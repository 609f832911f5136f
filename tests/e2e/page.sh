#!/bin/sh
# SPDX-License-Identifier: MIT
# page.sh - the page of provision status, looked at in a real browser.
# shellcheck disable=SC2016 # single quotes: for another language
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip 'the whole' 'hooks of other accounts need root'
	exit 0
fi
w=$root/w
hosts_here
mkdir -p "$w/image/bin" "$w/image/cfg"
for hook in configure start stop; do printf '#!/bin/sh\nexit 0\n' >"$w/image/bin/enstratus-$hook"; done
printf '#!/bin/sh\ncat %s/health.$1 2>/dev/null || echo OK\n' "$w" >"$w/image/bin/enstratus-check"
(cd "$w/image" && zip -qr ../image.zip .)
{
	printf '[deployment]\nname = shop\nagent = %s\nrecovery-delay = 0\n' "$bin"
	for i in 1 2 3 4 5; do printf '[host h%s]\naddress = 10.9.9.%s\n' $i $i; done
	printf '[tier db]\nhosts = h1\n[tier web]\nhosts = h2, h3, h5\nmin = 2\nmax = 3\n[tier front]\nhosts = h4\n'
	for s in cache db; do printf '[service %s]\ntier = db\nimage = image.zip\nrun-as = root\nport.3306 = TCP\n' $s; done
	printf '[service web]\ntier = web\nimage = image.zip\nrun-as = root\nport.80 = HTTP\ndepends-on = db, cache\n'
	printf '[service front]\ntier = front\nimage = image.zip\nrun-as = root\ndepends-on = web\n'
} >"$w/shop.ini"
provision() { "$bin/provision" --state "$w/state" "$@"; }
page=$w/page.html

# look NAME OPTION... - what the browser shows, to $w/NAME.png, and what it found in it, to $w/dom.
browser() {
	name=$1
	shift
	timeout 300 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
		--user-data-dir="$w/browser" "$@" "file://$page" >"$w/$name" 2>"$w/browser.err"
}
look() {
	name=$1
	shift
	browser "$name.out" --screenshot="$w/$name.png" "$@"
}
expect 'up' 0 provision up "$w/shop.ini"
expect 'a page' 0 provision status --html "$page"
same 'nothing is printed' '' "$(cat "$out" "$err")"
check 'is readable for a web server' test "$(stat -c %a "$page")" = 644
check_not 'nothing in it is from elsewhere' grep -Eiq '<script|<link|<img|(src|href)=|@import|url\((https?|//)' "$page"
check 'it is well formed' python3 -c 'import sys, xml.dom.minidom as m, re
t = open(sys.argv[1]).read()
for svg in re.findall(r"<svg.*?</svg>", t, re.S): m.parseString(svg)
import html.parser
class P(html.parser.HTMLParser):
    stack = []
    def handle_starttag(s, t, a):
        if t not in ("meta",): s.stack.append(t)
    def handle_endtag(s, t):
        assert s.stack.pop() == t, (t, s.stack)
p = P(); p.feed(t); assert p.stack == [], p.stack' "$page"
if [ -z "$(find /dev/shm "$w" -maxdepth 1 -name '.page.html.new')" ]; then pass; else fail 'no temporary file is left'; fi

# ---- a browser

if ! command -v chromium >/dev/null; then
	skip 'a browser' 'there is no chromium'
	exit 0
fi
browser dom --dump-dom
for text in 'all run' 'web-2' 'h2 at 10.9.9.2' 'RUNNING' '4 servers' 'Last events' 'server_joins' '2 servers of 2 wanted, 2 to 3' '1 server of 1 wanted' 'servers of web since '; do
	check "the browser has '$text'" grep -qF "$text" "$w/dom"
done
look wide --window-size=1100,900
look dark --window-size=1100,900 --force-dark-mode
look phone --window-size=390,844
read -r n light <<END
$(colours "$w/wide.png")
END
check "the picture is not blank: $n colours" test "${n:-0}" -gt 50
check "it is light: $light" test "${light:-0}" -gt 180
read -r n light <<END
$(colours "$w/dark.png")
END
check "in the dark it is not blank: $n colours" test "${n:-0}" -gt 50
check "it is dark: $light" test "${light:-255}" -lt 80
read -r n light <<END
$(colours "$w/phone.png")
END
check "on a phone it is not blank: $n colours" test "${n:-0}" -gt 50

# ---- what is wrong is seen

echo 'CRITICAL: disk full' >"$w/health.cache"
: >"$w/off/10.9.9.3"
expect 'watch, for a round' 0 provision watch --rounds 1 --html "$page"
check 'the state of a service is followed' grep -q 'bad">CRITICAL<' "$page"
check 'and is an event' grep -q 'health_changed cache on db-1: CRITICAL' "$page"
check 'a lost server was replaced' grep -q 'server_lost web-2' "$page"
check 'in the drawing it is told too' grep -q '<title>cache: bad</title>' "$page"
browser dom --dump-dom
check 'the browser has it' grep -qF 'CRITICAL' "$w/dom"
[ -z "${KEEP_PICTURES:-}" ] || { look bad --window-size=1100,1400 && cp "$w"/*.png "$page" "$KEEP_PICTURES"; }

# What is not OK is no success, and what was OK once is not waited for.
expect 'up, while a service is not OK' 69 provision up
says 'it is named' 'cache on db-1: CRITICAL: disk full'
rm "$w/health.cache"
expect 'up, when it is well again' 0 provision up

expect 'where it cannot be written' 71 provision status --html "$w/no/such/page.html"
one_line 'where it cannot be written'
