#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh - installService over real archives: what it makes, what it refuses, what it leaves.
# By root it has mounts of its own, which end with it: for accounts and full disks.
# shellcheck disable=SC2016 # single quotes: for an inner shell, or for later
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
tree=$w/tree
stage=$services/.enstratus/.stage
pid=
at_exit '[ -z "$pid" ] || { kill -KILL "$pid"; kill -CONT "$pid"; } 2>/dev/null'

# Who everything belongs to, and the group that shares bin/ and cfg/.
if is_root; then
	user=www-data
	owner=$(id -u www-data):$(getent group www-data | cut -d : -f 3)
	shared=$(id -u www-data):$( (getent group enstratus || getent group "$(id -g)") | cut -d : -f 3)
else
	user=somebody
	owner=$(id -u):$(id -g)
	shared=$owner
fi

# agent ARG... - installService, ended where it hangs.
agent() { run timeout -k 1 300 "$bin/installService" "$@"; }

# pack FILE [ZIP_OPTION...] - an image of all that is in $tree.
pack() {
	file=$1
	shift
	rm -f "$file"
	(cd "$tree" && zip -qry "$@" "$file" .)
}

# patched FILE SED_EXPRESSION - an image of $tree with bytes exchanged by as many others.
patched() {
	pack "$w/patch.zip" -0 -D
	LC_ALL=C sed "$2" "$w/patch.zip" >"$1"
}

digest() { sha256sum "$1" | cut -c 1-64; }

# small_tree - the least that is an image.
small_tree() {
	rm -rf "$tree"
	mkdir -p "$tree/bin" "$tree/www"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	echo CONTENT >"$tree/www/page1"
	echo CONTENT >"$tree/www/page2"
}

# names DIRECTORY - of all directly in it, in one line.
names() { find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '; }

# listing DIRECTORY - kind, mode, owner and name of all there is.
listing() { (cd "$1" && find . -printf '%y %m %U:%G %p\n' | sort -k 4); }

# snapshot DIRECTORY... - keeps all that could tell one state of them from another.
snapshot() { tree_state "$@" >"$w/before"; }
# unchanged WHAT DIRECTORY... - they are as the snapshot has them.
unchanged() {
	what=$1
	shift
	tree_state "$@" >"$w/after"
	check "$what" diff "$w/before" "$w/after"
}

# one_error WHAT - stderr is one line, beside what was noted of the image and of the accounts.
one_error() {
	same "$1: lines on stderr" 1 "$(grep -Evc 'not root: |setuid|mode bits|code page' "$err")"
	check "$1: an error" sh -c 'tail -n 1 "$1" | grep -q "^installService\[[0-9]*\]: error: "' - "$err"
}

# ---- a new service

mkdir -p "$tree/bin/lib.d" "$tree/cfg/sub" "$tree/www/private" "$tree/log" "$tree/data" "$tree/app/a/b"
cat >"$tree/bin/enstratus-start" <<'END'
#!/bin/sh
echo "customer=$ENSTRATUS_CUSTOMER_ID"
END
echo '#!/bin/sh' >"$tree/bin/enstratus-stop"
echo inner >"$tree/bin/lib.d/inner"
echo conf >"$tree/cfg/app.conf"
echo deep >"$tree/cfg/sub/deep.conf"
echo one >"$tree/www/index.html"
echo lost >"$tree/www/old.html"
echo '#!/bin/sh' >"$tree/www/run.sh"
echo key >"$tree/www/private/key"
echo blank >"$tree/www/a b ü.txt"
echo dropped >"$tree/www/suid"
echo dropped >"$tree/www/world"
ln -s index.html "$tree/www/current"
chmod 644 "$tree/bin/enstratus-start" "$tree/cfg/app.conf"
chmod 755 "$tree/bin/enstratus-stop" "$tree/www/run.sh"
chmod 700 "$tree/www/private"
chmod 600 "$tree/www/private/key"
chmod 640 "$tree/cfg/sub/deep.conf"
chmod 4755 "$tree/www/suid"
chmod 666 "$tree/www/world"
pack "$w/one.zip"
entries=$(find "$tree" -mindepth 1 | wc -l)
bytes=$(find "$tree" \( -type f -o -type l \) -printf '%s\n' | awk '{ n += $1 } END { print n }')

agent a1 c100 "$user" "$w/one.zip"
same 'a new service' 0 "$status"
check 'stdout is exactly the type' sh -c 'printf "Service is of type: zip.\n" | cmp -s - "$1"' - "$out"
says 'dropped mode bits' 'setuid|mode bits'
if is_root; then
	check_not 'root is not told of being none' grep -q 'not root' "$err"
else
	same 'not root is said once' 1 "$(grep -c 'not root' "$err")"
fi
check 'the content, empty directories included' diff -r --no-dereference "$tree" "$services/a1"
cat >"$w/wanted" <<END
d 775 $shared .
d 755 $owner ./app
d 755 $owner ./app/a
d 755 $owner ./app/a/b
d 2750 $shared ./bin
f 750 $shared ./bin/enstratus-start
f 750 $shared ./bin/enstratus-stop
d 755 $owner ./bin/lib.d
f 644 $owner ./bin/lib.d/inner
d 770 $shared ./cfg
f 770 $shared ./cfg/app.conf
d 755 $owner ./cfg/sub
f 640 $owner ./cfg/sub/deep.conf
d 755 $owner ./data
d 755 $owner ./log
d 755 $owner ./www
f 644 $owner ./www/a b ü.txt
l 777 $owner ./www/current
f 644 $owner ./www/index.html
f 644 $owner ./www/old.html
d 700 $owner ./www/private
f 600 $owner ./www/private/key
f 755 $owner ./www/run.sh
f 755 $owner ./www/suid
f 664 $owner ./www/world
END
sort -k 4 -o "$w/wanted" "$w/wanted"
listing "$services/a1" >"$w/got"
check 'owners and modes' diff "$w/wanted" "$w/got"
same 'beside it only the books' '.enstratus a1 ' "$(names "$services")"
same 'which are closed to others, and the agent'\''s group' 2770 "$(stat -c %a "$services/.enstratus")"
check 'the stage is empty' is_empty "$stage"

expect 'the start hook runs' 0 "$bin/startService" a1
says 'the customer was recorded' 'customer=c100$'

agent a2 c1 "$user" "$images/static-site.zip"
same 'the sample image' 0 "$status"
mkdir "$w/unzipped"
unzip -q "$images/static-site.zip" -d "$w/unzipped"
mkdir -p "$w/unzipped/cfg"
check 'has the content that unzip finds' diff -r "$w/unzipped" "$services/a2"
same 'its hooks can be run' '750' "$(find "$services/a2/bin" -type f -printf '%m\n' | sort -u)"

cp "$w/one.zip" "$w/-odd name.v2.ZIP"
(cd "$w" && "$bin/installService" -- a3 c1 "$user" '-odd name.v2.ZIP') >"$out" 2>"$err"
same 'a relative name with a dash, the suffix in capitals' '0 Service is of type: zip.' "$? $(cat "$out")"
rm -rf "$services/a3"

mkdir "$root/fresh"
status=0
ENSTRATUS_SERVICES_DIR=$root/fresh/services "$bin/installService" a1 c1 "$user" "$w/one.zip" >"$out" 2>"$err" || status=$?
same 'the services directory is made when missing' '0 755' "$status $(stat -c %a "$root/fresh/services")"

# ---- names in another code: Python reads them as we do, and packs them so if it is told to

python3 -X utf8 - "$w/dos.zip" >"$w/wanted" <<'END'
import sys, zipfile
class Dos(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), self.flag_bits
with zipfile.ZipFile(sys.argv[1], "w") as dos:
    for name in "bin/enstratus-start", "www/Überfluß", "www/ñandú/ΣΩ", "www/░▒▓":
        dos.writestr(Dos(name), name)
print(*sorted(zipfile.ZipFile(sys.argv[1]).namelist()), sep="\n")
END
agent n437 c100 "$user" "$w/dos.zip"
same 'names in code page 437' 0 "$status"
lines_with "$err" ': names that are not in UTF-8, and taken to be in code page 437: 3'
same 'names in code page 437: that is said once' 1 "$count"
(cd "$services/n437" && find bin www -type f | LC_ALL=C sort) >"$w/found"
check 'names in code page 437: they are what Python has' diff "$w/wanted" "$w/found"
(cd "$services/n437" && while read -r name; do [ "$(cat "$name")" = "$name" ] || echo "$name"; done <"$w/wanted") >"$w/found"
check_not 'names in code page 437: each has its own content' test -s "$w/found"

# ---- over an installed service

echo 'row 1' >"$services/a1/data/db"
echo mine >"$services/a1/bin/mine"
chmod 600 "$services/a1/data/db" "$services/a1/bin/mine"
echo outside >"$w/outside"
ln -sf "$w/outside" "$services/a1/www/old.html"
kept=$(stat -c '%i %a %Y' "$services/a1/data/db")
other=$owner
! is_root || other=65534:65534
! is_root || chown "$other" "$services/a1/data/db"
exec 3<"$services/a1/www/index.html"

echo two >"$tree/www/index.html"
echo new >"$tree/www/new.html"
mkdir "$tree/log/new"
rm "$tree/www/run.sh"
chmod 644 "$tree/bin/"enstratus-*
pack "$w/two.zip"
agent --json a1 c200 "$user" "$w/two.zip"
same 'over it' 0 "$status"
same 'the JSON document' "{\"schema\":1,\"command\":\"installService\",\"status\":0,\"service\":\"a1\",\"type\":\"zip\",\"digest\":\"$(digest "$w/two.zip")\",\"entries\":$((entries + 1)),\"bytes\":$((bytes + 4 - 10)),\"droppedModeBits\":2,\"update\":true,\"dryRun\":false}" "$(cat "$out")"
same 'is one line' 1 "$(wc -l <"$out")"
same 'files are exchanged' 'two new' "$(cat "$services/a1/www/index.html" "$services/a1/www/new.html" | tr '\n' ' ' | sed 's/ $//')"
same 'whoever reads the old one goes on' one "$(cat <&3)"
exec 3<&-
check 'a new empty directory is made' test -d "$services/a1/log/new"
same 'what the image lacks stays' '#!/bin/sh mine row 1' "$(cat "$services/a1/www/run.sh" "$services/a1/bin/mine" "$services/a1/data/db" | tr '\n' ' ' | sed 's/ $//')"
same 'as the file it was' "$kept" "$(stat -c '%i %a %Y' "$services/a1/data/db")"
same 'and keeps its owner' "$other" "$(stat -c %u:%g "$services/a1/data/db")"
same 'a file of bin/ is a hook file' "750 $shared" "$(stat -c '%a %u:%g' "$services/a1/bin/mine")"
same 'hooks stay 0750' '750 750' "$(stat -c %a "$services/a1/bin/enstratus-start" "$services/a1/bin/enstratus-stop" | tr '\n' ' ' | sed 's/ $//')"
same 'the directories keep their modes' '775 2750 770' "$(stat -c %a "$services/a1" "$services/a1/bin" "$services/a1/cfg" | tr '\n' ' ' | sed 's/ $//')"
same 'a link in a file'"'"'s place is replaced' 'f lost' "$(find "$services/a1/www/old.html" -printf %y) $(cat "$services/a1/www/old.html")"
same 'and not followed' outside "$(cat "$w/outside")"
run "$bin/startService" a1
says 'the new customer is recorded' 'customer=c200$'
check 'the stage is empty after an overlay' is_empty "$stage"

# ---- what is refused, with nothing changed

# refused_over WHAT STATUS PATTERN IMAGE - over an installed service.
refused_over() {
	snapshot "$services/a1"
	agent a1 c1 "$user" "$4"
	same "$1: exit status" "$2" "$status"
	one_error "$1"
	says "$1" "^installService\\[[0-9]+\\]: error: cannot install 'a1': .*$3"
	same "$1: nothing on stdout" '' "$(cat "$out")"
	unchanged "$1: the service is as it was" "$services/a1"
	check "$1: the stage is empty" is_empty "$stage"
}
# refused - likewise, and as a new one too.
refused() {
	refused_over "$@"
	agent new1 c1 "$user" "$4"
	same "$1, new: exit status" "$2" "$status"
	same "$1, new: nothing is left" '' "$(find "$services" -name 'new1*')"
	check "$1, new: the stage is empty" is_empty "$stage"
	rm -rf "$services/new1" "$services/.enstratus/new1"
}

refused 'a missing image' 20 'No such file' "$w/missing.zip"
refused 'an empty image name' 20 'No such file' ''
mkdir "$w/directory.zip"
refused 'a directory' 20 'not a regular file' "$w/directory.zip"
mkfifo "$w/fifo.zip"
refused 'a FIFO' 20 'not a regular file' "$w/fifo.zip"
ln -s /dev/null "$w/device.zip"
refused 'a device' 20 'not a regular file' "$w/device.zip"
ln -s nowhere "$w/dangling.zip"
refused 'a dangling link' 20 'No such file' "$w/dangling.zip"
cp "$w/one.zip" "$w/unreadable.zip"
chmod 000 "$w/unreadable.zip"
expect 'an unreadable image' 20 plain "$bin/installService" a1 c1 "$user" "$w/unreadable.zip"
one_error 'an unreadable image'
says 'an unreadable image' 'Permission denied'

: >"$w/empty.zip"
refused 'an empty file' 65 'no archive' "$w/empty.zip"
echo 'this is text' >"$w/text.zip"
refused 'a text' 65 'no archive' "$w/text.zip"
size=$(stat -c %s "$w/one.zip")
head -c $((size / 2)) "$w/one.zip" >"$w/half.zip"
refused 'half an image' 65 'zip archive' "$w/half.zip"
head -c $((size - 1)) "$w/one.zip" >"$w/cut.zip"
refused 'an image without its last byte' 65 'zip archive' "$w/cut.zip"
{ cat "$w/one.zip" && echo more; } >"$w/more.zip"
refused 'bytes after the end' 65 'zip archive' "$w/more.zip"
for name in one.tar.gz one.tgz one.jar one.zip.bak zip onezip; do
	cp "$w/one.zip" "$w/$name"
	refused "a zip named $name" 65 'name does not end in .zip' "$w/$name"
done
tar -C "$tree" -czf "$w/real.tar.gz" .
mv "$w/real.tar.gz" "$w/tar.zip"
refused 'a tar.gz named .zip' 65 'name does not end in' "$w/tar.zip"

rm -rf "$tree"
mkdir -p "$tree/site-1.0/bin"
echo x >"$tree/site-1.0/bin/enstratus-start"
pack "$w/wrapped.zip"
refused 'a wrapper directory' 65 "only 'site-1.0/'" "$w/wrapped.zip"
rm -rf "$tree"
mkdir -p "$tree/www" "$tree/cfg"
echo x >"$tree/www/x"
pack "$w/nobin.zip"
refused 'no bin/' 65 'no bin/ directory' "$w/nobin.zip"
echo x >"$tree/bin"
pack "$w/filebin.zip"
refused 'a file named bin' 65 "'bin' is not a directory" "$w/filebin.zip"
printf 'PK\005\006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$w/nothing.zip"
refused 'an archive of nothing' 65 'zip|bin/' "$w/nothing.zip"

# name_refused WHAT PATTERN REPLACEMENT - the entry www/page1 under another name.
small_tree
name_refused() {
	patched "$w/name.zip" "s|www/page1|$3|g"
	check "$1: the archive was made" test "$(wc -c <"$w/patch.zip")" = "$(wc -c <"$w/name.zip")"
	refused "$1" 65 "$2" "$w/name.zip"
}
name_refused 'a name that climbs up' "'\\.\\./page11' has a '\\.\\.'" '../page11'
name_refused 'a name that climbs in the middle' "has a '\\.\\.'" 'w/../page'
name_refused 'a name that ends in ..' "has a '\\.\\.'" 'wwpage/..'
name_refused 'an absolute name' 'absolute' '/ww/page1'
name_refused 'a backslash' 'backslash' 'www\\page1'
name_refused 'a drive letter' 'drive letter' 'C:w/page1'
name_refused 'a control character' "'www.page1' has a control" 'www\npage1'
name_refused 'a name that is UTF-8 to some' 'in two ways' 'www/pa\xc0\xaf1'
name_refused 'an empty component' 'empty component' 'w//wpage1'
name_refused 'a . component' "'\\.' component" 'w/./page1'
name_refused 'the same name twice' 'twice' 'www/page2'
check 'nothing was written beside the services' test ! -e "$root/page11" -a ! -e "$services/page11"

ln -s ../../etc/passwd "$tree/www/link"
pack "$w/link.zip"
refused 'a link that leaves the service' 65 "'www/link' leaves" "$w/link.zip"
ln -sf /etc/passwd "$tree/www/link"
pack "$w/link.zip"
refused 'an absolute link' 65 'absolute' "$w/link.zip"
ln -sf ../bin "$tree/www/linky"
rm "$tree/www/link"
mkdir "$tree/www/linkz"
echo x >"$tree/www/linkz/x"
patched "$w/through.zip" 's|www/linkz|www/linky|g'
refused 'a file beneath a link' 65 "'www/linky' is a file where 'www/linky/x' needs a directory" "$w/through.zip"
small_tree
mkdir "$tree/app2"
echo x >"$tree/app1"
echo x >"$tree/app2/x"
patched "$w/through.zip" 's|app2|app1|g'
refused 'a file beneath a file' 65 "'app1' is a file where 'app1/x' needs a directory" "$w/through.zip"
small_tree
patched "$w/crc.zip" 's/CONTENT/CONTEXT/'
refused 'content that was changed' 65 "'www/page[12]' is damaged" "$w/crc.zip"
pack "$w/locked.zip" -P secret
refused 'an encrypted image' 65 'is encrypted' "$w/locked.zip"
deep=$tree/www/$(printf '%070d' 0 | sed 's|0|d/|g')
mkdir -p "$deep"
pack "$w/deep.zip"
refused 'a tree that is too deep' 65 'deep' "$w/deep.zip"

# What the service has stands in the way.
small_tree
mkdir -p "$tree/app/a"
echo x >"$tree/app/a/b"
pack "$w/conflict.zip"
refused_over 'a file where the service has a directory' 65 "'app/a/b' .*has a directory" "$w/conflict.zip"
small_tree
mkdir "$tree/www/index.html"
pack "$w/conflict.zip"
refused_over 'a directory where the service has a file' 65 "'www/index.html' .*has a file" "$w/conflict.zip"
mkdir "$w/elsewhere" "$w/elsewhere2"
mv "$services/a1/app" "$w/app"
ln -s "$w/elsewhere" "$services/a1/app"
small_tree
mkdir -p "$tree/app/a"
echo x >"$tree/app/a/b"
pack "$w/conflict.zip"
refused_over 'a directory where the service has a link' 65 "'app" "$w/conflict.zip"
check 'nothing was written behind the link' is_empty "$w/elsewhere"
rm "$services/a1/app"
mv "$w/app" "$services/a1/app"
ln -s "$w/elsewhere" "$services/link1"
agent link1 c1 "$user" "$w/one.zip"
check_not 'a service directory that is a link' test "$status" = 0
check 'is not followed' is_empty "$w/elsewhere"
rm "$services/link1"
snapshot "$services/a2"
ln -s a2 "$services/link1"
agent link1 c1 "$user" "$w/one.zip"
check_not 'a service directory that is a link to another service' test "$status" = 0
run "$bin/startService" link1
check_not 'nor is it started' test "$status" = 0
unchanged 'the other one' "$services/a2"
rm "$services/link1"
mv "$services/a1/app" "$w/app"
ln -s data "$services/a1/app"
agent a1 c1 "$user" "$w/conflict.zip"
same 'a directory where the service has a link to another of its own' 65 "$status"
check_not 'is not followed either' test -e "$services/a1/data/a"
rm "$services/a1/app"
mv "$w/app" "$services/a1/app"
mkdir "$root/hostile"
ln -s "$w/elsewhere2" "$root/hostile/.enstratus"
status=0
ENSTRATUS_SERVICES_DIR=$root/hostile "$bin/installService" a1 c1 "$user" "$w/one.zip" >"$out" 2>"$err" || status=$?
check_not 'books that are a link' test "$status" = 0
check 'are not followed' is_empty "$w/elsewhere2"

agent --json a1 c1 "$user" "$w/no \"such\\ .zip"
same 'a failure with --json: exit status' 20 "$status"
same 'is a document too' "{\"schema\":1,\"command\":\"installService\",\"status\":20,\"error\":\"cannot install 'a1': cannot open image '$w/no \\\"such\\\\ .zip': No such file or directory\"}" "$(cat "$out")"
one_error 'and a line'

small_tree
printf '[image]\nname\n' >"$tree/image.ini"
pack "$w/ini.zip"
refused 'an image.ini that breaks its form' 65 'image.ini' "$w/ini.zip"
run "$bin/installService" --json a1 c1 "$user" "$w/ini.zip"
check 'its rule' grep -qF '"rule":"manifest","entry":"image.ini"' "$out"

# ---- --dry-run

mkdir -p "$root/tmp"
snapshot "$services" "$root/tmp" "$ENSTRATUS_HOME"
for id in a1 new1; do
	agent --dry-run "$id" c9 "no-such-user" "$w/one.zip"
	same "--dry-run $id" '0 Service is of type: zip.' "$status $(cat "$out")"
done
agent --dry-run --json new1 c9 no-such-user "$w/one.zip"
same '--dry-run --json' "{\"schema\":1,\"command\":\"installService\",\"status\":0,\"service\":\"new1\",\"type\":\"zip\",\"digest\":\"$(digest "$w/one.zip")\",\"entries\":$entries,\"bytes\":$bytes,\"droppedModeBits\":2,\"update\":false,\"dryRun\":true}" "$(cat "$out")"
agent --dry-run a1 c9 no-such-user "$w/crc.zip.missing"
same '--dry-run of a missing image' 20 "$status"
agent --dry-run a1 c9 no-such-user "$w/text.zip"
same '--dry-run of a text' 65 "$status"
says 'it is the conditional' "would not install 'a1'"
agent --dry-run a1 c9 no-such-user "$w/conflict.zip"
same '--dry-run sees what stands in the way' 65 "$status"
unchanged '--dry-run changes nothing at all' "$services" "$root/tmp" "$ENSTRATUS_HOME"
check_not '--dry-run makes no account' getent passwd no-such-user
mkdir "$root/fresh2"
run env ENSTRATUS_SERVICES_DIR="$root/fresh2/services" "$bin/installService" --dry-run a1 c1 "$user" "$w/one.zip"
same '--dry-run where the services directory is still to be made' "0 ''" "$status '$(ls -A "$root/fresh2")'"

# What an author of images wants to know.
mkdir -p "$w/odd/bin"
printf '#!/bin/sh\n' >"$w/odd/bin/enstratus-configure"
printf '#! /no/such/shell -e\n' >"$w/odd/bin/enStratus-stop"
printf '#!/bin/sh\r\n' >"$w/odd/bin/enstratus-check"
echo 'echo no first line' >"$w/odd/bin/enstratus-lock"
cp /bin/true "$w/odd/bin/enstratus-remove"
printf '#!/bin/sh\n' >"$w/odd/bin/enstratus-restart"
touch "$w/odd/bin/helper"
(cd "$w/odd" && zip -qr "$w/odd.zip" . && tar -czf "$w/odd.tar.gz" .)
for image in odd.zip odd.tar.gz; do
	agent -v --dry-run o1 c1 "$user" "$w/$image"
	same "--dry-run of odd hooks, $image" 0 "$status"
	for said in "hook 'bin/enstratus-configure'" "hook 'bin/enstratus-remove'" "hook 'bin/enStratus-stop'" \
		"warning: 'bin/enStratus-stop' names an interpreter that this host lacks: '/no/such/shell'" \
		"warning: 'bin/enstratus-check' has the line ends of Windows" "warning: 'bin/enstratus-lock' has no '#!' line" \
		"warning: 'bin/enstratus-restart' is no hook" "warning: the image has no 'bin/enstratus-start'"; do
		says "--dry-run of odd hooks, $image" "$said"
	done
	same "--dry-run of odd hooks, $image: no more warnings" 5 "$(grep -c 'warning: ' "$err")"
done
agent --dry-run o1 c1 "$user" "$w/one.zip"
check_not '--dry-run of an image as it should be warns of nothing' grep -q 'warning: ' "$err"

# ---- --generation

agent --generation 5 g1 c1 "$user" "$w/one.zip"
same 'generation 5' 0 "$status"
snapshot "$services/g1"
agent --generation 4 g1 c1 "$user" "$w/two.zip"
same 'generation 4 after it' 76 "$status"
one_error 'generation 4 after it'
says 'generation 4 after it' 'generation 4 is stale: .*generation 5'
unchanged 'has changed nothing' "$services/g1"
agent --generation 99 g1 c1 "$user" "$w/text.zip"
same 'a bad image of generation 99' 65 "$status"
agent --generation 5 g1 c1 "$user" "$w/two.zip"
same 'generation 5 again' '0 two' "$status $(cat "$services/g1/www/index.html")"
agent g1 c1 "$user" "$w/one.zip"
same 'without a generation' 0 "$status"
expect 'startService knows it too' 76 "$bin/startService" --generation 4 g1

# ---- two at once

book=$services/.enstratus/a1
snapshot "$services/a1"
exec 4<>"$book/lock"
flock -n 4
echo "startService 4242 $(($(date +%s) - 60))" >"$book/lock"
agent a1 c1 "$user" "$w/two.zip"
same 'a locked service' 75 "$status"
one_error 'a locked service'
says 'the holder' "startService \\(pid 4242\\) has held its lock for 6[0-9] s"
unchanged 'it is as it was' "$services/a1"
began=$(date +%s%N)
agent --wait 1 a1 c1 "$user" "$w/two.zip"
same '--wait 1' 75 "$status"
check '--wait 1 waited' test $((($(date +%s%N) - began) / 1000000)) -ge 900
# Its polls of the lock are pauses that the kernel counts.
waits() { [ "$(awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status")" -ge 20 ]; }
"$bin/installService" --wait 60 a1 c1 "$user" "$w/two.zip" >"$out" 2>"$err" 4<&- &
pid=$!
check '--wait 60 waits' wait_until 60 waits "$pid"
unchanged 'and has not begun' "$services/a1"
exec 4<&-
wait "$pid"
same '--wait gets the lock' 0 $?
pid=

# ---- in the middle of one

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/www"
echo '#!/bin/sh' >"$tree/bin/enstratus-start"
n=0
while [ $n -lt 4000 ]; do
	echo "$n" >"$tree/www/file$n"
	n=$((n + 1))
done
# All of it is changed, so that a half-done update shows.
echo big >"$tree/www/index.html"
pack "$w/big.zip" -0

# stop_within ID [SERVICES_DIR] - an install that stands still while it unpacks, $pid.
# It shares one processor with this shell, which outranks it: so it cannot run past the moment.
stop_within() {
	at=${2:-$services}/.enstratus/.stage
	cpus=$(taskset -pc $$ | sed 's/.*: //')
	taskset -pc "${cpus%%[,-]*}" $$ >/dev/null
	ENSTRATUS_SERVICES_DIR=${2:-$services} nice -n 10 "$bin/installService" "$1" c1 "$user" "$w/big.zip" >"$out" 2>"$err" &
	pid=$!
	found=
	while :; do
		for found in "$at/$1".*/www; do [ ! -d "$found" ] || break 2; done
		# Without a program for it: while this shell waits for one, the install has the processor.
		state=
		{ read -r _ _ state _ <"/proc/$pid/stat"; } 2>/dev/null
		case $state in '' | Z) break ;; esac
	done
	kill -STOP "$pid"
	taskset -pc "$cpus" $$ >/dev/null
	taskset -pc "$cpus" "$pid" >/dev/null
	wait_until 60 grep -q '^State:.T' "/proc/$pid/status" || return 1
	# No file by name: which of them comes first is up to the archive and to who unpacks it.
	[ -d "$found" ] && [ "$(find "$found" -type f | wc -l)" -lt 4001 ]
}

snapshot "$services/a1"
check 'an install is held while it unpacks' stop_within a1
run "$bin/installService" a1 c1 "$user" "$w/two.zip"
same 'a second install' 75 "$status"
says 'names the first' "installService \\(pid $pid\\)"
kill -TERM "$pid"
kill -CONT "$pid"
wait "$pid"
same 'SIGTERM' 143 $?
pid=
one_line_of() { grep -c "error: cannot install '$1': image 'big.zip': interrupted" "$err"; }
check 'SIGTERM leaves nothing in the stage' is_empty "$stage"
unchanged 'SIGTERM leaves the service as it was' "$services/a1"

check 'a new one is held' stop_within t1
check_not 'a new service is not there before it is whole' test -e "$services/t1"
kill -INT "$pid"
kill -TERM "$pid"
kill -CONT "$pid"
wait "$pid"
gone_status=$?
pid=
check 'SIGINT or SIGTERM' test $gone_status = 130 -o $gone_status = 143
same 'it is said in one line' 1 "$(one_line_of t1)"
same 'nothing of it is left' '' "$(find "$services" -name 't1*')"

# While it waits for the lock of another one: nothing is left that was copied.
exec 4<>"$services/.enstratus/a1/lock"
flock -n 4
snapshot "$services/a1"
for signal in TERM INT QUIT; do
	case $signal in TERM) code=143 ;; INT) code=130 ;; QUIT) code=131 ;; esac
	(exec env --default-signal="$signal" "$bin/installService" --wait 60 a1 c1 "$user" "$w/two.zip") >"$out" 2>"$err" &
	pid=$!
	copied() { find "$services/.enstratus/images" -name '.copy.*' | grep -q .; }
	check "SIG$signal while it waits: it has begun" wait_until 60 copied
	kill -s "$signal" "$pid"
	wait "$pid"
	same "SIG$signal while it waits" "$code" $?
	same "SIG$signal while it waits: one line" 1 "$(grep -c "error: cannot install 'a1': interrupted" "$err")"
	check_not "SIG$signal while it waits: no copy is left" copied
done
pid=
exec 4<&-
unchanged 'signals while it waits' "$services/a1"

check 'a hang-up: held' stop_within h1
kill -HUP "$pid"
kill -CONT "$pid"
wait "$pid"
same 'SIGHUP lets it go on to its end' "0 4001" "$? $(find "$services/h1/www" -type f | wc -l)"
pid=

check 'SIGKILL: held' stop_within a1
kill -KILL "$pid"
wait "$pid" 2>/dev/null
pid=
check_not 'SIGKILL leaves its stage' is_empty "$stage"
unchanged 'SIGKILL leaves the service as it was' "$services/a1"
mkdir "$stage/a1.b.0123abcd" "$stage/a12.0123abcd"
agent a1 c1 "$user" "$w/two.zip"
same 'the next install' 0 "$status"
same 'sweeps that stage, and no other'"'"'s' 'a1.b.0123abcd a12.0123abcd ' "$(names "$stage")"
rmdir "$stage/a1.b.0123abcd" "$stage/a12.0123abcd"

# ---- without rights

mkdir "$root/closed"
chmod 555 "$root/closed"
run plain env ENSTRATUS_SERVICES_DIR="$root/closed" "$bin/installService" a1 c1 "$user" "$w/one.zip"
same 'a services directory that may not be written' "77 ''" "$status '$(ls -A "$root/closed")'"
one_error 'a services directory that may not be written'
run plain env ENSTRATUS_SERVICES_DIR="$root/closed/services" "$bin/installService" a1 c1 "$user" "$w/one.zip"
check_not 'one that may not be made' test "$status" = 0
one_error 'one that may not be made'

# As any user, in a place of its own; the accounts stay as they are.
mkdir "$root/own"
! is_root || chown 65534:65534 "$root/own"
accounts=$(getent passwd)
run plain env ENSTRATUS_SERVICES_DIR="$root/own/services" "$bin/installService" a1 c1 no-such-user "$w/one.zip"
same 'a plain user installs' "0 Service is of type: zip." "$status $(cat "$out")"
same 'that it is not root is said, once' 1 "$(grep -c 'not root' "$err")"
run plain env ENSTRATUS_SERVICES_DIR="$root/own/services" "$bin/installService" a1 c1 no-such-user "$w/two.zip"
same 'and updates' "0 two" "$status $(cat "$root/own/services/a1/www/index.html")"
run plain env ENSTRATUS_SERVICES_DIR="$root/own/services" "$bin/startService" a1
same 'and starts' 0 "$status"
same 'all of it is that user'"'"'s' 1 "$(find "$root/own" -printf '%U\n' | sort -u | wc -l)"
same 'no account was made' "$accounts" "$(getent passwd)"

# ---- with mounts of its own, by root: full and read-only file systems, accounts

if [ -z "${own_mounts:-}" ]; then
	skip 'full disks, accounts' 'needs root and mount namespaces'
	exit
fi
small=$root/small
mkdir "$small"
at_exit 'umount -l "$small" 2>/dev/null'
# on_small SIZE [OPTION] - a service a1 on a file system of its own.
on_small() {
	umount "$small" 2>/dev/null
	mount -t tmpfs -o "size=$1${2:+,$2}" none "$small"
	run env ENSTRATUS_SERVICES_DIR="$small" "$bin/installService" a1 c1 "$user" "$w/one.zip"
	same "a service on $1 $*" 0 "$status"
	snapshot "$small/a1"
}
# on_small_refused WHAT ID IMAGE PATTERN - 74, one line, nothing changed or left.
on_small_refused() {
	run env ENSTRATUS_SERVICES_DIR="$small" "$bin/installService" "$2" c1 "$user" "$3"
	same "$1: exit status" 74 "$status"
	one_error "$1"
	says "$1" "error: cannot install '$2': $4"
	nothing_left "$1"
}
nothing_left() {
	unchanged "$1: the service is as it was" "$small/a1"
	check "$1: the stage is empty" is_empty "$small/.enstratus/.stage"
	same "$1: nothing else" '.enstratus a1 ' "$(names "$small")"
}

on_small 1m
needs=$((4001 * 4096))
on_small_refused 'an image that does not fit' a1 "$w/big.zip" "the image needs [0-9]+ bytes and '$small/a1' has [0-9]+ free"
check 'the numbers are the right ones' sh -c '
	set -- "$1" "$2" $(sed "s/.*needs \([0-9]*\) bytes.* has \([0-9]*\) free.*/\1 \2/" "$3")
	[ "$3" -ge "$1" ] && [ "$4" -le 1048576 ] && [ "$4" -gt 0 ]' - "$needs" 1048576 "$err"
on_small_refused 'nor as a new service' b1 "$w/big.zip" "the image needs"
run env ENSTRATUS_SERVICES_DIR="$small" "$bin/installService" --dry-run b1 c1 "$user" "$w/big.zip"
same '--dry-run sees it' 74 "$status"

on_small 64m nr_inodes=200
on_small_refused 'too few inodes' a1 "$w/big.zip" "image 'big.zip': cannot create 'www/file[0-9]+': No space left"
on_small_refused 'too few inodes, new' b1 "$w/big.zip" "image 'big.zip': cannot create 'www/file[0-9]+': No space left"

on_small 40m
check 'an install is held on a disk of its own' stop_within a1 "$small"
dd if=/dev/zero of="$small/.enstratus/filler" bs=64k 2>/dev/null
kill -CONT "$pid"
wait "$pid"
same 'a disk that fills up meanwhile' 74 $?
pid=
one_error 'a disk that fills up meanwhile'
says 'a disk that fills up meanwhile' 'No space left'
rm "$small/.enstratus/filler"
nothing_left 'a disk that fills up meanwhile'
run env ENSTRATUS_SERVICES_DIR="$small" "$bin/installService" a1 c1 "$user" "$w/big.zip"
same 'with room again it works' 0 "$status"

on_small 1m
mount -o remount,ro "$small"
run env ENSTRATUS_SERVICES_DIR="$small" "$bin/installService" a1 c1 "$user" "$w/one.zip"
same 'a read-only file system' 74 "$status"
one_error 'a read-only file system'
unchanged 'a read-only file system: as it was' "$small/a1"

# The machine's accounts are out of reach from here on: what is made is made in copies.
cp -a /etc "$root/etc"
mount --bind "$root/etc" /etc
mount -t tmpfs none /home
for place in /var/log /var/mail /var/spool/mail; do
	[ ! -d "$place" ] || mount -t tmpfs none "$place"
done
at_exit 'umount -l /etc'
check 'the accounts are copies' sh -c '[ "$(stat -c %i /etc)" = "$(stat -c %i "$1")" ]' - "$root/etc"
new=e2e-install
agent --dry-run u1 c1 $new "$w/one.zip"
same '--dry-run with a new account' 0 "$status"
check_not '--dry-run makes no account' getent passwd $new
agent u1 c1 $new "$w/text.zip"
same 'a bad image with a new account' 65 "$status"
check_not 'makes none' getent passwd $new
agent u1 c1 $new "$w/one.zip"
same 'a new account' 0 "$status"
says 'a new account' "created account '$new'"
same 'home and shell' "/home/$new /bin/false" "$(getent passwd $new | cut -d : -f 6,7 | tr : ' ')"
same 'a group of the same name' "$(getent passwd $new | cut -d : -f 4)" "$(getent group $new | cut -d : -f 3)"
check 'a locked password' grep -q "^$new:[!*]" /etc/shadow
same 'the home is there, and its own' "$new:$new" "$(stat -c %U:%G /home/$new)"
same 'what is installed is its own' "$new:$new" "$(stat -c %U:%G "$services/u1/www/index.html")"
same 'hooks too' "$new" "$(stat -c %U "$services/u1/bin/enstratus-start")"
accounts=$(cat /etc/passwd /etc/group /etc/shadow)
agent u1 c1 $new "$w/two.zip"
same 'again' 0 "$status"
same 'the account is left alone' "$accounts" "$(cat /etc/passwd /etc/group /etc/shadow)"

# useradd(8) does not keep two of itself from making the same account.
for round in 1 2 3; do
	for n in 1 2 3; do
		begin "p$n" env ENSTRATUS_SERVICES_DIR="$root/parallel$n" "$bin/installService" p$round c1 e2e-p$round "$w/one.zip"
	done
	for n in 1 2 3; do
		end "p$n"
		same "an account for three at once: $n" 0 "$status"
	done
	same 'an account for three at once: whose they are' "$(id -u e2e-p$round) " \
		"$(stat -c %u "$root"/parallel[123]/p$round/www | sort -u | tr '\n' ' ')"
done

groupadd e2e-group
agent u2 c1 e2e-group "$w/one.zip"
same 'a group without an account' 0 "$status"
same 'is the new account'"'"'s' e2e-group "$(id -gn e2e-group)"
agent u3 c1 E2E.Upper "$w/one.zip"
same 'a name that useradd finds bad' '0 E2E.Upper' "$status $(stat -c %U "$services/u3/www")"
groupadd enstratus
useradd -g enstratus -M enstratus
mkdir "$root/fresh4"
run env ENSTRATUS_SERVICES_DIR="$root/fresh4" "$bin/installService" u1 c1 www-data "$w/one.zip"
same 'with an agent account' 0 "$status"
same 'bin/ and cfg/ are shared with it' 'www-data:enstratus www-data:enstratus www-data:enstratus www-data:enstratus ' "$(cd "$root/fresh4/u1" && stat -c %U:%G . bin cfg bin/enstratus-start | tr '\n' ' ')"
same 'the rest is not' 'www-data:www-data www-data:www-data ' "$(cd "$root/fresh4/u1" && stat -c %U:%G www www/index.html | tr '\n' ' ')"
same 'the books are its own' 'enstratus:enstratus 2770' "$(stat -c '%U:%G %a' "$root/fresh4/.enstratus")"
run setpriv --reuid=enstratus --regid=enstratus --init-groups -- env ENSTRATUS_SERVICES_DIR="$root/fresh4" "$bin/startService" u1
same 'the agent account runs the hooks' 0 "$status"

# no_account REASON - a dry run tells what the run does.
no_account() {
	for dry in --dry-run ''; do
		# shellcheck disable=SC2086
		agent $dry u4 c1 e2e-never "$w/one.zip"
		same "an account that cannot be made $dry: $1" 69 "$status"
		says "an account that cannot be made $dry: $1" "cannot create account 'e2e-never': $1"
		one_error "an account that cannot be made $dry: $1"
	done
}
mount --bind /dev/null /usr/sbin/useradd
no_account "'/usr/sbin/useradd': Permission denied"
umount /usr/sbin/useradd
mount -o remount,ro /home
no_account "'/home': Read-only file system"
mount -o remount,rw /home
mount -o remount,ro,bind /etc
no_account "'/etc': Read-only file system"
same 'nothing is installed then' '' "$(find "$services" -name 'u4*')"

# ---- an account of a name service, which is asked by getent(1)

# with_service COMMAND... - where such a service has the account "elsewhere", 4242.
cat >"$root/getent" <<'END'
#!/bin/sh
case $1,$2 in
passwd,elsewhere | passwd,4242) echo 'elsewhere:x:4242:4243::/srv/elsewhere:/bin/false' ;;
group,elsewhere) echo 'elsewhere:x:4244:' ;;
*) exit 2 ;;
esac
END
chmod 755 "$root/getent"
with_service() { unshare -m sh -c 'mount --bind "$1" /usr/bin/getent && shift && exec "$@"' - "$root/getent" "$@"; }
if is_root && with_service true 2>/dev/null; then
	expect 'a user of a name service' 0 with_service "$bin/installService" named c001 elsewhere "$images/static-site.zip"
	same 'owns the service, with the group of its name' '4242 4244' "$(stat -c '%u %g' "$services/named/www/index.html")"
	check_not 'and is not made' grep -q '^elsewhere:' /etc/passwd
	printf '#!/bin/sh\nexit 9\n' >"$root/getent"
	expect 'a name service that is out of order' 71 with_service "$bin/installService" named2 c001 elsewhere "$images/static-site.zip"
	says 'such a service' "cannot look up 'elsewhere': getent ended with status 9"
	check_not 'makes no account' grep -q '^elsewhere:' /etc/passwd
else
	skip 'an account of a name service' 'mount(8) needs root'
fi
