#!/bin/sh
# SPDX-License-Identifier: MIT
# prune.sh - installService --prune, and what --dry-run tells of an update or refuses.
# By root it has mounts of its own, which end with it.
# shellcheck disable=SC2016 # single quotes: for an inner shell
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
a1=$services/a1
book=$services/.enstratus/a1
user=www-data
is_root || user=$(id -un)

agent() { run timeout -k 1 300 "$bin/installService" "$@"; }
# takes WHAT STATUS [OPTION...] IMAGE - as a1.
takes() {
	label=$1 wanted=$2
	shift 2
	part_words "$@"
	# shellcheck disable=SC2086 # words without blanks
	agent $options a1 c1 "$user" "$w/$last"
	same "$label: exit status" "$wanted" "$status"
	check_not "$label: no list is left" test -e "$book/prune"
	same "$label: nothing is marked" 'committing= exchanging=0 pruning=0' \
		"$(grep -E '^(committing|exchanging|pruning)=' "$book/state" | paste -sd ' ')"
}
# image NAME PATH... - PATH=TEXT is a file, PATH/ a directory, PATH@TARGET a link; zip and tar.gz.
image() {
	tree=$w/$1
	name=$1
	shift
	mkdir -p "$tree/bin"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	for path in "$@"; do
		mkdir -p "$tree/$(dirname "${path%%[=@]*}")"
		case $path in
		*/) mkdir -p "$tree/$path" ;;
		*=*) printf '%b\n' "${path#*=}" >"$tree/${path%%=*}" ;;
		*) ln -s "${path#*@}" "$tree/${path%%@*}" ;;
		esac
	done
	(cd "$tree" && zip -qry "$w/$name.zip" . && tar czf "$w/$name.tar.gz" .)
	# Without entries for directories, which are there all the same.
	(cd "$tree" && zip -qryD "$w/$name.flat.zip" .)
}
# all_of - all names in the service, but for bin/, cfg/ and the start hook.
all_of() { (cd "$a1" && find . -mindepth 1 ! -path ./bin ! -path ./cfg ! -path ./bin/enstratus-start -printf '%P\n' | sort | paste -sd ' '); }
# tree_state DIRECTORY... - all that could tell one state of them from another.
# told LINE... - the last command's stderr has each of these records.
told() {
	for line in "$@"; do
		check "$label: told: $line" grep -qE "^installService\\[[0-9]+\\]: $line\$" "$err"
	done
}
# told_not TEXT... - and none that has these.
told_not() { for text in "$@"; do check_not "$label: not told: $text" grep -qF -e "$text" "$err"; done; }

image one www/index=one www/old=old www/edited=shipped www/deep/er/x=x log/ empty/in/ current@www/index moved@www/old \
	bin/old-tool=tool cfg/old.conf=old data/seed=seed keep/own=own 'image.ini=[image]\nversion=1\n[persist]\nx=keep'
image two www/index=two www/new=new data/other=other log/ 'image.ini=[image]\nversion=2'
image three www/index=three
all_one='bin/old-tool cfg/old.conf current data data/seed empty empty/in image.ini keep keep/own log moved www www/deep www/deep/er www/deep/er/x www/edited www/index www/old'
all_two='data data/other image.ini keep keep/own log moved www www/edited www/index www/mine www/new'
# use - what a service does in its life.
use() {
	echo changed >"$a1/www/edited"
	echo mine >"$a1/www/mine"
	ln -sfn /elsewhere "$a1/moved"
	touch -d 2001-02-03 "$a1/www/old"
	chmod 600 "$a1/www/deep/er/x"
}

# ---- what goes and what stays

for kind in zip tar.gz flat.zip; do
	rm -rf "$a1" "$services/.enstratus"
	takes "$kind: a new service" 0 --prune "one.$kind"
	told_not prune
	use
	takes "$kind: pruned" 0 -v --prune "two.$kind"
	case $kind in
	flat.zip)
		# Its empty directories are no entries: nobody brought them.
		same "$kind: what is there" 'data data/other image.ini keep keep/own moved www www/edited www/index www/mine www/new' "$(all_of)"
		told 'the update: 8 pruned, 2 changed and kept'
		;;
	*)
		same "$kind: what is there" "$all_two" "$(all_of)"
		told "pruned 'empty'" "pruned 'empty/in'" 'the update: 10 pruned, 2 changed and kept'
		;;
	esac
	told "pruned 'www/old'" "pruned 'www/deep/er/x'" "pruned 'www/deep/er'" "pruned 'www/deep'" "pruned 'current'" \
		"pruned 'bin/old-tool'" "pruned 'cfg/old.conf'" "pruned 'data/seed'"
	told "'www/edited' is kept: the image lacks it, and it was changed" "'moved' is kept: the image lacks it, and it was changed"
	told_not "'keep" "'www'" "'www/mine'" "'cfg'" "'bin'" "'log'"
	same "$kind: what was changed is as it was" 'changed /elsewhere' "$(cat "$a1/www/edited") $(readlink "$a1/moved")"
	run "$bin/verifyService" -q a1
	same "$kind: it is as its image" '0 ' "$status $(cat "$out")"
	expect "$kind: it goes back" 0 "$bin/rollbackService" a1
	same "$kind: with what was pruned" 'old x tool old' "$(cat "$a1/www/old" "$a1/www/deep/er/x" "$a1/bin/old-tool" "$a1/cfg/old.conf" | paste -sd ' ')"
	expect "$kind: and forth, pruned" 0 "$bin/rollbackService" --prune a1 "$(sha256sum "$w/two.$kind" | cut -c 1-64)"
	check_not "$kind: pruned again" test -e "$a1/www/old"
done

# What only an earlier image brought, or nobody, stays; what the agent makes is there.
takes 'one more' 0 --prune three.zip
same 'one more: what is there' 'keep keep/own www www/index www/mine' "$(all_of)"
same 'one more: cfg/ is there' 770 "$(stat -c %a "$a1/cfg")"
takes 'the same once more' 0 --prune three.zip
told 'the update: 0 pruned, 0 changed and kept'

rm -rf "$a1"
takes 'without --prune' 0 one.zip
takes 'without --prune: an update' 0 two.zip
same 'without --prune: all stays' "$all_one data/other www/new" "$(all_of | sed 's| data/other||; s| www/new||') data/other www/new"
told_not prune

# What both lists, or either, let persist.
image kept data/db=row log/one=line both=both 'image.ini=[persist]\nx=data'
image keeping www/index=x 'image.ini=[persist]\nx=log'
rm -rf "$a1"
takes 'what persists' 0 kept.zip
takes 'what persists: pruned' 0 --prune keeping.zip
same 'what persists: stays' 'data data/db image.ini log log/one www www/index' "$(all_of)"
printf '[persist]\nx=../..\n' >"$a1/image.ini"
takes 'an installed image.ini that was broken' 65 --prune three.zip
says 'an installed image.ini that was broken' 'the installed image.ini'

# What stands there and is something else; without rights; what lies behind a link.
rm -rf "$a1"
takes 'other things' 0 one.zip
mv "$a1/www/deep" "$w/deep"
ln -s "$w/deep" "$a1/www/deep"
rm -r "$a1/www/old" "$a1/empty"
mkdir "$a1/www/old"
mkfifo "$a1/empty"
takes 'other things: pruned' 0 --prune two.zip
check 'other things: stay' test -L "$a1/www/deep" -a -e "$w/deep/er/x" -a -d "$a1/www/old" -a -p "$a1/empty"
rm -rf "$a1/www" "$a1/empty"

# ---- without a record

rm -rf "$a1" "$services/.enstratus"
takes 'an older agent' 0 one.zip
sed -i '/^kept=/d' "$book/state"
takes 'an older agent: pruned' 0 --prune two.zip
told "warning: nothing is pruned, for what 'a1' had from its last image is not recorded: it is not known from which image it came" \
	'the update: 0 pruned, 0 changed and kept'
check 'an older agent: all is there' test -e "$a1/www/old" -a -e "$a1/www/new"
takes 'an older agent: from then on it is' 0 --prune three.zip
check_not 'an older agent: from then on it is pruned' test -e "$a1/www/new"
rm "$services/.enstratus/images/$(sha256sum "$w/three.zip" | cut -c 1-64).zip"
takes 'an image that is kept no more' 0 --prune one.zip
told "warning: nothing is pruned, .*: its image [0-9a-f]{12} is not kept any more"
tree_state "$a1" >"$w/before"
printf x >>"$services/.enstratus/images/$(sha256sum "$w/one.zip" | cut -c 1-64).zip"
for dry in '' --dry-run; do
	# shellcheck disable=SC2086
	takes "a damaged one $dry" 74 $dry --prune two.zip
	says "a damaged one $dry" "error: .* cannot tell what to prune: install without --prune: the kept image is damaged"
done
tree_state "$a1" >"$w/after"
check 'a damaged one: nothing has changed' diff "$w/before" "$w/after"
takes 'without --prune it does not matter' 0 two.zip
takes 'with --replace' 1 --prune --replace three.zip
says 'with --replace' '--prune and --replace exclude each other'

# ---- --json

rm -rf "$a1" "$services/.enstratus"
takes 'for --json' 0 one.zip
use
takes '--json --dry-run' 0 --json --dry-run --prune two.zip
check '--json --dry-run: the counts' grep -q '"update":true,"dryRun":true,"added":2,"replaced":2,"unchanged":1,"kept":4,"removed":0,"ownersChanged":[0-9]*,"pruned":10,"changed":2}' "$out"
takes '--json' 0 --json --prune two.zip
check '--json: the counts' grep -q '"update":true,"dryRun":false,"pruned":10,"changed":2}' "$out"
takes '--json without --prune' 0 --json two.zip
check '--json without --prune: no counts' grep -q '"dryRun":false}' "$out"

# ---- --dry-run

rm -rf "$a1" "$services/.enstratus"
takes 'to look at' 0 one.zip
use
! is_root || chown 4321 "$a1/www/index" "$a1/www/mine" "$a1/cfg/old.conf"
mkdir -p "$root/tmp"
everything() { tree_state "$services" "$ENSTRATUS_HOME" "$root/tmp" "$shm"; }
everything >"$w/before"
for kind in zip tar.gz; do
	takes "a dry run of $kind" 0 -v --dry-run "two.$kind"
	told "added 'www/new'" "added 'data/other'" "replaced 'www/index'" "replaced 'image.ini'" "kept 'www/old'" "kept 'www/mine'" \
		"kept 'www/edited'" "kept 'current'" "kept 'keep/own'" "kept 'bin/old-tool'"
	told_not pruned "'log'" "replaced 'bin"
	if is_root; then
		told "owner changed 'www/index'" "owner changed 'cfg/old.conf'"
		told_not "owner changed 'www/mine'" "owner changed 'bin"
		told 'the update: 2 added, 2 replaced, 1 unchanged, 10 kept, 0 removed, 2 owners changed'
	else
		told 'the update: 2 added, 2 replaced, 1 unchanged, 10 kept, 0 removed, 0 owners changed'
	fi
done
takes 'a dry run that prunes' 0 -v --dry-run --prune two.zip
told "pruned 'www/old'" "pruned 'www/deep'" "pruned 'empty'" "kept 'www/edited'" "kept 'www/mine'" \
	"'www/edited' is kept: the image lacks it, and it was changed" \
	'the update: 2 added, 2 replaced, 1 unchanged, 4 kept, 0 removed, [0-9]* owners changed, 10 pruned, 2 changed and kept'
told_not "kept 'www/old'"
takes 'a dry run of a replacement' 0 -v --dry-run --replace two.zip
told "added 'www/new'" "replaced 'www/index'" "kept 'keep/own'" "removed 'www/old'" "removed 'www/mine'"
takes 'a dry run, not verbose' 0 --dry-run --prune two.zip
same 'a dry run, not verbose: two lines of what was changed, and the counts' 3 "$(grep -vc -e 'not root' -e 'no hook' "$err")"
takes 'a dry run, quiet' 0 -q --dry-run --prune two.zip
check_not 'a dry run, quiet: nothing' test -s "$err"
run "$bin/rollbackService" --dry-run --prune a1
everything >"$w/after"
check '--dry-run writes nothing at all' diff "$w/before" "$w/after"
agent --dry-run a1 c1 somebody-else "$w/two.zip"
says 'another account' "service 'a1' was '$user's and becomes 'somebody-else's"

# The books tell what a run would be refused for.
agent --generation 5 a1 c1 "$user" "$w/one.zip"
takes 'a stale generation' 76 --dry-run --generation 4 two.zip
exec 4<>"$book/lock"
flock -n 4
agent --dry-run a1 c1 "$user" "$w/two.zip"
same 'a busy service' 75 "$status"
exec 4<&-

# ---- where a run would fail

# as_run STATUS PATTERN COMMAND... - a dry run, and then a real one, are refused alike; nothing changes.
as_run() {
	wanted=$1 pattern=$2
	shift 2
	for dry in --dry-run ''; do
		# shellcheck disable=SC2086
		run "$@" "$bin/installService" $dry a1 c1 "$user" "$w/two.zip"
		same "$what $dry: exit status" "$wanted" "$status"
		says "$what $dry" "error: $([ -z "$dry" ] && echo cannot || echo would not) install 'a1': .*$pattern"
	done
}
closed=$root/closed
mkdir -p "$closed/whole" "$closed/books/.enstratus"
chmod 555 "$closed/whole" "$closed/books/.enstratus"
what='a services directory that may not be written'
as_run 77 'Permission denied' plain env ENSTRATUS_SERVICES_DIR="$closed/whole"
what='one that may not be made'
as_run 77 'cannot make the services directory' plain env ENSTRATUS_SERVICES_DIR="$closed/whole/services"
what='one whose parent is missing'
as_run 71 'cannot make the services directory' env ENSTRATUS_SERVICES_DIR="$closed/none/services"
what='books that may not be written'
! is_root || chown 65534 "$closed/books"
as_run 77 'Permission denied' plain env ENSTRATUS_SERVICES_DIR="$closed/books"
chmod 755 "$closed/whole" "$closed/books/.enstratus"

if [ -z "${own_mounts:-}" ]; then
	skip 'mounts, and the files of others' 'needs root, and mounts of its own'
	exit
fi
# A plain user's service, in which something is another's.
own=$root/own
mkdir "$own"
chown 65534:65534 "$own"
run plain env ENSTRATUS_SERVICES_DIR="$own" "$bin/installService" a1 c1 "$user" "$w/one.zip"
same 'a service of a plain user' 0 "$status"
for path in . bin cfg bin/old-tool www data; do
	chown 0:0 "$own/a1/$path"
	[ ! -d "$own/a1/$path" ] || chmod 755 "$own/a1/$path"
	run plain env ENSTRATUS_SERVICES_DIR="$own" "$bin/installService" --dry-run a1 c1 "$user" "$w/two.zip"
	same "'$path' is another's: exit status" 77 "$status"
	says "'$path' is another's" "would not install 'a1': .*'$path' of the service"
	chown 65534:65534 "$own/a1/$path"
done
chmod 555 "$own/a1/www" "$own/a1/www/deep"
run plain env ENSTRATUS_SERVICES_DIR="$own" "$bin/installService" --dry-run a1 c1 "$user" "$w/two.zip"
same 'what its owner may not write to is opened up' 0 "$status"
run plain env ENSTRATUS_SERVICES_DIR="$own" "$bin/installService" --prune a1 c1 "$user" "$w/two.zip"
same 'and pruned from' "0 555 ''" "$status $(stat -c %a "$own/a1/www") '$(find "$own/a1/www" -name old)'"
chmod -R u+w "$own"

at_exit 'umount -l "$a1/data" "$a1" "$services" 2>/dev/null'
what='a read-only file system'
mount --bind "$services" "$services"
mount -o remount,ro,bind "$services"
as_run 74 'Read-only file system'
mount -o remount,rw,bind "$services"
umount "$services"
what='a service that is mounted read-only'
mkdir "$w/under"
cp -a "$a1/." "$w/under"
mount -t tmpfs -o size=20m none "$a1"
cp -a "$w/under/." "$a1"
mount -o remount,ro "$a1"
as_run 74 'Read-only file system'
mount -o remount,rw "$a1"
takes 'a mounted service' 0 --prune three.zip
check_not 'a mounted service: pruned' test -e "$a1/www/old"
umount "$a1"
mount -t tmpfs none "$a1/data"
what='a file system within'
as_run 69 "lies in a file system that is mounted within"
takes 'a file system within: an image that has nothing there' 0 --prune three.zip
check 'a file system within: stays' mountpoint -q "$a1/data"
umount "$a1/data"
what='a file that is immutable'
if chattr +i "$a1/www/index" 2>/dev/null; then
	at_exit 'chattr -i "$a1/www/index" 2>/dev/null'
	as_run 77 "('www/index' of the service is immutable|cannot put 'www/index' in its place: Operation not permitted)"
	chattr -i "$a1/www/index"
	takes 'one that is not any more' 0 two.zip
else
	skip "$what" 'needs root and a file system that has attributes'
fi
