#!/bin/sh
# SPDX-License-Identifier: MIT
# audit.sh - configureService --audit and --json: what was in force, and what was not and why.
# shellcheck disable=SC2016 # single quotes: for an inner shell
. "$(dirname "$0")/lib.sh"

w=$root/w
user=$(id -un)
! is_root || user=www-data
printf '%s\n' name=Shop dataSources=x dataSource.x.servicePassword=hunter2hunter2 >"$w/cfg"
printf '#!/bin/sh\nexit 0\n' | hook a1 enstratus-configure

audit() { "$bin/configureService" --config - "$@" "$user" c1 a1 <"$w/cfg"; }
# row NAME IN_FORCE HOW - a line of the table.
row() { check "$label: $1: $2, $3" grep -Eqx "$1 +$2 +$3" "$out"; }

label='as it should be'
expect "$label" 0 audit --audit
same "$label: the heading" 'PROTECTION    IN FORCE  HOW' "$(head -n 1 "$out")"
same "$label: lines" 8 "$(wc -l <"$out")"
row 'file system' yes 'tmpfs, in memory'
row swap yes 'locked in memory'
row guardian yes 'there from before the first byte until after the wipe'
row mode yes 0640
if is_root; then row owner yes "$user, group .*"; else row owner no "$user, group .*: only root gives files away"; fi
row wipe yes 'overwritten, cut and removed'
row residue yes 'searched, nothing found \(warn\)'
expect 'without it nothing is printed' 0 audit
check 'without it nothing is printed' test ! -s "$out"

label='as a document'
expect "$label" 0 audit --json
# field EXPRESSION - of the document d.
field() { python3 -c 'import json, sys; d = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <"$out"; }
same "$label" 'configureService 0 a1 change True 0' \
	"$(field '" ".join(str(d[k]) for k in ("command", "status", "service", "event", "told", "residue"))')"
same "$label: seven protections" "file-system swap guardian mode owner wipe residue" \
	"$(field '" ".join(p["name"] for p in d["protections"])')"
same "$label: nothing changed" '[]' "$(field 'd["changed"]')"
sed 's/hunter2hunter2/another one/' "$w/cfg" >"$w/other"
mv "$w/other" "$w/cfg"
expect "$label" 0 audit --json
same "$label: what changed" "['dataSource.x.servicePassword']" "$(field 'd["changed"]')"

label='nothing to tell'
expect "$label" 0 audit --if-changed --audit
same "$label" 'nothing was delivered' "$(cat "$out")"
expect "$label" 0 audit --if-changed --json
same "$label: as a document" 'False []' "$(field 'str(d["told"]) + " " + str(d["protections"])')"

label='a hook that fails and leaves the secret'
printf '#!/bin/sh\ncp "$2" left\nexit 9\n' | hook a1 enstratus-configure
expect "$label" 9 audit --audit
row residue yes 'searched, secrets found in 1 file \(warn\)'
row wipe yes '.*'
expect "$label" 9 audit --json
same "$label: as a document" "9 1 hook 'enstratus-configure' exited with status 9" \
	"$(field 'str(d["status"]) + " " + str(d["residue"]) + " " + d["error"].split(": ", 1)[1]')"
rm "$services/a1/left"
printf '[configure]\nresidue=off\n' >"$services/a1/image.ini"
expect "$label" 9 audit --audit
row residue no 'off in image.ini'
rm "$services/a1/image.ini"
printf '#!/bin/sh\nexit 0\n' | hook a1 enstratus-configure

label='refused before'
printf 'no sense\n' >"$w/bad"
refused() { "$bin/configureService" --config - "$@" "$user" c1 a1 <"$w/bad"; }
expect "$label" 65 refused --json
same "$label: as a document" '65 False []' "$(field 'str(d["status"]) + " " + str(d["told"]) + " " + str(d["protections"])')"
expect "$label" 65 refused --audit
same "$label" 'nothing was delivered' "$(cat "$out")"

# ---- what only root can arrange

if ! is_root; then
	skip 'file systems, limits, a killed guardian' 'only root mounts and kills'
	exit 0
fi

label='ramfs'
mkdir "$root/ramfs"
on_ramfs() {
	unshare -m sh -c 'mount -t ramfs none "$1" && mkdir -m 755 "$1/run" && shift && exec "$@"' - "$root/ramfs" \
		env ENSTRATUS_RUN_DIR="$root/ramfs/run" "$bin/configureService" --config - --audit "$user" c1 a1 <"$w/cfg"
}
expect "$label" 0 on_ramfs
row 'file system' yes 'ramfs, in memory'
row swap yes 'the file system is never swapped'

label='no storage in memory'
mkdir "$root/disk" "$root/disk/run"
on_disk() {
	unshare -m sh -c 'mount --bind "$1" /dev/shm && shift && exec "$@"' - "$root/disk" \
		env ENSTRATUS_RUN_DIR="$root/disk/run" "$bin/configureService" --config - --audit "$user" c1 a1 <"$w/cfg"
}
if [ "$(stat -f -c %T "$root")" = tmpfs ]; then
	skip "$label" 'the temp directory is in memory itself'
else
	expect "$label" 0 on_disk
	says "$label" 'no memory-backed directory'
	row 'file system' no '.*, on a disk'
	row swap no 'it was on a disk'
	row wipe yes '.*'
fi

# Without its capabilities root is nobody to the limit of locked memory.
label='memory that cannot be locked'
unlocked() {
	prlimit --memlock=0:0 setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock -- \
		"$bin/configureService" --config - --audit "$user" c1 a1 <"$w/cfg"
}
expect "$label" 0 unlocked
if [ "$(wc -l </proc/swaps)" -le 1 ]; then
	row swap yes 'not locked in memory, and there is no swap space'
else
	row swap no 'it could be written to swap space'
	says "$label" 'raise the limit of locked memory'
fi

label='a guardian that was killed'
cat >"$w/kill" <<'END'
#!/bin/sh
agent=$(cut -d ' ' -f 4 /proc/$PPID/stat)
for process in /proc/[0-9]*; do
	pid=${process#/proc/}
	case $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") in
	*/configureService\ *) [ "$pid" = "$PPID" ] || [ "$pid" = "$agent" ] || kill -s KILL "$pid" ;;
	esac
done
END
hook a1 enstratus-configure <"$w/kill"
# In a namespace of its own: other tests have such processes too.
alone() { unshare -p -f --mount-proc "$bin/configureService" --config - --audit "$user" c1 a1 <"$w/cfg"; }
expect "$label" 0 alone
row guardian no 'it was killed meanwhile'
row wipe yes '.*'
