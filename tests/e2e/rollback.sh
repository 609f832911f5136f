#!/bin/sh
# SPDX-License-Identifier: MIT
# rollback.sh - the images that are kept: going back to them, and comparing a service with its own.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; begin sets pid_NAME
. "$(dirname "$0")/lib.sh"

w=$root/w
tree=$w/tree
a1=$services/a1
books=$services/.enstratus
kept=$books/images
cfg=$ENSTRATUS_HOME/cfg/agent.cfg
if is_root; then user=www-data; else user=somebody; fi

# image NAME [PERSIST] - its files hold its name; one of them has it as its name.
image() {
	rm -rf "$tree" "$w/$1.zip"
	mkdir -p "$tree/bin" "$tree/www" "$tree/data" "$tree/cfg"
	printf '#!/bin/sh\necho "customer=$ENSTRATUS_CUSTOMER_ID"\n' >"$tree/bin/enstratus-start"
	echo "$1" >"$tree/www/page"
	echo "$1" >"$tree/www/of-$1"
	echo "$1" >"$tree/data/seed"
	echo "$1" >"$tree/cfg/app.conf"
	chmod 640 "$tree/www/page"
	ln -s page "$tree/www/link"
	printf '[image]\nname=shop\nversion=%s.0\n%s\n' "$1" "${2:+[persist]
x=$2}" >"$tree/image.ini"
	(cd "$tree" && zip -qry "$w/$1.zip" .)
	eval "$1=$(sha256sum "$w/$1.zip" | cut -c 1-64)"
}
for name in one two three four five; do image $name; done

install() { run timeout -k 1 300 "$bin/installService" "$@"; }
# installs ID NAME [OPTION...] - well.
installs() {
	id=$1 name=$2
	shift 2
	install "$@" "$id" c1 "$user" "$w/$name.zip"
	same "installing $name as $id" 0 "$status"
}
back() { run timeout -k 1 300 "$bin/rollbackService" "$@"; }
verify() { run timeout -k 1 300 "$bin/verifyService" "$@"; }
page() { cat "$a1/www/page"; }
of_state() { sed -n "s/^$2=//p" "$books/$1/state"; }
# keeps WHAT NAME... - these and no others are kept.
keeps() {
	label=$1
	shift
	for name in "$@"; do eval "echo \"\$$name.zip\""; done | sort >"$w/wanted"
	ls -A "$kept" >"$w/got"
	check "$label: what is kept" diff "$w/wanted" "$w/got"
}
# goes_back WHAT NAME [ARG...] - to that image.
goes_back() {
	label=$1 name=$2
	shift 2
	back "$@"
	eval "wanted=\$$name"
	same "$label: exit status and answer" "0 $wanted" "$status $(cat "$out")"
	same "$label: the content" "$name $name" "$(page) $(cat "$a1/www/of-$name")"
	same "$label: the version" "$name.0" "$(of_state a1 version)"
	same "$label: the first of those that are kept" "$wanted" "$(of_state a1 kept | cut -d , -f 1)"
	check "$label: the stage is empty" is_empty "$books/.stage"
	verify -q a1
	check_not "$label: verifyService sees none of its files differ" grep -q 'differs\|missing\|type\|mode' "$out"
}
# stays WHAT STATUS PATTERN COMMAND... - it is refused, and nothing at all changes, but for the times of
# directories in which something was made and removed again.
stays() {
	label=$1 wanted=$2 pattern=$3
	shift 3
	tree_state "$services" | grep -Ev '/(lock|.stage|images)( |$)' >"$w/before"
	run timeout -k 1 300 "$@"
	same "$label: exit status" "$wanted" "$status"
	same "$label: lines on stderr" 1 "$(grep -vc 'not root: ' "$err")"
	says "$label" "^[a-zA-Z]+\\[[0-9]+\\]: error: .*$pattern"
	check_not "$label: nothing on stdout" test -s "$out"
	tree_state "$services" | grep -Ev '/(lock|.stage|images)( |$)' >"$w/after"
	check "$label: all is as it was" diff "$w/before" "$w/after"
}
rollback=$bin/rollbackService

# ---- nothing to go back to

stays 'no service' 66 'no such service' "$rollback" a1
installs a1 one
mkdir -p "$services/byhand/bin"
run "$bin/checkService" byhand
stays 'a service that was not installed' 69 'no earlier image' "$rollback" byhand
rm -rf "$services/byhand" "$books/byhand"
stays 'one image only' 69 'there is no earlier image to go back to' "$rollback" a1
installs a1 one
stays 'twice the same' 69 'there is no earlier image to go back to' "$rollback" a1
keeps 'twice the same' one
same 'a kept image: mode' 640 "$(stat -c %a "$kept/$one.zip")"
check 'a kept image is the image' cmp -s "$w/one.zip" "$kept/$one.zip"

# ---- back, and back again

installs a1 two
keeps 'two images' one two
rm "$w/one.zip" # it is not needed any more
goes_back 'back one' one a1
same 'an overlay: what the later one brought beyond it stays' two "$(cat "$a1/www/of-two")"
same 'customer and account' "c1 $user" "$(of_state a1 customer) $(of_state a1 user)"
run "$bin/startService" a1
says 'hooks see the customer' 'customer=c1'
same 'owners are as they were' "$(stat -c %U:%G "$a1/www/link")" "$(stat -c %U:%G "$a1/www/page")"
goes_back 'back from there' two a1
goes_back 'with --replace' one --replace a1
check_not 'with --replace: nothing of the later one' test -e "$a1/www/of-two"
verify a1
same 'with --replace: nothing differs' '0 ' "$status $(cat "$out")"
back --json a1
same '--json' "{\"schema\":1,\"command\":\"rollbackService\",\"status\":0,\"service\":\"a1\",\"type\":\"zip\",\"digest\":\"$two\",\"version\":\"two.0\",\"entries\":11,\"bytes\":$(unzip -Z -t "$w/two.zip" | awk '{ print $3 }'),\"droppedModeBits\":0,\"update\":true,\"dryRun\":false}" "$(cat "$out")"
installs a1 three
keeps 'three images' one two three
goes_back 'back one of three' two a1
same 'the order' "$two,$three,$one" "$(of_state a1 kept)"

# ---- by digest

goes_back 'by digest' one a1 "$one"
goes_back 'by its beginning' three a1 "$(echo "$three" | cut -c 1-12)"
goes_back 'the one that is installed' three a1 "$three"
same 'the order after it' "$three,$one,$two" "$(of_state a1 kept)"
# Two that begin alike: another service's image is made until one does.
n=0
while :; do
	image "alike"
	echo $n >"$tree/www/n"
	(cd "$tree" && rm "$w/alike.zip" && zip -qry "$w/alike.zip" .)
	alike=$(sha256sum "$w/alike.zip" | cut -c 1-64)
	for name in one two three; do
		eval "digest=\$$name"
		[ "${digest%"${digest#?}"}" != "${alike%"${alike#?}"}" ] || break 2
	done
	n=$((n + 1))
done
installs a2 alike
stays 'an ambiguous beginning' 1 "several images begin with '${alike%"${alike#?}"}'" "$rollback" a1 "${alike%"${alike#?}"}"
stays 'an unknown digest' 69 "no image '0123456789ab' is kept" "$rollback" a1 0123456789ab
for bad in '' x "$one.zip" "${one}0" ../images "$(echo "$one" | tr a-f A-F)x" '*' .; do
	stays "a digest that is none, '$bad'" 1 "'.*' is no SHA-256, nor the beginning of one, in lower-case hexadecimal digits" "$rollback" a1 "$bad"
done
back a1 "$alike"
same 'an image that another service has' "0 alike" "$status $(page)"
goes_back 'and back' three a1
installs a1 two
installs a1 three

# ---- what is refused

goes_back 'a generation' two --generation 9 a1
stays 'a stale generation' 76 'generation 8 is stale' "$rollback" --generation 8 a1
goes_back 'the same generation' three --generation 9 a1
exec 4<>"$books/a1/lock"
flock -n 4
stays 'a busy service' 75 'is busy' "$rollback" a1
exec 4<&-
printf '[images]\nmax-entries=3\n' >"$cfg"
stays 'the limits of today' 65 'entries' "$rollback" a1
printf '[images]\nkeep=x\n' >"$cfg"
stays 'a malformed agent.cfg' 65 'keep' "$rollback" a1
stays 'a malformed agent.cfg, --dry-run' 65 'keep' "$rollback" --dry-run a1
stays 'a malformed agent.cfg, installing' 65 'keep' "$bin/installService" --dry-run a1 c1 "$user" "$w/one.zip"
printf '[images]\nsync=perhaps\n' >"$cfg"
stays 'whether to sync' 65 'sync' "$bin/installService" --dry-run a1 c1 "$user" "$w/one.zip"
rm "$cfg"
mkdir "$ENSTRATUS_HOME/keys"
minisign -G -W -p "$ENSTRATUS_HOME/keys/k.pub" -s "$w/k.key" >/dev/null
goes_back 'unsigned, after a key was added' two a1
rm -r "$ENSTRATUS_HOME/keys"
goes_back 'and without' three a1

# A file that was changed on the disk: one byte, its end, all of it, another image.
image other
cp "$kept/$two.zip" "$w/good"
for damage in byte end empty other; do
	chmod u+w "$kept/$two.zip"
	case $damage in
	byte) printf '\377' | dd of="$kept/$two.zip" bs=1 seek=60 conv=notrunc 2>/dev/null ;;
	end) head -c -1 "$w/good" >"$kept/$two.zip" ;;
	empty) : >"$kept/$two.zip" ;;
	other) cat "$w/other.zip" >"$kept/$two.zip" ;;
	esac
	stays "damaged: $damage" 74 'the kept image is damaged: its digest is [0-9a-f]{64}' "$rollback" a1 "$two"
	stays "damaged: $damage, --replace" 74 'the kept image is damaged' "$rollback" --replace a1 "$two"
	stays "damaged: $damage, --dry-run" 74 "would not install 'a1': the kept image is damaged" "$rollback" --dry-run a1 "$two"
	cat "$w/good" >"$kept/$two.zip"
done
goes_back 'undamaged' two a1 "$two"
mv "$kept/$three.zip" "$w/away"
stays 'an image that is gone' 69 'is kept' "$rollback" a1
ln -s "$w/away" "$kept/$three.zip"
tree_state "$a1" >"$w/before"
back a1
check_not 'a link in its place' test "$status" = 0
tree_state "$a1" >"$w/after"
check 'a link in its place: the service is as it was' diff "$w/before" "$w/after"
rm "$kept/$three.zip"
mv "$w/away" "$kept/$three.zip"
goes_back 'all is well again' three a1

# ---- how many

installs a1 four
keeps 'three are kept' four three two alike
installs a1 five
keeps 'still three' five four three alike
printf '[images]\nkeep=2\n' >"$cfg"
installs a1 two
keeps 'keep=2' two five alike
same 'keep=2: the order' "$two,$five" "$(of_state a1 kept)"
goes_back 'keep=2: back' five a1
printf '[images]\nkeep=1\n' >"$cfg"
installs a1 three
keeps 'keep=1' three alike
stays 'keep=1: back' 69 'no earlier image' "$rollback" a1
installs a2 four
keeps 'keep=1: what runs is never removed' three four
verify a1
same 'keep=1: it can be verified' 0 "$status"
stays 'keep=1: a refused image' 20 'No such file' "$bin/installService" a1 c1 "$user" "$w/none.zip"
printf '[images]\nkeep=16\n' >"$cfg"
for name in four five two; do installs a1 $name; done
keeps 'keep=16' two three four five
goes_back 'keep=16: the oldest' three a1 "$three"
for keep in 0 17 -1 '' two; do
	printf '[images]\nkeep=%s\n' "$keep" >"$cfg"
	stays "keep=$keep" 65 'keep' "$bin/installService" a1 c1 "$user" "$w/two.zip"
done
rm "$cfg"
installs a2 five
cp "$books/a2/state" "$w/state"
echo 'kept=garbage' >>"$books/a2/state"
installs a1 two
says 'what another service wants is not known' 'warning: images that are not needed any more stay: .*a2'
cp "$w/state" "$books/a2/state"
installs a1 two
for service in a1 a2; do
	verify $service
	same "what $service runs is there" 0 "$status"
done

# An image that is removed while a run which is to go back to it waits.
printf '[images]\nkeep=1\n' >"$cfg"
image rare
installs a2 rare
exec 4<>"$books/a1/lock"
flock -n 4
waits() { [ "$(awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status")" -ge 20 ]; }
begin late "$bin/rollbackService" --wait 60 a1 "$rare" 4<&-
check 'a run waits' wait_until 60 waits "$pid_late"
installs a2 five
check_not 'its image is removed meanwhile' test -e "$kept/$rare.zip"
before=$(page)
exec 4<&-
end late
same 'it is not installed then' "69 $before" "$status $(page)"
verify a1
same 'the service has its image' 0 "$status"
rm "$cfg"

# Dead runs' copies go, downloads of today stay.
: >"$kept/.copy.0123abcd"
: >"$kept/.url.$one"
: >"$kept/.url.$two"
touch -d '8 days ago' "$kept/.url.$two"
installs a1 two
same 'what was on its way' ".url.$one" "$(cd "$kept" && ls -d .[cu]*)"
rm "$kept"/.url.*

# ---- verifyService

stays 'verifyService: no service' 66 'no such service' "$bin/verifyService" none
mkdir -p "$services/byhand/bin"
verify byhand
same 'verifyService: a service that was not installed' 69 "$status"
says 'verifyService: a service that was not installed' "service 'byhand': it is not known from which image it came"
rm -rf "$services/byhand" "$books/byhand"
rm -rf "$a1"
installs a1 two
mkdir "$a1/log"
echo MINE >"$a1/www/mine"
echo MINE >"$a1/cfg/mine"
touch "$a1/www/page" # only its time
verify a1
same 'what was added is told, and is no difference' '0 added	cfg/mine,added	log,added	www/mine' "$status $(sort "$out" "$err" | paste -sd ,)"
verify -q a1
same 'what was added, quiet' '0 ' "$status $(cat "$out" "$err")"
verify --json a1
same 'what was added, --json' '0 3 "status":0' "$status $(grep -o '"added"' "$out" | wc -l) $(grep -o '"status":0' "$out")"
verify --strict -q a1
same 'what was added, --strict' '1 added	cfg/mine,added	log,added	www/mine' "$status $(sort "$out" | paste -sd ,)"
says 'what was added, --strict' "service 'a1': 3 differences from the image"
verify --strict --json a1
same 'what was added, --strict --json' '1 "status":1' "$status $(grep -o '"status":1' "$out")"
rm -r "$a1/cfg/mine" "$a1/log" "$a1/www/mine"
verify a1
same 'as it was installed' '0 ' "$status $(cat "$out" "$err")"
verify --json a1
same 'as it was installed, --json' "0 {\"schema\":1,\"command\":\"verifyService\",\"status\":0,\"service\":\"a1\",\"digest\":\"$two\",\"checked\":11,\"findings\":[]}" "$status $(cat "$out")"
# finds WHAT LINE... - exactly these.
finds() {
	label=$1
	shift
	verify a1
	same "$label: exit status" 1 "$status"
	printf '%b\n' "$@" | sort >"$w/wanted"
	sort "$out" >"$w/got"
	check "$label: the findings" diff "$w/wanted" "$w/got"
	one_line "$label"
	says "$label" "^verifyService\\[[0-9]+\\]: error: service 'a1': $# difference(s|) from the image$"
	verify --json a1
	same "$label: --json: exit status" 1 "$status"
	n=0
	for line in "$@"; do
		check "$label: --json has '$line'" grep -qF "$(printf '%b' "$line" | sed 's/\(.*\)	\(.*\)/{"finding":"\1","path":"\2"}/')" "$out"
	done
	check "$label: --json: status" grep -q '"status":1' "$out"
	same "$label: --json: as many" $# "$(grep -o '"finding":' "$out" | wc -l)"
	installs a1 two
}
echo twO >"$a1/www/page"
finds 'another content of the same length' 'differs\twww/page'
echo more >>"$a1/www/of-two"
finds 'another length' 'differs\twww/of-two'
: >"$a1/data/seed"
finds 'an empty file' 'differs\tdata/seed'
ln -sf of-two "$a1/www/link"
chown -h --reference="$a1/www/page" "$a1/www/link"
finds 'a link that leads elsewhere' 'differs\twww/link'
rm "$a1/www/page" "$a1/www/link" "$a1/bin/enstratus-start"
finds 'missing files' 'missing\twww/page' 'missing\twww/link' 'missing\tbin/enstratus-start'
rm -r "$a1/data"
finds 'a missing directory' 'missing\tdata' 'missing\tdata/seed'
rm "$a1/www/page"
ln -s of-two "$a1/www/page"
finds 'a link in the place of a file' 'type\twww/page'
rm "$a1/www/page"
mkdir "$a1/www/page"
verify a1
same 'a directory in the place of a file' '1 type	www/page' "$status $(cat "$out")"
rmdir "$a1/www/page"
installs a1 two
rm -r "$a1/data"
echo file >"$a1/data"
verify a1
same 'a file in the place of a directory' '1 type	data,type	data/seed' "$status $(sort "$out" | paste -sd ,)"
rm "$a1/data"
mkdir "$w/elsewhere"
echo two >"$w/elsewhere/seed"
ln -s "$w/elsewhere" "$a1/data"
verify a1
same 'a link in the place of a directory is not followed' '1 type	data,type	data/seed' "$status $(sort "$out" | paste -sd ,)"
rm "$a1/data"
installs a1 two
mkfifo "$w/fifo"
rm "$a1/www/page"
cp -a "$w/fifo" "$a1/www/page"
verify a1
same 'a FIFO does not hang it' '1 type	www/page' "$status $(cat "$out")"
rm "$a1/www/page"
installs a1 two
chmod 644 "$a1/www/page"
chmod 4750 "$a1/bin/enstratus-start"
chmod 600 "$a1/cfg/app.conf"
finds 'modes' 'mode\twww/page' 'mode\tbin/enstratus-start' 'mode\tcfg/app.conf'
echo twO >"$a1/www/page"
chmod 666 "$a1/www/page"
finds 'content and mode' 'differs\twww/page' 'mode\twww/page'
if is_root; then
	chown root "$a1/www/page" "$a1/bin/enstratus-start"
	chgrp daemon "$a1/cfg/app.conf"
	chown -h root:root "$a1/www/link"
	finds 'owners' 'owner\twww/page' 'owner\tbin/enstratus-start' 'owner\tcfg/app.conf' 'owner\twww/link'
else
	skip 'owners' 'needs root'
fi
echo evil >"$a1/bin/enstratus-stop"
mkdir "$a1/bin/lib"
: >"$a1/bin/.hidden"
verify a1
same 'what bin/ has beyond it' '1 extra	bin/.hidden,extra	bin/enstratus-stop,extra	bin/lib' "$status $(sort "$out" | paste -sd ,)"
rm -r "$a1/bin/enstratus-stop" "$a1/bin/lib" "$a1/bin/.hidden"
: >"$a1/bin/$(printf 'a\033[31m\nb"\\c')"
verify a1
same 'a name that would do harm' '1 extra	bin/a?[31m?b"\c' "$status $(cat "$out")"
verify --json a1
check 'a name that would do harm, --json' grep -qF '"path":"bin/a\u001b[31m\u000ab\"\\c"' "$out"
rm "$a1/bin/"a*
verify a1
same 'all is well again' 0 "$status"
: >"$a1/bin/extra"
"$bin/verifyService" a1 >/dev/full 2>"$err"
check_not 'nowhere to write' test $? = 0
"$bin/verifyService" --json a1 >/dev/full 2>"$err"
check_not 'nowhere to write, --json' test $? = 0
rm "$a1/bin/extra"
tree_state "$a1" >"$w/before"
verify a1
tree_state "$a1" >"$w/after"
check 'it changes nothing' diff "$w/before" "$w/after"
exec 4<>"$books/a1/lock"
flock -n 4
stays 'verifyService: a busy service' 75 'is busy' "$bin/verifyService" a1
exec 4<&-

# What persists is the service's own.
image lasting 'data,www/of-lasting'
installs a1 lasting --replace
echo ROW >"$a1/data/seed"
rm "$a1/www/of-lasting"
verify a1
same 'what persists is passed over' '0 ' "$status $(cat "$out")"
verify --json a1
check 'and not counted' grep -q '"checked":8,' "$out"
printf '[persist]\nx=www,cfg\n' >"$a1/image.ini"
echo evil >"$a1/www/page"
verify a1
same 'what the installed image.ini says does not count' '1 differs	image.ini,differs	www/page' "$status $(sort "$out" | paste -sd ,)"
installs a1 two --replace

# An overlay leaves hooks of an earlier image.
image hooked
printf '#!/bin/sh\n' >"$tree/bin/enstratus-check"
(cd "$tree" && rm "$w/hooked.zip" && zip -qry "$w/hooked.zip" .)
installs a1 hooked
installs a1 two
finds_extra() { verify -q a1 && [ "$(cat "$out")" = 'extra	bin/enstratus-check' ]; }
check 'a hook of an earlier image' finds_extra
installs a1 two --replace

chmod u+w "$kept/$two.zip"
printf '\377' | dd of="$kept/$two.zip" bs=1 seek=60 conv=notrunc 2>/dev/null
stays 'verifyService: a damaged image' 74 "service 'a1': the kept image is damaged" "$bin/verifyService" a1
run "$bin/verifyService" --json a1
check 'verifyService: a damaged image, --json' grep -q '"status":74,"error":"' "$out"
installs a1 two
verify a1
same 'the image brought again mends it' 0 "$status"
rm "$kept/$two.zip"
stays 'verifyService: an image that is gone' 69 "service 'a1': its image $(echo "$two" | cut -c 1-12) is not kept any more" "$bin/verifyService" a1
