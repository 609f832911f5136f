#!/bin/sh
# SPDX-License-Identifier: MIT
# attacks.sh - what hostile accounts, hooks, callers and images have tried; each was a finding once.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

user=www-data
is_root || user=$(id -un)
marker=Zq9secretZq9
mkdir -p "$ENSTRATUS_TMP_DIR" "$root/i/bin"
for name in start stop; do printf '#!/bin/sh\nexit 0\n' >"$root/i/bin/enstratus-$name"; done
(cd "$root/i" && zip -q -r "$root/plain.zip" .) # no cfg/ in it
printf '[enstratus]\nserviceId=a1\nserviceKey.admin.password=%s\n' "$marker" >"$root/w/cfg"
install() { "$bin/installService" "$1" c1 "$user" "$root/plain.zip"; }
configure() { "$bin/configureService" "$@" "$user" c1 a1; }
clean() { check_not "$1: nothing of the secret stays" holds "$marker" "$services" "$ENSTRATUS_TMP_DIR" "$shm"; }

# ---- a service must never become one that nothing can be done with

expect 'install' 0 install a1
for kind in file link; do
	rm -rf "$services/a1/cfg"
	if [ $kind = file ]; then : >"$services/a1/cfg"; else ln -s /etc "$services/a1/cfg"; fi
	expect "cfg is a $kind: install" 65 install a1
	says "cfg is a $kind" "'cfg' is not a directory"
	expect "cfg is a $kind: stop" 0 "$bin/stopService" a1
done
rm -f "$services/a1/cfg"
expect 'cfg is gone: install' 0 install a1
# A commit that cannot be finished: the stage's file stands where the service has a directory.
mkdir -p "$services/.enstratus/.stage/a1.0badcafe" "$services/a1/thing"
echo x >"$services/.enstratus/.stage/a1.0badcafe/thing"
sed -i 's/^committing=.*/committing=a1.0badcafe/' "$services/.enstratus/a1/state"
expect 'a stuck update: stop' 0 "$bin/stopService" a1
says 'a stuck update' 'cannot finish an installation'
expect 'a stuck update: another image' 0 install a1
same 'a stuck update: it is done with' committing= "$(grep ^committing= "$services/.enstratus/a1/state")"
sed -i 's/^committing=.*/committing=..\/..\/x/' "$services/.enstratus/a1/state"
expect 'a mark that is no stage' 0 install a1
if is_root && : >"$services/a1/immutable" && chattr +i "$services/a1/immutable" 2>/dev/null; then
	at_exit "chattr -i '$services/a1/immutable'"
	expect 'an immutable file: install' 0 install a1
	expect 'an immutable file: stop' 0 "$bin/stopService" a1
	chattr -i "$services/a1/immutable"
fi
expect 'a service called stage' 0 install stage
expect 'and another beside it' 0 install a1

# A service that is a file system of its own, which no rename exchanges: nothing is marked.
if is_root && unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016 # the inner shell's
	expect 'a mounted service: --replace' 69 unshare -m sh -c 'mount -t tmpfs tmpfs "$1" && mkdir "$1/bin" || exit 1
		shift; exec "$@"' - "$services/a1" "$bin/installService" --replace a1 c1 "$user" "$root/plain.zip"
	says 'a mounted service' 'a file system of its own'
	same 'a mounted service: nothing is marked' committing= "$(grep ^committing= "$services/.enstratus/a1/state")"
fi

# ---- files of others

if is_root; then
	echo log >"$root/shared" && chmod 640 "$root/shared"
	ln "$root/shared" "$services/a1/cfg/shared"
	expect 'a hard link in cfg: install' 0 install a1
	same 'a hard link in cfg: it stays whose it is' '640 root' "$(stat -c '%a %U' "$root/shared")"
	rm "$services/a1/cfg/shared"
fi
# A parent directory that is exchanged while the hook runs.
mkdir "$ENSTRATUS_TMP_DIR/up" "$root/victim"
for f in cfg cert key; do
	cp "$root/w/cfg" "$ENSTRATUS_TMP_DIR/up/$f"
	echo precious >"$root/victim/$f"
done
hook a1 enstratus-configure <<END
#!/bin/sh
mv '$ENSTRATUS_TMP_DIR/up' '$ENSTRATUS_TMP_DIR/up2'
ln -s '$root/victim' '$ENSTRATUS_TMP_DIR/up'
END
up=$ENSTRATUS_TMP_DIR/up
expect 'an exchanged parent' 0 "$bin/configureService" --config "$up/cfg" "$user" c1 a1 10.0.0.1 "$up/cert" "$up/key"
same 'an exchanged parent: the files there' 'precious precious precious' "$(cat "$root"/victim/* | tr '\n' ' ' | sed 's/ $//')"
clean 'an exchanged parent'
rm -rf "$ENSTRATUS_TMP_DIR"/up*
# A link to a temporary file: what it leads to is what was read.
printf '#!/bin/sh\n' | hook a1 enstratus-configure
cp "$root/w/cfg" "$ENSTRATUS_TMP_DIR/real"
ln -s real "$ENSTRATUS_TMP_DIR/link"
expect 'a link to a temporary file' 0 configure --config "$ENSTRATUS_TMP_DIR/link"
clean 'a link to a temporary file'

# ---- hooks and callers

# The hook kills its agent and writes the configuration anew.
hook a1 enstratus-configure <<'END'
#!/bin/sh
c=$(cat cfg/enstratus.cfg)
kill -s KILL $(cut -d " " -f 4 /proc/$PPID/stat)
while [ -L cfg/enstratus.cfg ]; do :; done
printf '%s\n' "$c" >cfg/enstratus.cfg
END
sh -c '"$@"' - "$bin/configureService" --config - "$user" c1 a1 <"$root/w/cfg" >"$out" 2>"$err"
expect 'after a killed agent' 0 "$bin/stopService" --wait 20 a1
clean 'a hook that kills its agent'
# The same by a process that left the hook's session: it ends with the hook.
hook a1 enstratus-configure <<'END'
#!/bin/sh
setsid sh -c 'echo $$ >left; c=$(cat cfg/enstratus.cfg); kill -s KILL $1
while [ -L cfg/enstratus.cfg ]; do :; done
printf "%s\n" "$c" >cfg/enstratus.cfg; exec sleep 1000' - $(cut -d " " -f 4 /proc/$PPID/stat) &
wait
END
sh -c '"$@"' - "$bin/configureService" --config - "$user" c1 a1 <"$root/w/cfg" >"$out" 2>"$err"
check 'a process of another session is ended' wait_until 60 gone "$(cat "$services/a1/left")"
expect 'after a process of another session' 0 "$bin/stopService" --wait 20 a1
clean 'a process of another session'

# A FIFO that nobody writes to holds nothing up, and can be interrupted.
printf '#!/bin/sh\n' | hook a1 enstratus-configure
mkfifo "$root/w/fifo"
configure --config "$root/w/fifo" >"$root/w/o" 2>&1 &
waiting=$!
expect 'a silent FIFO: another command' 0 "$bin/stopService" a1
pkill -TERM -P $waiting 2>/dev/null || kill -s TERM $waiting
check 'a silent FIFO: it can be ended' wait_until 60 gone $waiting

# A signal to checkService is not the service's state.
hook a1 enstratus-check <<'END'
#!/bin/sh
echo OK
kill -s TERM $(cut -d " " -f 4 /proc/$PPID/stat)
sleep 30
END
expect 'checkService gets a signal' 143 "$bin/checkService" a1
# Of all, each is asked by a process of its own.
expect 'the one who asks gets a signal' 0 "$bin/checkService"
check 'the one who asks gets a signal: nobody knows' grep -q '^a1	UNKNOWN: .*this command got Terminated$' "$out"
hook a1 enstratus-check <<'END'
#!/bin/sh
echo OK
asker=$(cut -d " " -f 4 /proc/$PPID/stat)
kill -s TERM $(cut -d " " -f 4 /proc/$asker/stat)
sleep 30
END
expect 'checkService of all gets a signal' 143 "$bin/checkService"
says 'checkService of all gets a signal' 'interrupted by signal 15'

# log with an empty word leaves the caller's input alone.
printf 'one\n\nthree\n' | while read -r line; do
	ENSTRATUS_RUN_ID=1 "$bin/log" -t t "$line"
done >"$out" 2>"$err"
same 'log in a loop' 't: one t: three ' "$(tr '\n' ' ' <"$err")"

# ---- an image whose names share one place in a hash table

mkdir -p "$root/slow/bin"
(
	cd "$root/slow/bin" && awk 'BEGIN { for (i = 0; i < 2048; i++) {
		name = ""
		for (bit = 1; bit < 2048; bit *= 2) name = name (int(i / bit) % 2 ? "ab" : "bA")
		print name
	} }' | xargs touch
	cd .. && zip -q -r ../slow.zip .
)
expect 'colliding names' 65 "$bin/installService" slow c1 "$user" "$root/slow.zip"
says 'colliding names' 'slow to look up'
