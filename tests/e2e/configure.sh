#!/bin/sh
# SPDX-License-Identifier: MIT
# configure.sh - configureService: the ways in, what the hook sees, and that nothing of a secret stays.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

seen=$root/seen
mkdir "$seen" "$ENSTRATUS_TMP_DIR"
chmod 777 "$seen"
configure=$bin/configureService
user=$(id -un)
! is_root || user=www-data
has() { test -s "$seen/$1"; }
last_line() {
	tail -n 1 "$err" >"$root/w/last"
	check "$1: the last line says '$2'" grep -Eq -- "$2" "$root/w/last"
}

# trailed - standard input with its trailer.
trailed() {
	cat >"$root/w/untrailed"
	cat "$root/w/untrailed"
	printf '# sha256 %s\n' "$(sha256sum <"$root/w/untrailed" | cut -d ' ' -f 1)"
	rm "$root/w/untrailed"
}
# piped OPTION... - configureService with standard input as a pipe, whatever it is here.
piped() { cat | "$configure" --config - "$@"; }
# tree ID - all that could tell one state of a service from another.
tree() {
	(
		cd "$services" && find "$1" -printf '%p %y %m %u %T@ %l\n' -type f -exec sha256sum {} \; | sort
		cat ".enstratus/$1/state" 2>/dev/null
	)
}

# ---- three deliveries, one file

shop() {
	printf '%s\n' '[enstratus]' serverId=1 serviceId=a1 name=Shop 'dataSources=shop' dataSource.shop.read=10.0.0.5 \
		'[custom]' 'motto=a b ; c # d = e' '' ' indented'
}
hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2" >../../seen/text
{
	echo "$# $1 $2 $ENSTRATUS_EVENT"
	readlink cfg/enstratus.cfg
	stat -L -c '%a %U' "$2"
	stat -f -L -c %T "$2"
	cmp cfg/enstratus.cfg "$2" && echo same
} >../../seen/facts
END
# took WHAT - the canonical file, its date aside, to $seen/WHAT.
took() {
	same "$1: exit status" 0 "$status"
	sed '2s/^# Generated ... ... .. ..:..:.. UTC ....$/# Generated/' "$seen/text" >"$seen/$1"
	rm "$seen/text"
	check_not "$1: nothing stays at cfg/enstratus.cfg" test -L "$services/a1/cfg/enstratus.cfg" -o -e "$services/a1/cfg/enstratus.cfg"
}
shop | trailed >"$root/w/good"
run piped "$user" c1 a1 <"$root/w/good"
took pipe
same 'arguments and event' "2 a1 $services/a1/cfg/enstratus.cfg deploy" "$(sed -n 1p "$seen/facts")"
check 'a link into storage in memory' grep -qx "$ENSTRATUS_RUN_DIR/a1\.[0-9a-f]*/enstratus.cfg" "$seen/facts"
same 'mode and owner' "640 $user" "$(sed -n 3p "$seen/facts")"
same 'storage in memory' tmpfs "$(sed -n 4p "$seen/facts")"
same 'the relative path is the same file' same "$(sed -n 5p "$seen/facts")"
cat >"$root/w/wanted" <<'END'
# enStratus service configuration file
# Generated
[enstratus]
serverId=1
serviceId=a1
name=Shop
dataSources=shop
dataSource.shop.read=10.0.0.5
[custom]
motto=a b ; c # d = e

 indented
END
check 'the canonical file' cmp -s "$root/w/wanted" "$seen/pipe"

shop >"$root/w/plain"
run "$configure" --config - "$user" c1 a1 <"$root/w/plain"
took redirected
same 'the second time it is a change' change "$(sed -n '1s/.* //p' "$seen/facts")"
run "$configure" --config - "$user" c1 a1 <"$root/w/good"
took with-trailer
shop >"$services/a1/cfg/enstratus.cfg"
run "$configure" "$user" c1 a1
took in-place
shop >"$ENSTRATUS_TMP_DIR/some.cfg"
run "$configure" --config "$ENSTRATUS_TMP_DIR/some.cfg" "$user" c1 a1
took temporary
check '--config in the temp directory is used up' test ! -e "$ENSTRATUS_TMP_DIR/some.cfg"
run "$configure" --config "$root/w/plain" "$user" c1 a1
took elsewhere
says '--config elsewhere' "'$root/w/plain' is left"
check '--config elsewhere stays' test -s "$root/w/plain"
shop | sed 's/$/\r/' >"$root/w/crlf"
run "$configure" --config - "$user" c1 a1 <"$root/w/crlf"
took carriage-returns
shop | sed '1d' >"$root/w/bare"
run "$configure" --config - "$user" c1 a1 <"$root/w/bare"
took no-heading
for way in redirected with-trailer in-place temporary elsewhere carriage-returns no-heading; do
	check "$way gives the same file" cmp -s "$seen/pipe" "$seen/$way"
done
rm "$seen"/*
expect 'no configuration at all' 65 "$configure" "$user" c1 a1
one_line_of_error() { same "$1: errors" 1 "$(grep -c ': error: ' "$err")"; }
one_line_of_error 'no configuration at all'

# ---- cut off, wrong, of another service: nothing has changed

before=$(tree a1)
size=$(wc -c <"$root/w/good")
text_size=$(wc -c <"$root/w/plain")
# unchanged WHAT STATUS - what the last run was to give.
unchanged() {
	same "$1: exit status" "$2" "$status"
	one_line_of_error "$1"
	check "$1: the hook was not run" test ! -e "$seen/text"
	same "$1: nothing has changed" "$before" "$(tree a1)"
	check "$1: nothing in memory" test -z "$(find "$ENSTRATUS_RUN_DIR" -mindepth 1 2>/dev/null)"
}
for n in 0 1 20 $((text_size / 2)) $((text_size - 1)) "$text_size" $((text_size + 5)) $((size - 30)) $((size - 2)); do
	head -c "$n" "$root/w/good" >"$root/w/part"
	run piped "$user" c1 a1 <"$root/w/part"
	unchanged "cut after $n of $size bytes" 76
done
run piped "$user" c1 a1 <"$root/w/plain"
unchanged 'no trailer on a pipe' 76
sed 's/^name=Shop/name=Shoq/' "$root/w/good" >"$root/w/part"
run piped "$user" c1 a1 <"$root/w/part"
unchanged 'another text than the trailer has' 76
run "$configure" --config - "$user" c1 a1 <"$root/w/part"
unchanged 'a wrong trailer in a regular file' 76
{ cat "$root/w/good"; echo 'more=1'; } >"$root/w/part"
run piped "$user" c1 a1 <"$root/w/part"
unchanged 'text behind the trailer' 76
for bad in serviceId=a2 'no sense' 'a b=c' '[other]'; do
	{ echo "$bad"; echo name=x; } | trailed >"$root/w/part"
	run piped "$user" c1 a1 <"$root/w/part"
	unchanged "'$bad'" 65
done
printf 'name=a\000b\n' | trailed >"$root/w/part"
run piped "$user" c1 a1 <"$root/w/part"
unchanged 'a NUL' 65
run "$configure" --config "$root/w/missing" "$user" c1 a1
check_not 'a configuration that is not there' test "$status" = 0
run "$configure" --config - "$user" c1 a9 <"$root/w/plain"
unchanged 'no such service' 66
if is_root; then
	run "$configure" --config - no-such-user c1 a1 <"$root/w/plain"
	unchanged 'no such account' 67
else
	skip 'no such account' 'only root gives files to accounts'
fi

# ---- how many arguments

for case in '0 1' '1 1' '2 1' '4 3' '5 3' '8 3'; do
	# shellcheck disable=SC2046 # that many words
	run "$configure" $(seq 1 "${case% *}")
	same "${case% *} arguments" "${case#* }" "$status"
	says "${case% *} arguments" '^Syntax: configureService'
done

# ---- certificates

hook ssl enstratus-configure <<'END'
#!/bin/sh
echo "$#" "$@" >../../seen/ssl
shift 3
cat "$@" >../../seen/bytes
cat "$@"
stat -L -c '%a %U' "$@" >../../seen/modes
END
for n in 6 7; do
	set --
	wanted_paths="$services/ssl/cfg/ssl.cert $services/ssl/cfg/ssl.key"
	for kind in cert key chain; do
		[ "$n" = 7 ] || [ $kind != chain ] || continue
		printf -- '-----BEGIN %s-----\nbytes-of-the-%s-file\n' $kind $kind >"$ENSTRATUS_TMP_DIR/$kind.pem"
		set -- "$@" "$ENSTRATUS_TMP_DIR/$kind.pem"
	done
	[ "$n" = 6 ] || wanted_paths="$wanted_paths $services/ssl/cfg/ssl.chained"
	cat "$@" >"$root/w/bytes"
	ln "$ENSTRATUS_TMP_DIR/key.pem" "$root/w/key"
	printf 'name=x\n' >"$root/w/name"
	run "$configure" --config - "$user" c1 ssl shop.example "$@" <"$root/w/name"
	same "$n arguments" 0 "$status"
	same "$n arguments, as the hook gets them" "$((n - 1)) ssl $services/ssl/cfg/enstratus.cfg shop.example $wanted_paths" "$(cat "$seen/ssl")"
	check "$n arguments: the bytes" cmp -s "$root/w/bytes" "$seen/bytes"
	same "$n arguments: mode and owner" "640 $user" "$(sort -u "$seen/modes")"
	same "$n arguments: nothing stays for the hook" '' "$(ls -A "$services/ssl/cfg")"
	same "$n arguments: nor of the caller's files" '' "$(ls -A "$ENSTRATUS_TMP_DIR")"
	check "$n arguments: another name for the key holds nothing" test -e "$root/w/key" -a ! -s "$root/w/key"
	check "$n arguments: the certificate is shown" grep -q 'bytes-of-the-cert-file' "$err"
	check_not "$n arguments: the key is masked" grep -q 'bytes-of-the-key-file' "$err"
	rm "$seen"/* "$root/w/key"
done
echo key >"$ENSTRATUS_TMP_DIR/key.pem"
run "$configure" --config - "$user" c1 ssl shop.example "$ENSTRATUS_TMP_DIR/missing.pem" "$ENSTRATUS_TMP_DIR/key.pem" <"$root/w/name"
same 'a certificate that is not there' 69 "$status"
says 'a certificate that is not there' 'missing\.pem'
check 'a certificate that is not there: the hook was not run' test ! -e "$seen/ssl"
rm -f "$ENSTRATUS_TMP_DIR"/*
# As the shell's <(...) hands them over: nothing on a disk is the caller's.
run sh -c 'exec 4<<-C 5<<-K
	the certificate
	C
	the key
	K
	exec "$@"' - "$configure" --config - "$user" c1 ssl shop.example /dev/fd/4 /proc/self/fd/5 <"$root/w/name"
same 'certificate and key from descriptors' 0 "$status"
same 'as the hook reads them' 'the certificate the key' "$(paste -sd ' ' "$seen/bytes")"
check_not 'the key is masked' grep -q 'the key' "$err"
rm "$seen"/*

# ---- values come through whole

hook whole enstratus-configure <<'END'
#!/bin/sh
sed -n 's/^dataSource\.x\.serviceUser=//p' "$2" >../../seen/long
sed -n 's/^dataSource\.x\.servicePassword=//p' "$2" >../../seen/odd
END
head -c 49152 /dev/urandom | base64 -w 0 >"$root/w/long"
same 'a value of 64 KiB' 65536 "$(wc -c <"$root/w/long")"
odd="p'a\"s\\s\$w\`o=r;d ;#e # n\\n é漢🔑 [x] %s  "
printf 'dataSource.x.serviceUser=%s\ndataSource.x.servicePassword=%s\n' "$(cat "$root/w/long")" "$odd" | trailed >"$root/w/part"
run piped "$user" c1 whole <"$root/w/part"
same 'long and odd values' 0 "$status"
echo >>"$root/w/long"
check 'a value of 64 KiB comes through' cmp -s "$root/w/long" "$seen/long"
same 'a password of odd characters comes through' "$odd" "$(cat "$seen/odd")"
printf 'name=%s\n' "$(cat "$root/w/long")x" | trailed >"$root/w/part"
run piped "$user" c1 whole <"$root/w/part"
same 'one byte more is refused' 65 "$status"
rm "$seen"/* "$root/w/long" "$root/w/part"

# ---- nothing of a secret stays

marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
# secret - a configuration that holds the marker.
secret() {
	printf '%s\n' '[enstratus]' name=Shop dataSources=x dataSource.x.serviceUser=wp "dataSource.x.servicePassword=$marker" \
		serviceKeys=admin serviceKey.admin.user=root "serviceKey.admin.password=$marker-admin" '[custom]' "token=$marker-custom"
}
# clean WHAT - all that the test has made is searched, what the programs printed too.
clean() {
	check_not "$1: nothing of the secret stays" holds "$marker" "$root" "$shm"
	check "$1: no cfg/enstratus.cfg" test -z "$(find "$services" -name 'enstratus.cfg*')"
	check "$1: no directory of a run" test -z "$(find "$ENSTRATUS_RUN_DIR" -mindepth 1 2>/dev/null)"
}
# The search is one that finds.
for place in "$services/a1/cfg/.x" "$ENSTRATUS_TMP_DIR/x" "$shm/x" "$root/w/x"; do
	printf 'a=%s.' "$marker" >"$place"
	check "the search finds $place" holds "$marker" "$root" "$shm"
	rm "$place"
done
ln -s "/$marker/x" "$root/w/link"
check 'the search finds a link' holds "$marker" "$root" "$shm"
rm "$root/w/link"
clean 'before'

# All hooks print what they read, whole and in two halves with a pause between.
# shellcheck disable=SC2016 # the hook's own
print='
grep assword "$2"
grep token "$2" >&2
grep -h "" cfg/enstratus.cfg
value=$(sed -n "s/^dataSource.x.servicePassword=//p" "$2")
half=${value%????????}
printf "half %s" "$half"
sleep 0.1
printf "%s end\n" "${value#"$half"}"
echo "[$value][$value]$value$value" >&2
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
echo $PPID >../../seen/keeper
echo $$ >../../seen/hook
'
# secret_hook ID - it goes on with what is on standard input.
secret_hook() { { printf '#!/bin/sh\n%s' "$print"; cat; } | hook "$1" enstratus-configure; }
# deliver WAY COMMAND OPTION... - the secret configuration by one of the three ways; the command is the agent.
deliver() {
	way=$1
	shift
	case $way in
	pipe) secret | trailed_secret | "$configure" --config - "$@" ;;
	place)
		secret >"$services/s1/cfg/enstratus.cfg"
		"$configure" "$@"
		;;
	file)
		secret >"$ENSTRATUS_TMP_DIR/delivered"
		"$configure" --config "$ENSTRATUS_TMP_DIR/delivered" "$@"
		;;
	esac
}
# trailed_secret - as trailed, without a file between.
trailed_secret() {
	secret
	printf '# sha256 %s\n' "$(secret | sha256sum | cut -d ' ' -f 1)"
}
secret_hook s1 <<'END'
echo "event $ENSTRATUS_EVENT"
END
event=deploy
for way in pipe place file; do
	expect "$way: ok" 0 deliver $way "$user" c1 s1
	clean "$way: ok"
	check "$way: the event" grep -q "event $event" "$err"
	event=change
	same "$way: passwords are masked" 4 "$(grep -c 'assword=\*\*\*$' "$err")"
	check "$way: printed in two halves" grep -q 'half \*\*\* end$' "$err"
	check "$way: what is no secret is shown" grep -q 'dataSource.x.serviceUser=wp' "$err"
done
secret_hook s1 <<'END'
exit 3
END
for way in pipe place file; do
	expect "$way: hook failed" 3 deliver $way "$user" c1 s1
	clean "$way: hook failed"
done
secret_hook s1 <<'END'
exec sleep 300
END
for way in pipe place file; do
	rm -f "$seen"/*
	begin ended deliver $way "$user" c1 s1
	case $way in pipe) signal='TERM 143' ;; place) signal='INT 130' ;; file) signal='QUIT 131' ;; esac
	check "$way: the hook runs" wait_until 60 has hook
	check "$way: the secret is there meanwhile" holds "$marker" "$shm"
	kill -s "${signal% *}" "$(cat "$seen/agent")"
	end ended
	same "$way: SIG${signal% *}" "${signal#* }" "$status"
	clean "$way: SIG${signal% *}"
	check "$way: the hook is gone" gone "$(cat "$seen/hook")"
done
expect 'time limit' 124 deliver pipe --timeout 1 "$user" c1 s1
clean 'time limit'
rm -f "$seen"/*
begin abort deliver pipe --on-hangup=abort "$user" c1 s1
wait_until 60 has hook
kill -s HUP "$(cat "$seen/agent")"
end abort
same 'SIGHUP, abort' 129 "$status"
clean 'SIGHUP, abort'
secret_hook s1 <<'END'
until [ -e ../../seen/go ]; do sleep 0.02; done
grep -c assword "$2" >../../seen/finished
END
rm -f "$seen"/*
begin hangup deliver pipe "$user" c1 s1
check 'SIGHUP: the hook runs' wait_until 60 has hook
kill -s HUP "$(cat "$seen/agent")"
touch "$seen/go"
end hangup
same 'SIGHUP: goes on to its end' 0 "$status"
same 'SIGHUP: the hook could still read' 2 "$(cat "$seen/finished")"
clean 'SIGHUP'

# SIGKILL of the agent: its guardian ends the hook and wipes, and nobody has to call anything.
wiped() { ! holds "$marker" "$root" "$shm" && [ -z "$(find "$services" -name 'enstratus.cfg*')" ]; }
for way in pipe place file; do
	rm -f "$seen"/*
	begin killed deliver $way "$user" c1 s1
	check "SIGKILL, $way: the hook runs" wait_until 60 has hook
	kill -s KILL "$(cat "$seen/agent")"
	end killed
	same "SIGKILL, $way" 137 "$status"
	check "SIGKILL, $way: nothing of the secret stays" wait_until 60 wiped
	check "SIGKILL, $way: the hook goes with the agent" wait_until 60 gone "$(cat "$seen/hook")"
	expect "SIGKILL, $way: the next command" 0 "$bin/checkService" --wait 10 s1
	clean "SIGKILL, $way"
done

# The guardian and the agent: then the next command on the service sweeps.
rm -f "$seen"/*
begin both deliver pipe "$user" c1 s1
check 'both killed: the hook runs' wait_until 60 has hook
agent=$(cat "$seen/agent") keeper=$(cat "$seen/keeper")
guardian=$(guardian_of "$configure" "$agent" "$keeper")
same 'both killed: there is one guardian' 1 "$(echo "$guardian" | wc -w)"
check_not 'it is in another session' test "$(ps -o sid= -p "$guardian" | tr -d ' ')" = "$(ps -o sid= -p "$agent" | tr -d ' ')"
kill -s KILL "$guardian" "$agent"
end both
touch "$seen/go"
check 'both killed: the orphan ends' wait_until 60 gone "$(cat "$seen/hook")"
expect 'both killed: the next command' 0 "$bin/checkService" --wait 10 s1
clean 'both killed and the next command'

# The guardian alone: the agent does without.
rm -f "$seen"/*
begin lone deliver pipe "$user" c1 s1
check 'guardian killed: the hook runs' wait_until 60 has hook
kill -s KILL "$(guardian_of "$configure" "$(cat "$seen/agent")" "$(cat "$seen/keeper")")"
touch "$seen/go"
end lone
same 'guardian killed' 0 "$status"
clean 'guardian killed'

# The keeper alone: nobody can tell what became of the hook, which ends as with it.
rm -f "$seen"/*
begin kept deliver pipe "$user" c1 s1
check 'keeper killed: the hook runs' wait_until 60 has hook
kill -s KILL "$(cat "$seen/keeper")"
end kept
same 'keeper killed' 71 "$status"
says 'keeper killed' 'the process that watched over it was killed'
clean 'keeper killed'

chmod 644 "$services/s1/bin/enstratus-configure"
for way in pipe place file; do
	expect "$way: not executable" 10 deliver $way "$user" c1 s1
	clean "$way: not executable"
done
rm "$services/s1/bin/enstratus-configure"
for way in pipe place file; do
	expect "$way: absent" 0 deliver $way "$user" c1 s1
	clean "$way: absent"
done
secret_hook s1 <<'END'
END
refused() { secret | sed 's/^name=.*/serviceId=s2/' | "$configure" --config - "$user" c1 s1; }
expect 'refused' 76 refused
clean 'refused for its trailer'
{ secret; echo "$marker without an equals sign"; } | sed '/^\[custom\]/d' >"$services/s1/cfg/enstratus.cfg"
expect 'refused, in place' 65 "$configure" "$user" c1 s1
clean 'refused, in place'
secret | sed 's/^name=.*/serviceId=s2/' >"$services/s1/cfg/enstratus.cfg"
expect 'of another service, in place' 65 "$configure" "$user" c1 s1
clean 'of another service, in place'
if is_root; then
	expect 'no such account' 67 deliver place no-such-user c1 s1
	clean 'no such account'
fi

# ---- hooks that do what they should not

# misbehaves WHAT - a hook, on standard input, that got the secret from memory and must not keep it.
misbehaves() {
	hook s1 enstratus-configure
	deliver pipe "$user" c1 s1 >"$out" 2>"$err"
	check_not "$1: nothing of the secret stays" holds "$marker" "$root" "$shm"
	check "$1: nothing stands at cfg/enstratus.cfg" test -z "$(find "$services/s1" -name enstratus.cfg)"
	check "$1: no directory of a run" test -z "$(find "$ENSTRATUS_RUN_DIR" -mindepth 1)"
}
echo canary >"$root/w/canary"
chmod 666 "$root/w/canary"
misbehaves 'a link to another file' <<'END'
#!/bin/sh
ln -sf ../../../w/canary cfg/enstratus.cfg
END
same 'the other file is as it was' canary "$(cat "$root/w/canary")"
misbehaves 'a hard link to another file' <<'END'
#!/bin/sh
touch -d '2 days ago' ../../w/canary
ln -f ../../w/canary cfg/enstratus.cfg
END
same 'the other file is as it was, again' canary "$(cat "$root/w/canary")"
misbehaves 'sed -i' <<'END'
#!/bin/sh
sed -i s/wp/xx/ cfg/enstratus.cfg
grep -q serviceUser=xx cfg/enstratus.cfg && [ ! -L cfg/enstratus.cfg ] && echo copied
END
check 'sed -i: it was a copy' grep -q copied "$err"
misbehaves 'sed -i and a hard link' <<'END'
#!/bin/sh
sed -i s/wp/xx/ cfg/enstratus.cfg
ln cfg/enstratus.cfg bin/kept && echo linked
END
check 'sed -i and a hard link: it was linked' grep -q linked "$err"
misbehaves 'a hard link in memory' <<'END'
#!/bin/sh
file=$(readlink cfg/enstratus.cfg)
ln "$file" "${file%/*}/kept" && ln "$file" "${file%/*}/../../kept" && echo linked
END
check 'a hard link in memory: it was linked' grep -q linked "$err"
check 'a hard link in memory is there and holds nothing' test -e "$shm/kept" -a ! -s "$shm/kept"
rm -f "$shm/kept"
misbehaves 'chmod 000' <<'END'
#!/bin/sh
chmod 000 "$2" cfg
chmod 700 cfg
END
misbehaves 'a directory' <<'END'
#!/bin/sh
cat "$2" >../text && rm "$2" && mkdir -p "$2/sub" && mv ../text "$2/sub/text"
END
misbehaves 'no cfg any more' <<'END'
#!/bin/sh
rm -rf cfg
END
mkdir -p "$services/s1/cfg"
misbehaves 'another cfg' <<'END'
#!/bin/sh
mv cfg bin/cfg && mkdir cfg && cp bin/cfg/enstratus.cfg cfg/enstratus.cfg
END
rm -rf "$services/s1/bin/cfg"
misbehaves 'the directory of the run is gone' <<'END'
#!/bin/sh
rm -rf "$(dirname "$(readlink cfg/enstratus.cfg)")"
END

# ---- without our own storage in memory

# A /dev/shm of our own, for what is there belongs to everybody.
secret_hook s1 <<'END'
if [ -L cfg/enstratus.cfg ]; then readlink cfg/enstratus.cfg; else stat -c "%F %a" cfg/enstratus.cfg; fi >../../seen/place
END
# without MOUNT-OPTIONS... - configureService where /dev/shm is what mount(8) is told.
# shellcheck disable=SC2016 # the inner shell's
without() {
	trailed_secret | unshare $in_user_space -m sh -c '
		user=$1 configure=$2
		shift 2
		mount "$@" /dev/shm || exit 99
		ENSTRATUS_RUN_DIR=$ENSTRATUS_TMP_DIR/run "$configure" --config - "$user" c1 s1
		status=$?
		# It goes with this process, so it is searched here.
		grep -rqF "$SECRET_MARK" /dev/shm && exit 98
		exit $status' - "$user" "$configure" "$@"
}
in_user_space=
is_root || in_user_space=-Ur
if unshare $in_user_space -m true 2>/dev/null; then
	[ -z "$in_user_space" ] || user=root
	case $(stat -f -c %T "$root") in
	tmpfs) skip 'no storage in memory' "$root is such" ;;
	*)
		SECRET_MARK=$marker
		export SECRET_MARK
		rm -f "$seen"/*
		expect 'the fallback' 0 without -t tmpfs none
		check 'the fallback is used' grep -q '^/dev/shm/enstratus-[0-9]*/s1\.' "$seen/place"
		clean 'the fallback'
		mkdir "$root/disk"
		expect 'no storage in memory' 0 without --bind "$root/disk"
		says 'no storage in memory' 'warning: no memory-backed directory'
		same 'no storage in memory: a file' 'regular file 640' "$(cat "$seen/place")"
		unset SECRET_MARK
		clean 'no storage in memory'
		;;
	esac
else
	skip 'no storage in memory' 'unshare(1) is not allowed here'
fi

# ---- the forms of a secret

# What prints them are other people's programs.
cat >"$root/w/forms.cfg" <<'END'
[enstratus]
serviceKey.admin.password=S3cr&t "p/w'd
name=shop
[custom]
api=topsecrettoken
door.pin=4711
END
hook s2 enstratus-configure <<'END'
#!/bin/sh
p=$(sed -n 's/^serviceKey.admin.password=//p' cfg/enstratus.cfg)
echo "plain $p"
printf %s "$p" | base64
printf %s "user:$p" | base64
printf %s "$p" | od -An -v -tx1 | tr -d ' \n' && echo
printf %s "$p" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F && echo
printf %s "$p" | python3 -c 'import sys, json, html, urllib.parse, shlex
p = sys.stdin.read()
for form in json.dumps(p), html.escape(p), urllib.parse.quote(p), urllib.parse.quote_plus(p), shlex.quote(p):
    print(form)'
printf 'a%sb%sc' "$p" "$p" | fold -w 7
echo
sed -n 's/^api=//p' cfg/enstratus.cfg | base64
sed -n 's/^door.pin=/pin /p' cfg/enstratus.cfg
echo done
END
mkdir -p "$ENSTRATUS_HOME/cfg"
echo 'mask = nothing.* *.pin' >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'forms' 0 "$configure" --config "$root/w/forms.cfg" "$user" c1 s2
for word in 'S3cr' "p/w'd" UzNjciZ0 c2VyOlM 533363722674 5333637226742 'amp;' 'S3cr%26t' topsecret dG9wc2VjcmV0 4711; do
	check_not "forms: '$word' is not shown" grep -qF -- "$word" "$err"
done
# The first bytes of one that a line end splits, three of them at most.
check 'forms: each of them left a line' test "$(grep -c '\*\*\*' "$err")" -ge 12
check 'forms: what is no secret is shown' grep -q 'done$' "$err"
check 'forms: what is around one is shown' grep -q 'plain \*\*\*$' "$err"
rm "$ENSTRATUS_HOME/cfg/agent.cfg"
echo '[configure]
mask=a,b' >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'no such pattern' 0 "$configure" --config "$root/w/forms.cfg" "$user" c1 s2
check 'without the pattern it is shown' grep -q 'pin 4711' "$err"
rm "$ENSTRATUS_HOME/cfg/agent.cfg"

# ---- what has changed

hook c1 enstratus-configure <<'END'
#!/bin/sh
echo "$ENSTRATUS_EVENT ${ENSTRATUS_CHANGED-unset}" >>../../seen/changed
[ ! -e fail ] || exit 3
END
keys() { printf '%s\n' '[enstratus]' name=shop "dataSource.d.servicePassword=$1" "dataSource.d.read=$2" '[custom]' "motto=$3"; }
# changed PASSWORD HOST TEXT WHAT STATUS LINE OPTION... - the hook's one line, "" when it is not run.
changed() {
	rm -f "$seen/changed"
	keys "$1" "$2" "$3" | trailed >"$root/w/changed.cfg"
	label=$4 wanted=$5 line=$6
	shift 6
	run piped "$@" "$user" c1 c1 <"$root/w/changed.cfg"
	same "$label: exit status" "$wanted" "$status"
	same "$label: what the hook is told" "$line" "$(cat "$seen/changed" 2>/dev/null)"
	check_not "$label: nothing stays" test -L "$services/c1/cfg/enstratus.cfg" -o -e "$services/c1/cfg/enstratus.cfg"
	clean_record
}
clean_record() { check_not 'no value is in the books' holds hunter "$services/.enstratus"; }
changed hunter2 10.0.0.5 a 'the first time, if changed' 0 'deploy *' --if-changed
changed hunter2 10.0.0.5 a 'the same again' 0 'change '
changed hunter2 10.0.0.5 a 'the same, if changed' 0 '' --if-changed
says 'the same, if changed' "nothing has changed since service 'c1' was configured: its hook is not run"
changed hunter3 10.0.0.6 a 'two values, if changed' 0 'change dataSource.d.read,dataSource.d.servicePassword' --if-changed
changed hunter3 10.0.0.6 b 'custom text' 0 'change [custom]'
touch "$services/c1/fail"
changed hunter4 10.0.0.6 b 'the hook fails' 3 'change dataSource.d.servicePassword' --if-changed
rm "$services/c1/fail"
changed hunter3 10.0.0.6 b 'what it was before, if changed' 0 'change *' --if-changed
run piped --if-changed "$user" c2 c1 <"$root/w/changed.cfg"
same 'another customer, if changed' 'change [customer]' "$(tail -n 1 "$seen/changed")"
sed -i 's/hunter3/hunter9/' "$root/w/changed.cfg"
run piped --if-changed "$user" c2 c1 <"$root/w/changed.cfg"
same 'cut off, if changed' 76 "$status"
# What is given as a file is wiped though no hook needs it.
printf 'serviceId=c1\nname=sesame9\n' >"$root/w/once"
for n in 1 2; do
	cp "$root/w/once" "$services/c1/cfg/enstratus.cfg"
	rm -f "$seen/changed"
	expect "in its place, $n" 0 "$configure" --if-changed "$user" c2 c1
	check_not "in its place, $n: it is gone" test -e "$services/c1/cfg/enstratus.cfg"
done
check_not 'in its place: the second time no hook is run' has changed

# ---- what the hook leaves behind

hook r1 enstratus-configure <<'END'
#!/bin/sh
mkdir -p sub conf.d
cp cfg/enstratus.cfg sub/copy
sed -n 's/^motto=//p' cfg/enstratus.cfg | base64 >conf.d/motto.b64
sed -n 's/^dataSource.d.servicePassword=/password: /p' cfg/enstratus.cfg >conf.d/db.yml
ln cfg/enstratus.cfg sub/hard
echo "$ENSTRATUS_EVENT" >sub/plain
sed -n 's/^dataSource.d.servicePassword=//p' cfg/enstratus.cfg >../../tmp/left
END
echo hunter2hunter2 >"$services/r1/old"
touch -d '1 hour ago' "$services/r1/old"
sleep 0.02 # longer than files' times are apart
residue() {
	keys hunter2hunter2 10.0.0.5 "a long motto" | trailed >"$root/w/residue.cfg"
	run piped "$user" c1 r1 <"$root/w/residue.cfg"
}
found() { sed -n "s/.*warning: '\(.*\)' holds the value of \(.*\)/\1 \2/p" "$err" | sed "s|^$services/r1/||; s|^$ENSTRATUS_TMP_DIR/|TMP |" | sort | paste -sd ';'; }
residue
same 'residue: exit status' 0 "$status"
same 'residue: files and keys' "TMP left dataSource.d.servicePassword;conf.d/db.yml dataSource.d.servicePassword;conf.d/motto.b64 motto;sub/copy dataSource.d.servicePassword, motto" "$(found)"
check_not 'residue: no value is told' grep -q 'hunter2\|long motto' "$err"
printf '[configure]\nallow = conf.d/*, sub/c?py\nresidue = fail\n' >"$services/r1/image.ini"
residue
same 'residue=fail: exit status' 77 "$status"
same 'residue=fail: what is not allowed' 'TMP left dataSource.d.servicePassword' "$(found)"
last_line 'residue=fail' "cannot configure service 'r1': the hook left secrets in 1 file, and image.ini says residue=fail"
run piped --if-changed "$user" c1 r1 <"$root/w/residue.cfg"
same 'residue=fail: it is not taken for done' 77 "$status"
printf '[configure]\nallow=*\nresidue = fail\n' >"$services/r1/image.ini"
residue
same 'residue=fail, in the temp directory: exit status' 77 "$status"
printf '[configure]\nresidue=off\n' >"$services/r1/image.ini"
residue
same 'residue=off' '0 ' "$status $(found)"
printf '[configure]\nresidue=perhaps\n' >"$services/r1/image.ini"
residue
same 'residue=perhaps: exit status' 65 "$status"
last_line 'residue=perhaps' 'image.ini: line 2: residue is one of warn|fail|off'
rm "$services/r1/image.ini"
echo 'exit 4' >>"$services/r1/bin/enstratus-configure"
residue
same 'residue of a hook that failed: exit status' 4 "$status"
check 'residue of a hook that failed: it is told' grep -q "conf.d/db.yml' holds the value of dataSource.d.servicePassword" "$err"
rm -r "$services/r1" "$ENSTRATUS_TMP_DIR/left"

# ---- required keys

hook s3 enstratus-configure <<'END'
#!/bin/sh
echo called >../../seen/called
END
printf '[configure]\nrequired = name, dataSource.x.read,licence.key\nrequired=serverId\n' >"$services/s3/image.ini"
required() { printf '%s\n' "$@" | trailed | piped "$user" c1 s3; }
run required '[enstratus]' name= '[custom]' 'other=x'
same 'required keys: exit status' 78 "$status"
last_line 'required keys' "cannot configure service 's3': the configuration lacks required keys: dataSource.x.read, licence.key, serverId\$"
check_not 'required keys: the hook is not run' has called
check_not 'required keys: nothing stays' test -e "$services/s3/cfg/enstratus.cfg"
run required '[enstratus]' name= serverId=1 dataSource.x.read=y '[custom]' ' licence.key = 1'
same 'required keys are there: exit status' 0 "$status"
check 'required keys are there: the hook is run' has called
run required '[enstratus]' name= serverId=1 dataSource.x.read=y
same 'one required key: exit status' 78 "$status"
last_line 'one required key' 'the configuration lacks a required key: licence.key$'
{
	echo '[configure]'
	for n in 1 2 3 4 5 6 7 8; do echo "required=a.long.name.that.is.number.$n,b.long.name.that.is.number.$n"; done
} >"$services/s3/image.ini"
run required '[enstratus]' name=x
same 'many required keys: exit status' 78 "$status"
same 'many required keys: all are named' 16 "$(grep -c "error: required key '[ab].long.name.that.is.number.[1-8]' is missing" "$err")"
last_line 'many required keys' 'lacks 16 required keys$'
printf '[configure]\nrequired = a=b\n' >"$services/s3/image.ini"
run required '[enstratus]' name=x
same 'an image.ini that is broken: exit status' 65 "$status"
last_line 'an image.ini that is broken' 'the installed image.ini: image.ini: line 2: a required key is no name of a key'
