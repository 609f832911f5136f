#!/bin/sh
# SPDX-License-Identifier: MIT
# replace.sh - installService --replace, what persists, mounted services, and what --dry-run leaves alone.
# By root it has mounts of its own, which end with it.
# shellcheck disable=SC2016 # single quotes: for an inner shell
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
tree=$w/tree
a1=$services/a1
books=$services/.enstratus
if is_root; then
	user=www-data
	owner=www-data:www-data
else
	user=somebody
	owner=$(id -un):$(id -gn)
fi

agent() { run timeout -k 1 300 "$bin/installService" "$@"; }
# installs WHAT [OPTION...] IMAGE - over a1, or as a1.
installs() {
	label=$1
	shift
	part_words "$@"
	# shellcheck disable=SC2086 # words without blanks
	agent $options a1 c1 "$user" "$last"
	same "$label: exit status" 0 "$status"
	clean "$label"
}
# clean WHAT - no stage is left, nothing is marked, and what is kept is whole.
clean() {
	check "$1: the stage is empty" is_empty "$books/.stage"
	check_not "$1: no stage within the service" test -e "$a1/.enstratus-stage"
	same "$1: nothing is marked" 'committing= exchanging=0' "$(grep -E '^(committing|exchanging)=' "$books/a1/state" | paste -sd ' ')"
	same "$1: nothing half-way is among the images" '' "$(find "$books/images" -name '.*')"
}

# image FILE PERSIST [PATH...] - files that hold the image's name; PATH/ is a directory, PATH@ a link.
image() {
	file=$w/$1.zip persist=$2 what_it_holds=$1
	shift 2
	rm -rf "$tree" "$file"
	mkdir -p "$tree/bin"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	[ -z "$persist" ] || printf '[image]\nname=x\n[persist]\n%b\n' "$persist" >"$tree/image.ini"
	for path in "$@"; do
		mkdir -p "$tree/$(dirname "$path")"
		case $path in
		*/) mkdir -p "$tree/$path" ;;
		*@) ln -s bin "$tree/${path%@}" ;;
		*) echo "$what_it_holds" >"$tree/$path" ;;
		esac
	done
	(cd "$tree" && zip -qry "$file" .)
}
# holds_only WHAT PATH... - beside bin/, cfg/ and image.ini the service has these and no others.
holds_only() {
	label=$1
	shift
	same "$label" "$(printf '%s\n' "$@" | sort | paste -sd ' ')" \
		"$(cd "$a1" && find . -mindepth 1 ! -path ./bin ! -path './bin/*' ! -path ./cfg ! -path ./image.ini -printf '%P\n' | sort | paste -sd ' ')"
}
content() { cat "$a1/$1" 2>/dev/null; }
# refused WHAT STATUS PATTERN OPTION... IMAGE - nothing changes.
refused() {
	label=$1 wanted=$2 pattern=$3
	shift 3
	part_words "$@"
	# A stage that is made within the service and removed again changes that directory's times.
	tree_state "$a1" | sed "s|^\($a1 .*\) [0-9.]* [0-9.]* |\1 |" >"$w/before"
	others=$(grep '^kept=' "$books/a1/state"; echo "$books/images"/* "$books/images"/.*)
	# shellcheck disable=SC2086
	agent $options a1 c1 "$user" "$last"
	same "$label: exit status" "$wanted" "$status"
	lines_with "$err" ']: error: '
	same "$label: one error" 1 "$count"
	says "$label" "$pattern"
	tree_state "$a1" | sed "s|^\($a1 .*\) [0-9.]* [0-9.]* |\1 |" >"$w/after"
	check "$label: the service is as it was" diff "$w/before" "$w/after"
	same "$label: so is what is kept of it, and no image is left" "$others" \
		"$(grep '^kept=' "$books/a1/state"; echo "$books/images"/* "$books/images"/.*)"
	clean "$label"
}

# ---- what goes and what stays

image one 'paths=data/db,log\nmore = www/upload , cfg/site.conf' www/index www/old data/seed log/ www/upload/ app/a/b
image two '' www/index www/new data/seed
image three 'x=log' www/index log/first
installs 'a new service with --replace' --replace "$w/one.zip"
holds_only 'a new service with --replace: all of it' www www/index www/old www/upload data data/seed log app app/a app/a/b
# use - what a service does in its life.
use() {
	mkdir -p "$a1/data/db/deep" "$a1/run"
	echo ROW >"$a1/data/db/deep/table"
	echo ROW >"$a1/data/other"
	echo LOG >"$a1/log/today"
	echo UPLOAD >"$a1/www/upload/picture"
	echo SITE >"$a1/cfg/site.conf"
	echo OTHER >"$a1/cfg/other.conf"
	echo PID >"$a1/run/pid"
	echo MINE >"$a1/bin/mine"
	chmod 700 "$a1/data/db/deep"
	chmod 600 "$a1/data/db/deep/table"
	! is_root || chown -R "$owner" "$a1/data" "$a1/log"
	ln -s deep/table "$a1/data/db/link"
}
use
kept=$(stat -c '%i %a %Y %U:%G' "$a1/data/db/deep/table" "$a1/data/db/deep" "$a1/data/db")
old=$(stat -c %i "$a1")
exec 3<"$a1/www/old"
installs 'another image' --json --replace "$w/two.zip"
check 'another image: the document says an update' grep -q '"update":true' "$out"
holds_only 'what the old image lets persist stays, all else goes' www www/index www/new www/upload www/upload/picture \
	data data/seed data/db data/db/deep data/db/deep/table data/db/link log log/today cfg/site.conf
same 'what it brings is new' 'two two two' "$(cat "$a1/www/index" "$a1/www/new" "$a1/data/seed" | paste -sd ' ')"
same 'what persists is what it was' 'ROW LOG UPLOAD SITE ROW' "$(cat "$a1/data/db/deep/table" "$a1/log/today" "$a1/www/upload/picture" "$a1/cfg/site.conf" "$a1/data/db/link" | paste -sd ' ')"
same 'the very files, with their modes and owners' "$kept" "$(stat -c '%i %a %Y %U:%G' "$a1/data/db/deep/table" "$a1/data/db/deep" "$a1/data/db")"
check_not 'the tree is another one' test "$old" = "$(stat -c %i "$a1")"
check_not 'a hook that the image lacks goes' test -e "$a1/bin/mine"
check_not 'and its image.ini' test -e "$a1/image.ini"
same 'whoever reads an old file goes on' one "$(cat <&3)"
exec 3<&-
same 'owners and modes' "775 2750 770 750 770" "$(stat -c %a "$a1" "$a1/bin" "$a1/cfg" "$a1/bin/enstratus-start" "$a1/cfg/site.conf" | paste -sd ' ')"
expect 'it can be started' 0 "$bin/startService" a1
installs 'an image without [persist] over one without' --replace "$w/two.zip"
holds_only 'nothing persists then' www www/index www/new data data/seed

# What both say, and what the image has where something persists.
rm -rf "$a1"
installs 'one again' "$w/one.zip"
use
installs 'one that names log too' --replace "$w/three.zip"
same 'log persists once' 'LOG' "$(content log/today)"
check_not 'in the place of what the image has there' test -e "$a1/log/first"
same 'and what the old one named' 'ROW' "$(content data/db/deep/table)"
installs 'one more' --replace "$w/three.zip"
check_not 'what only the one before had named is gone' test -e "$a1/data"
same 'log still persists' 'LOG' "$(content log/today)"
rm -rf "$a1/log"
installs 'with nothing there that could persist' --replace "$w/three.zip"
same 'the image is taken' three "$(content log/first)"
image wide 'x=data' data/new
image narrow 'x=data/db/deep' data/db/deep/table data/db/other
rm -rf "$a1"
installs 'a wide list' "$w/wide.zip"
mkdir -p "$a1/data/db/deep"
echo ROW >"$a1/data/db/deep/table"
installs 'a narrow one over it' --replace "$w/narrow.zip"
holds_only 'the wider counts' data data/db data/db/deep data/db/deep/table data/new
installs 'a narrow one over a narrow one' --replace "$w/narrow.zip"
same 'the directories above it are those of the image' 'ROW narrow' "$(content data/db/deep/table) $(content data/db/other)"
holds_only 'and nothing beside' data data/db data/db/deep data/db/deep/table data/db/other
image file 'x=data' data
installs 'a file where a directory persists' --replace "$w/file.zip"
same 'the directory is there' ROW "$(content data/db/deep/table)"
image plain '' www/index
installs 'a directory that the image lacks, above what persists' --replace "$w/narrow.zip"
chmod 711 "$a1/data"
installs 'is made' --replace "$w/plain.zip"
same 'as it was' 'ROW 711' "$(content data/db/deep/table) $(stat -c %a "$a1/data")"

# What an overlay leaves, for comparison.
rm -rf "$a1"
installs 'one once more' "$w/one.zip"
use
installs 'laid over it' "$w/two.zip"
same 'without --replace all stays' 'one one MINE ROW PID' "$(cat "$a1/www/old" "$a1/app/a/b" "$a1/bin/mine" "$a1/data/other" "$a1/run/pid" | paste -sd ' ')"

# Where an overlay would be refused.
image swapped '' www/index/page app
rm -rf "$a1/image.ini"
refused 'a directory for a file, over it' 65 'cannot be put where' "$w/swapped.zip"
installs 'a directory for a file, in its place' --replace "$w/swapped.zip"
holds_only 'a directory for a file, in its place: all of it' www www/index www/index/page app

# ---- what cannot be carried over

# lost_never WHAT PATTERN - that replacement is refused, and the precious file stays.
lost_never() {
	refused "$1" 65 "$2" --replace "$w/$3.zip"
	same "$1: what is to persist is there" ROW "$(content data/db/deep/table)"
	expect "$1: the service can be used" 0 "$bin/startService" a1
	check_not "$1: without a complaint" test -s "$err"
}
image deep 'x=data/db' data/db/
image flat '' data
image linked '' data@
image both 'x=data/db' data
rm -rf "$a1"
installs 'deep' "$w/deep.zip"
mkdir "$a1/data/db/deep"
echo ROW >"$a1/data/db/deep/table"
lost_never 'a file where its directory was' "data/db'.* persist" flat
lost_never 'a link where its directory was' "data/db'.* persist" linked
lost_never 'an image at odds with itself' "data/db'.* persist" both
mv "$a1/data" "$w/moved"
ln -s "$w/moved" "$a1/data"
refused 'what persists behind a link' 65 'behind a link' --replace "$w/deep.zip"
rm "$a1/data"
mv "$w/moved" "$a1/data"
printf '[persist]\nx=../..\n' >"$a1/image.ini"
refused 'an installed image.ini that was broken' 65 'the installed image.ini' --replace "$w/two.zip"
agent --dry-run --replace a1 c1 "$user" "$w/two.zip"
same 'an installed image.ini that was broken: --dry-run' 65 "$status"
for bad in '/etc' '../x' 'a/../b' 'bin' 'bin/x' 'image.ini' 'a//b' '.' 'a,a' 'a,a/b' ''; do
	image bad "x=$bad"
	refused "persist '$bad'" 65 'image.ini' --replace "$w/bad.zip"
	agent new1 c1 "$user" "$w/bad.zip"
	same "persist '$bad', new" '65' "$status$(find "$services" -name 'new1*')"
done
printf '[persist]\nx=data/db\n' >"$a1/image.ini"
mkfifo "$a1/data/db/fifo"
installs 'odd files that persist' --replace "$w/two.zip"
check 'odd files that persist: they do' test -p "$a1/data/db/fifo"
rm -f "$a1/image.ini"
ln -s /etc/passwd "$a1/image.ini"
rm -rf "$a1/data"
installs 'an image.ini that is a link says nothing' --replace "$w/two.zip"

# ---- --dry-run

rm -rf "$a1"
installs 'one, to look at' "$w/one.zip"
use
mkdir -p "$root/tmp"
everything() { tree_state "$services" "$ENSTRATUS_HOME" "$root/tmp" "$shm"; }
everything >"$w/before"
for options in '' --replace; do
	for id in a1 new1; do
		for name in one two swapped bad none; do
			# shellcheck disable=SC2086
			agent --dry-run $options $id c9 no-such-user "$w/$name.zip"
			case $id$name$options in
			*bad*) wanted=65 ;;
			*none*) wanted=20 ;;
			a1swapped) wanted=65 ;;
			*) wanted=0 ;;
			esac
			same "--dry-run $options $id $name: exit status" $wanted "$status"
		done
	done
done
everything >"$w/after"
check '--dry-run writes nothing at all' diff "$w/before" "$w/after"
run "$bin/rollbackService" --dry-run a1
run "$bin/rollbackService" --dry-run --replace a1
everything >"$w/after"
check 'nor does that of rollbackService' diff "$w/before" "$w/after"
rm -r "$books/images"
everything >"$w/before"
run "$bin/rollbackService" --dry-run a1
same 'nothing is kept: --dry-run of rollbackService' 69 "$status"
everything >"$w/after"
check 'nothing is kept: nothing is made' diff "$w/before" "$w/after"

# ---- a service that is a file system of its own

if [ -z "${own_mounts:-}" ]; then
	skip 'mounted services' 'needs root, and mounts of its own'
	exit
fi
at_exit 'umount -l "$a1/data" "$a1/www/mounted" "$a1" 2>/dev/null'
rm -rf "$a1"
installs 'one, to be mounted over' "$w/one.zip"
mkdir "$w/under"
cp -a "$a1/." "$w/under"
mount -t tmpfs -o size=20m none "$a1"
cp -a "$w/under/." "$a1"
use
device=$(stat -c %d "$a1")
installs 'a mounted service' "$w/two.zip"
same 'a mounted service: new and old' 'two two one ROW' "$(cat "$a1/www/index" "$a1/www/new" "$a1/www/old" "$a1/data/other" | paste -sd ' ')"
same 'a mounted service: still that file system' "$device $device" "$(stat -c %d "$a1" "$a1/www/new" | paste -sd ' ')"
same 'a mounted service: owners and modes' "775 2750 770 $owner" "$(stat -c %a "$a1" "$a1/bin" "$a1/cfg" | paste -sd ' ') $(stat -c %U:%G "$a1/www/new")"
expect 'a mounted service: it can be started' 0 "$bin/startService" a1
refused 'a mounted service: --replace' 69 'file system of its own, which cannot be replaced: install without --replace' --replace "$w/three.zip"
refused 'a mounted service: a damaged image' 65 'image' "$w/bad.zip"
tree_state "$a1" "$books" >"$w/before"
agent --dry-run a1 c1 "$user" "$w/three.zip"
same 'a mounted service: --dry-run' 0 "$status"
agent --dry-run --replace a1 c1 "$user" "$w/three.zip"
same 'a mounted service: --dry-run --replace' 69 "$status"
tree_state "$a1" "$books" >"$w/after"
check 'a mounted service: --dry-run changes nothing' diff "$w/before" "$w/after"
umount "$a1"
mount -t tmpfs -o size=1m none "$a1"
cp -a "$w/under/." "$a1"
image large '' www/large
head -c 3000000 /dev/zero >"$tree/www/large"
(cd "$tree" && zip -qry "$w/large.zip" .)
refused 'a mounted service that is too small' 74 "needs [0-9]+ bytes and '$a1' has [0-9]+ free" "$w/large.zip"
umount "$a1"
mount -t tmpfs none "$a1"
installs 'an empty file system' "$w/one.zip"
holds_only 'an empty file system: all of it' www www/index www/old www/upload data data/seed log app app/a app/a/b
umount "$a1"

# A run that is killed with its stage within, and the next.
mount -t tmpfs none "$a1"
cp -a "$w/under/." "$a1"
mkdir -p "$a1/.enstratus-stage/a1.0123abcd/www" "$a1/.enstratus-stage/a1.zzz"
echo half >"$a1/.enstratus-stage/a1.0123abcd/www/half"
agent a1 c1 "$user" "$w/two.zip"
same 'what a dead run left within: exit status' 0 "$status"
check_not 'what a dead run left within goes' test -e "$a1/.enstratus-stage/a1.0123abcd"
rm -rf "$a1/.enstratus-stage"
ln -s "$w" "$a1/.enstratus-stage"
agent a1 c1 "$user" "$w/one.zip"
check_not 'a link in the place of the stage is not followed' test "$status" = 0
same 'nor is anything made behind it' '' "$(find "$w" -maxdepth 1 -name 'a1.*')"
rm "$a1/.enstratus-stage"
umount "$a1"

# ---- file systems within a service

rm -rf "$a1"
installs 'one, to mount in' "$w/one.zip"
mount -t tmpfs none "$a1/data"
echo ROW >"$a1/data/table"
refused 'a file system within: --replace' 69 "a file system is mounted at 'data' of the service: install without --replace" --replace "$w/two.zip"
refused 'a file system within: what the image brings there' 69 "'data' lies in a file system that is mounted within" "$w/two.zip"
image without '' www/index
installs 'a file system within: an image that has nothing there' "$w/without.zip"
same 'a file system within: it is as it was' "ROW without $(stat -c %d "$a1/data")" "$(content data/table) $(content www/index) $(stat -c %d "$a1/data/table")"
agent --dry-run --replace a1 c1 "$user" "$w/without.zip"
same 'a file system within: --dry-run --replace' 69 "$status"
umount "$a1/data"
: >"$a1/www/mounted"
echo ELSEWHERE >"$w/elsewhere"
mount --bind "$w/elsewhere" "$a1/www/mounted"
refused 'a file that is mounted within: --replace' 69 "a file system is mounted at 'mounted' of the service" --replace "$w/without.zip"
installs 'a file that is mounted within: laid over it' "$w/without.zip"
same 'a file that is mounted within: it is as it was' ELSEWHERE "$(cat "$a1/www/mounted")"
umount "$a1/www/mounted"
