#!/bin/sh
# SPDX-License-Identifier: MIT
# backup.sh - a service in a file, and the file as the same service again.
# shellcheck disable=SC2016 # single quotes: for a hook
. "$(dirname "$0")/lib.sh"

user=www-data
is_root || user=$(id -un)
backup=$root/b/out.zip
mkdir "$root/b"
chmod 777 "$root/b"

# ---- by the agent itself

expect 'an image' 0 "$bin/installService" a1 c001 "$user" "$images/static-site.zip"
mkdir -p "$services/a1/data/deep er/x" "$services/a1/empty" "$services/a1/.private"
printf 'a\nb\n' >"$services/a1/data/deep er/x/ä ö.txt"
ln -s ../data "$services/a1/www/data"
: >"$services/a1/data/zero"
head -c 3000000 /dev/urandom >"$services/a1/data/large"
echo SECRET-MARK >"$services/a1/.private/file"
echo SECRET-MARK >"$services/a1/cfg/.tls.pem"
echo name=SECRET-MARK >"$services/a1/cfg/enstratus.cfg"
echo SECRET-MARK >"$services/a1/cfg/a1.key"
chmod 640 "$services/a1/data/zero"
! is_root || chown -hR "$user:" "$services"/a1/data "$services"/a1/empty "$services"/a1/www
touch -d '2011-12-13 14:15:17' "$services/a1/data/large" # an odd second, which a zip alone has not
expect 'the same user owns it all' 0 "$bin/installService" a1 c001 "$user" "$images/static-site.zip"
expect 'backupService' 0 "$bin/backupService" a1 "$backup"
same 'it is its owner'"'"'s alone' 600 "$(stat -c %a "$backup")"
check 'unzip finds it whole' unzip -tqq "$backup"
check_not 'it holds no secret' sh -c "unzip -p '$backup' | grep -q SECRET-MARK"
check_not 'and none of their names' sh -c "unzip -Z1 '$backup' | grep -Eq 'enstratus.cfg|a1.key|tls.pem|private/file'"
same 'nothing else is left' out.zip "$(ls -A "$root/b")"
rm -rf "$services/a1/.private" "$services/a1/cfg/.tls.pem" "$services/a1/cfg/enstratus.cfg" "$services/a1/cfg/a1.key"
expect 'the backup is an image' 0 "$bin/installService" a2 c001 "$user" "$backup"
# tree ID - with times as a zip has them.
tree() { manifest "$services/$1" | sed 's/[.][0-9]*$//'; }
tree a1 >"$root/w/1"
tree a2 >"$root/w/2"
check 'and the same service' diff "$root/w/1" "$root/w/2"
run "$bin/serviceHistory" a1
check 'its history has it' grep -q 'backup' "$out"

expect 'again, over it' 0 "$bin/backupService" a1 "$backup"
cp "$backup" "$root/w/first"
expect 'and once more' 0 "$bin/backupService" a1 "$backup"
check 'the same service gives the same archive' cmp "$backup" "$root/w/first"

(cd "$root/b" && "$bin/backupService" a1 relative.zip) >"$out" 2>"$err"
check 'a path from the working directory' unzip -tqq "$root/b/relative.zip"
rm "$root/b/relative.zip"

mkfifo "$services/a1/data/pipe"
expect 'a pipe within' 0 "$bin/backupService" a1 "$backup"
says 'a pipe within' '1 sockets, devices or the like are not in the backup'
rm "$services/a1/data/pipe"

expect 'no such service' 66 "$bin/backupService" a9 "$backup"
expect 'no such directory' 69 "$bin/backupService" a1 "$root/none/out"
says 'no such directory' "there is no place for the backup '$root/none/out'"
expect 'a directory in its place' 65 "$bin/backupService" a1 "$root/b"
check 'what was there is there' unzip -tqq "$backup"

# ---- cut off

if can_trace; then
	sum=$(sha256sum <"$backup")
	for call in rename fsync; do
		for end in signal=KILL error=ENOSPC; do
			run under_strace "trace=$call,${call}at,${call}at2 inject=$call,${call}at,${call}at2:$end" /dev/null \
				"$bin/backupService" a1 "$backup"
			check_not "$call: $end ends it" test "$status" = 0
			same "$call: $end leaves the one before" "$sum" "$(sha256sum <"$backup")"
			case $end in error*) same "$call: $end leaves nothing else" out.zip "$(ls -A "$root/b")" ;; esac
		done
	done
	expect 'and the next one' 0 "$bin/backupService" a1 "$backup"
	same 'removes what the killed ones left' out.zip "$(ls -A "$root/b")"
else
	skip 'backups that are cut off' "strace may not: $(cat "$err")"
fi

# ---- by a hook

printf '#!/bin/sh\necho "$# $1 $2 $ENSTRATUS_EVENT $(pwd)" >"$2"\n' | hook a1 enstratus-backupService
expect 'a hook' 0 "$bin/backupService" a1 "$root/b/hook"
same 'gets the contract'"'"'s arguments' "2 a1 $root/b/hook backup $services/a1" "$(cat "$root/b/hook")"
same 'and only its owner reads the file' 600 "$(stat -c %a "$root/b/hook")"
rm "$root/b/hook"
printf '#!/bin/sh\n: >"$2"\n' | hook a1 enstratus-backupService
expect 'a hook that makes an empty file' 74 "$bin/backupService" a1 "$root/b/hook"
says 'an empty file' "the backup '$root/b/hook' is empty"
rm "$root/b/hook"
printf '#!/bin/sh\nexit 0\n' | hook a1 enstratus-backupService
expect 'a hook that makes none' 74 "$bin/backupService" a1 "$root/b/hook"
printf '#!/bin/sh\nexit 9\n' | hook a1 enstratus-backupService
expect 'a hook that fails' 9 "$bin/backupService" a1 "$root/b/hook"
chmod 644 "$services/a1/bin/enstratus-backupService"
expect 'one that is not executable is none' 0 "$bin/backupService" a1 "$root/b/hook"
says 'it' "is not an executable file"
rm "$services/a1/bin/enstratus-backupService"
printf '#!/bin/sh\necho old >"$2"\n' | hook a1 enStratus-backupService
expect 'an old spelling' 0 "$bin/backupService" a1 "$root/b/hook"
same 'is run' old "$(cat "$root/b/hook")"
rm "$services/a1/bin/enStratus-backupService"

# ---- overrides

note=$root/note
for suffix in -pre '' -post; do
	printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit "$(cat "%s")"\n' "x$suffix" "$note" "$root/status$suffix" \
		>"$ENSTRATUS_HOME/custom/bin/backupService$suffix"
	chmod 755 "$ENSTRATUS_HOME/custom/bin/backupService$suffix"
	echo 0 >"$root/status$suffix"
done
expect 'pre, replacement and post' 0 "$bin/backupService" a1 "$root/b/x"
same 'in this order' "x-pre a1 $root/b/x,x a1 $root/b/x,x-post a1 $root/b/x," "$(tr '\n' ',' <"$note")"
check_not 'and nothing else' test -e "$root/b/x"
echo 7 >"$root/status"
: >"$note"
expect 'a replacement that fails' 7 "$bin/backupService" a1 "$root/b/x"
same 'has no post' "x-pre a1 $root/b/x,x a1 $root/b/x," "$(tr '\n' ',' <"$note")"
rm "$ENSTRATUS_HOME/custom/bin/backupService"
echo 8 >"$root/status-post"
expect 'a post that fails' 8 "$bin/backupService" a1 "$root/b/x"
check 'comes after the backup' unzip -tqq "$root/b/x"
echo 6 >"$root/status-pre"
rm "$root/b/x"
expect 'a pre that fails' 6 "$bin/backupService" a1 "$root/b/x"
check_not 'comes before it' test -e "$root/b/x"
