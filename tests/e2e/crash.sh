#!/bin/sh
# SPDX-License-Identifier: MIT
# crash.sh - installService killed at any moment: the next command finds the old service or the new.
. "$(dirname "$0")/lib.sh"

# In memory: the moments between two steps matter here, not how long a disk takes to sync.
services=$shm/services ENSTRATUS_SERVICES_DIR=$shm/services
files=400
user=www-data
is_root || user=$(id -un)

# image VERSION - every file says its version; each version has a file that the other lacks.
image() {
	mkdir -p "$root/$1/bin" "$root/$1/cfg" "$root/$1/www/only-$1"
	printf '#!/bin/sh\ngrep -rhv "^%s$" www | head -n 1 | grep . || echo OK\n' "$1" \
		>"$root/$1/bin/enstratus-check"
	i=0
	while [ $i -lt $files ]; do
		echo "$1" >"$root/$1/www/$i"
		i=$((i + 1))
	done
	echo "$1" >"$root/$1/www/only-$1/file"
	(cd "$root/$1" && zip -q -r "$root/$1.zip" .)
}
image old
image new

# whole VERSION - all that the version's image brought is there and says so.
whole() {
	[ "$(cat "$services/a1/www/only-$1/file" 2>/dev/null)" = "$1" ] &&
		[ "$(find "$services/a1/www" -maxdepth 1 -type f | wc -l)" = $files ] &&
		! find "$services/a1/www" -maxdepth 1 -type f -exec cat {} + | grep -vx "$1" >/dev/null
}

"$bin/installService" a1 c001 "$user" "$root/old.zip" >"$out" 2>&1 || fail "cannot begin"
echo kept >"$services/a1/www/only-old/kept"
took_old=0 took_new=0 version=old other=new
begun=$(date +%s%N)
"$bin/installService" a1 c001 "$user" "$root/old.zip" >"$out" 2>&1 || fail "cannot go on"
ended=$(date +%s%N)
rounds=80 i=0
while [ $i -lt $rounds ]; do
	i=$((i + 1))
	# From the first instruction to well past the end of an installation.
	delay=$(awk -v i=$i -v n=$rounds -v d=$((ended - begun)) 'BEGIN { printf "%.4f", i / n * d * 1.5e-9 }')
	# In a shell of its own, which keeps the word "Killed" to itself.
	sh -c '"$@"' - timeout -s KILL "$delay" "$bin/installService" a1 c001 "$user" \
		"$root/$other.zip" >"$out" 2>"$err"
	# The killed one may still be on its way out of a sync, with the lock.
	"$bin/checkService" --wait 20 a1 >"$out" 2>"$err" || { fail "the next command, round $i"; break; }
	if whole "$other"; then
		took_new=$((took_new + 1)) version=$other
		[ "$other" = new ] && other=old || other=new
	elif whole "$version"; then
		took_old=$((took_old + 1))
	else
		fail "after a kill at $delay s the service is neither old nor new"
		break
	fi
	[ "$(cat "$services/a1/www/only-old/kept")" = kept ] || { fail "a file of the service's own is lost"; break; }
done
check "killed before the commit, some stay old" test $took_old -gt 0
check "killed after it, some become new" test $took_new -gt 0

# A commit that was marked and cut off right there, as its record on the disk shows it.
expect "a sound installation" 0 "$bin/installService" a1 c001 "$user" "$root/$version.zip"
stage=a1.0badcafe
mkdir -p "$services/.enstratus/.stage/$stage"
(cd "$root/$other" && cp -R . "$services/.enstratus/.stage/$stage")
sed -i "s/^committing=.*/committing=$stage/" "$services/.enstratus/a1/state"
expect "a command after the mark" 0 "$bin/checkService" a1
check "a marked commit is carried to its end" whole "$other"
check_not "its stage is gone" test -e "$services/.enstratus/.stage/$stage"
same "and so is the mark" "committing=" "$(grep ^committing= "$services/.enstratus/a1/state")"

# A stage that was never marked is not the service's.
mkdir -p "$services/.enstratus/.stage/a1.0badcafe/www" "$services/.enstratus/.stage/a1.b.0badcafe"
expect "an installation after a death" 0 "$bin/installService" a1 c001 "$user" "$root/$version.zip"
check_not "a dead run's stage is removed" test -e "$services/.enstratus/.stage/a1.0badcafe"
check "another service's is not" test -d "$services/.enstratus/.stage/a1.b.0badcafe"

# A reader sees every file old or new, never half and never missing.
cat >"$root/w/reader" <<'E2'
#!/bin/sh
while [ ! -e "$1/stop" ]; do
	for f in 0 17 399; do
		text=$(cat "$2/www/$f" 2>&1) || echo "missing: $text"
		case $text in old | new) ;; *) echo "half: $text" ;; esac
	done
done
E2
chmod +x "$root/w/reader"
"$root/w/reader" "$root/w" "$services/a1" >"$root/w/seen" &
reader=$!
i=0
while [ $i -lt 20 ]; do
	"$bin/installService" a1 c001 "$user" "$root/new.zip" >"$out" 2>"$err" || fail "re-install $i"
	"$bin/installService" a1 c001 "$user" "$root/old.zip" >"$out" 2>"$err" || fail "re-install $i"
	i=$((i + 1))
done
: >"$root/w/stop"
wait $reader
same "what a reader saw beside old and new" "" "$(cat "$root/w/seen")"
