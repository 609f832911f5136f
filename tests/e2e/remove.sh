#!/bin/sh
# SPDX-License-Identifier: MIT
# remove.sh - a service is taken away: all of it, all but its data, or the agent's memory too.
# shellcheck disable=SC2016,SC2154 # single quotes: for a hook; begin NAME sets $pid_NAME
. "$(dirname "$0")/lib.sh"

user=www-data
is_root || user=$(id -un)
note=$root/note
# image VERSION - $root/VERSION.zip: data that persists, hooks that note themselves.
image() {
	tree=$root/w/tree
	rm -rf "$tree"
	mkdir -p "$tree/bin" "$tree/cfg" "$tree/data/deep" "$tree/www/mine"
	for name in start stop remove; do
		printf '#!/bin/sh\necho "%s $1 $ENSTRATUS_EVENT" >>"%s"\n' $name "$note" >"$tree/bin/enstratus-$name"
	done
	echo "$1" >"$tree/www/index"
	printf '[image]\nversion=%s\n[persist]\npaths=data,www/mine/kept\n' "$1" >"$tree/image.ini"
	(cd "$tree" && zip -qry "$root/$1.zip" .)
}
install() {
	run "$bin/installService" a1 c001 "$user" "$root/1.zip" && [ "$status" = 0 ] || return 1
	echo precious >"$services/a1/data/deep/rows"
	echo mine >"$services/a1/www/mine/kept"
	echo lost >"$services/a1/www/mine/other"
	: >"$note"
	chmod 666 "$note"
}
noted() { tr '\n' ',' <"$note"; }
# untouched WHAT - the service is there and no hook ran.
untouched() {
	check "$1: the service is there" test -e "$services/a1/data/deep/rows"
	same "$1: no hook ran" '' "$(noted)"
}
image 1
check 'an image' install

# ---- it has to be meant

expect 'an id alone' 1 "$bin/removeService" a1 </dev/null
says 'an id alone' 'to be sure, give the id twice, or --yes'
expect 'two ids' 1 "$bin/removeService" a1 a2
says 'two ids' "'a1' and 'a2' are two ids"
if have_terminal; then
	echo a2 | script -qec "'$bin/removeService' a1" "$root/w/typed" >/dev/null 2>&1
	check 'another id at a terminal' grep -q "that is not 'a1': nothing was done" "$root/w/typed"
	untouched 'not meant'
	echo a1 | script -qec "'$bin/removeService' a1" "$root/w/typed" >/dev/null 2>&1
	check_not 'the id at a terminal' test -e "$services/a1"
	check 'again' install
else
	skip 'an id that is typed' 'script(1) makes no terminal here'
	untouched 'not meant'
fi

# ---- all of it

expect 'the id twice' 0 "$bin/removeService" a1 a1
same 'its hooks ran' 'stop a1 stop,remove a1 remove,' "$(noted)"
check_not 'it is gone' test -e "$services/a1"
same 'and no rest of it' '' "$(ls -A "$services/.enstratus/.stage")"
run "$bin/listServices"
same 'it is remembered' 'a1 removed-but-staged' "$(cut -f 1,2 "$out" | tr '\t' ' ')"
run "$bin/serviceHistory" a1
same 'so is what was done' 'install stop remove remove ' "$(cut -f 2 "$out" | tail -n 4 | tr '\n' ' ')"
expect 'a second time' 66 "$bin/removeService" a1 a1
expect 'it can be had back' 0 "$bin/rollbackService" a1
same 'as it was' 1 "$(cat "$services/a1/www/index")"
check_not 'without its data' test -e "$services/a1/data/deep/rows"

# ---- all but its data

check 'data again' install
expect '--keep-data' 0 "$bin/removeService" --keep-data --yes a1
same 'keeps what persists' './data/deep/rows ./www/mine/kept' "$(cd "$services/a1" && find . -type f | sort | tr '\n' ' ' | sed 's/ $//')"
run "$bin/listServices"
same 'a service is not there' 'a1 removed-but-staged' "$(cut -f 1,2 "$out" | tr '\t' ' ')"
expect 'there is nothing to start' 10 "$bin/startService" a1
expect '--keep-data twice' 65 "$bin/removeService" --keep-data --yes a1
says '--keep-data twice' 'lists nothing to persist'
expect 'another installation' 0 "$bin/installService" a1 c001 "$user" "$root/1.zip"
same 'finds it' 'precious mine' "$(cat "$services/a1/data/deep/rows") $(cat "$services/a1/www/mine/kept")"

# ---- the agent's memory

expect '--purge' 0 "$bin/removeService" --purge a1 a1
run "$bin/listServices"
same 'forgets it' '' "$(cat "$out")"
same 'and its images' '' "$(ls -A "$services/.enstratus/images")"
expect 'its history is gone' 66 "$bin/serviceHistory" a1
expect '--purge of what nobody knows' 66 "$bin/removeService" --purge a1 a1
check 'installed again' install
expect 'removed' 0 "$bin/removeService" a1 a1
expect 'and purged later' 0 "$bin/removeService" --purge a1 a1
check_not 'it is forgotten' test -e "$services/.enstratus/a1"
run "$bin/installService" images c001 "$user" "$root/1.zip"
run "$bin/installService" a2 c001 "$user" "$root/1.zip"
expect 'a service with the name of the agent'"'"'s directory' 0 "$bin/removeService" --purge images images
expect 'leaves the images of others' 0 "$bin/rollbackService" a2 "$(cut -d . -f 1 <<-END
	$(ls "$services/.enstratus/images")
	END
)"
run "$bin/removeService" --purge a2 a2

# ---- hooks that fail

check 'once more' install
printf '#!/bin/sh\nexit 4\n' | hook a1 enstratus-stop
expect 'a stop that fails' 4 "$bin/removeService" a1 a1
says 'a stop that fails' 'nothing was removed \(--force goes on\)'
untouched 'a stop that fails'
chmod 644 "$services/a1/bin/enstratus-stop"
printf '#!/bin/sh\nexit 5\n' | hook a1 enstratus-remove
expect 'no stop, and a remove that fails' 5 "$bin/removeService" a1 a1
check 'removes nothing' test -e "$services/a1/data/deep/rows"
chmod 644 "$services/a1/bin/enstratus-remove"
expect 'a remove that is not executable' 10 "$bin/removeService" a1 a1
expect '--force' 0 "$bin/removeService" --force a1 a1
says '--force' 'removed all the same'
check_not 'goes on' test -e "$services/a1"

# ---- cut off, busy, mounted

if can_trace; then
	check 'for one that is killed' install
	run under_strace 'trace=unlinkat inject=unlinkat:signal=KILL:when=3' /dev/null "$bin/removeService" a1 a1
	check_not 'killed while it deletes' test -e "$services/a1"
	check 'a rest is left' sh -c "ls -A '$services/.enstratus/.stage' | grep -q ."
	expect 'which the next installation deletes' 0 "$bin/installService" a1 c001 "$user" "$root/1.zip"
	same 'it' '' "$(ls -A "$services/.enstratus/.stage")"
	check 'for one that keeps data' install
	run under_strace 'trace=unlinkat inject=unlinkat:signal=KILL:when=5' /dev/null "$bin/removeService" --keep-data a1 a1
	check 'killed, the data is there' test -e "$services/a1/data/deep/rows"
	expect 'and it can be done again' 0 "$bin/removeService" --keep-data a1 a1
	same 'to its end' './data/deep/rows ./www/mine/kept' "$(cd "$services/a1" && find . -type f | sort | tr '\n' ' ' | sed 's/ $//')"
else
	skip 'removals that are cut off' "strace may not: $(cat "$err")"
fi
check 'for a busy one' install
printf '#!/bin/sh\necho held >>"%s"\nexec sleep 600\n' "$note" | hook a1 enstratus-check
begin held "$bin/checkService" --timeout 600 a1
check 'a check that takes long' wait_until 60 grep -q held "$note"
: >"$note"
expect 'a busy one' 75 "$bin/removeService" a1 a1
kill "$pid_held"
end held
untouched 'busy'
expect 'a stale generation' 0 "$bin/startService" --generation 5 a1
expect 'a stale generation' 76 "$bin/removeService" --generation 4 a1 a1
if is_root && mount -t tmpfs none "$services/a1/www" 2>/dev/null; then
	at_exit "umount '$services/a1/www' 2>/dev/null"
	: >"$note"
	expect 'something is mounted within' 69 "$bin/removeService" a1 a1
	says 'something is mounted' 'unmount it first'
	untouched 'mounted'
	umount "$services/a1/www"
else
	skip 'a file system within' 'mount(8) needs root'
fi
