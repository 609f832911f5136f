#!/bin/sh
# SPDX-License-Identifier: MIT
# hostile.sh - archives that were made to do harm: refused, or harmless, and nothing else is touched.
# shellcheck disable=SC2016 # single quotes: for an inner shell
# By root it has mounts of its own, which end with it: for an account that must not be made.
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

corpus=$root/w/corpus
outside=$root/outside
user=www-data account=e2e-hostile
is_root || user=$(id -un)
python() { PATH=/usr/bin:/bin command python3 -B -X utf8 "$@"; }

# Where links and names would lead: a directory beside the services, with a file to write to.
mkdir -p "$corpus" "$outside/deep" "$ENSTRATUS_TMP_DIR"
echo canary >"$outside/file"
echo canary >"$outside/deep/file"
echo canary >"$services/file"
cat >"$ENSTRATUS_HOME/cfg/agent.cfg" <<'END_OF_CFG'
[images]
max-bytes = 8388608
max-entry-bytes = 4194304
max-entries = 2000
sync = no
END_OF_CFG

if [ -n "${own_mounts:-}" ]; then
	# An account that is made after all is made in copies.
	cp -a /etc "$root/w/etc"
	mount --bind "$root/w/etc" /etc
	mount -t tmpfs none /home
	for place in /var/log /var/mail /var/spool/mail; do
		[ ! -d "$place" ] || mount -t tmpfs none "$place"
	done
	at_exit 'umount -l /etc'
	check 'the accounts are copies' sh -c '[ "$(stat -c %i /etc)" = "$(stat -c %i "$1")" ]' - "$root/w/etc"
else
	account=
	skip 'accounts that are not made' 'needs root and mount namespaces'
fi

# A sanitizer's own memory and time are not the agent's.
if grep -q __asan_init "$bin/installService"; then HOSTILE_SCALE=8; else HOSTILE_SCALE=1; fi
export HOSTILE_SCALE

# drive PROGRAM CORPUS - the corpus through a program; what it says of each archive to $w/verdicts.
drive() {
	# shellcheck disable=SC2086 # an account or none
	python tests/hostile/drive.py "$root" "$2" "$1" "$user" $account >"$root/w/verdicts"
}

check 'the corpus is made' python tests/hostile/generate.py "$corpus" "$outside"
n=$(wc -l <"$corpus/manifest")
check 'it is a corpus' test "$n" -ge 130
check 'it is gone through' drive "$bin/installService" "$corpus"
while read -r verdict what; do
	if [ "$verdict" = ok ]; then pass; else fail "$what"; fi
done <"$root/w/verdicts"
same 'each archive was tried in both ways' $((2 * n + 1)) "$(wc -l <"$root/w/verdicts")"

# ---- whoever lets harm happen is found out

few=$root/w/few
mkdir "$few"
cp "$corpus/control.zip" "$corpus/control.tar.gz" "$corpus/name-up.zip" "$few"
printf 'name-up.zip\trefused\t\t\tclimbs\n' >"$few/manifest"
# harm WHAT [COMMAND] - a program that does this as well, and then refuses.
harm() {
	cat >"$root/w/program" <<END_OF_PROGRAM
#!/bin/sh
case \$4 in *control*) exec "$bin/installService" "\$@" ;; esac
$2
END_OF_PROGRAM
	chmod 755 "$root/w/program"
	check "$1: it is run" drive "$root/w/program" "$few"
	same "$1" "$3" "$(grep -c ^FAIL "$root/w/verdicts")"
}
refuse='echo "x: error: y" >&2; exit 65'
harm 'nothing' "$refuse" 0
harm 'a file outside' "echo new >'$outside/new'; $refuse" 2
harm 'a file outside that is changed' "echo new >>'$outside/file'; $refuse" 2
harm 'another mode in the service' "chmod g+s '$services/a1/www/index.html'; $refuse" 1
harm 'a stage that stays' "mkdir -p '$services/.enstratus/.stage/'\$1.0badcafe; $refuse" 2
harm 'a service that stays' "mkdir -p '$services/'\$1; $refuse" 1
harm 'another status' 'echo "x: error: y" >&2; exit 71' 2
harm 'a crash' 'kill -SEGV $$' 2
harm 'no word' 'exit 65' 2
harm 'two words' "echo 'x: error: y' >&2; $refuse" 2
harm 'a word behind it' 'echo "x: error: y" >&2; echo more >&2; exit 65' 2
harm 'an answer' "echo 'Service is of type: zip.'; $refuse" 2
harm 'too much memory' "/usr/bin/python3 -c 'bytearray($((70 * HOSTILE_SCALE)) << 20)'; $refuse" 2
harm 'an installation' "exec '$bin/installService' \"\$1\" c1 '$user' '$corpus/control.zip'" 2
[ -z "$account" ] || harm 'an account' "grep -q '$account' /etc/passwd || echo '$account:x:9:9::/:' >>/etc/passwd; $refuse" 1
