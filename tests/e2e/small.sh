#!/bin/sh
# SPDX-License-Identifier: MIT
# small.sh - makeTemp, secureDelete, log, and the customer's overrides.
# By root it has mounts of its own, which end with it: for a system log that it can read.
# shellcheck disable=SC2016 # single quotes: for an inner shell, or for later
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
tmp=$ENSTRATUS_TMP_DIR
custom=$ENSTRATUS_HOME/custom/bin
nl='
'
nobody_dir=$root/nobody
mkdir "$nobody_dir"
! is_root || chown 65534:65534 "$nobody_dir"

# ---- makeTemp

mode() { stat -c %a "$1"; }
for mask in 000 022 077 777; do
	rm -rf "$tmp"
	run sh -c 'umask "$1" && exec "$2"' - $mask "$bin/makeTemp"
	same "makeTemp with umask $mask" "0 770" "$status $(mode "$tmp")"
	same "makeTemp with umask $mask says nothing" '0 0' "$(wc -c <"$out") $(wc -c <"$err")"
done
echo kept >"$tmp/file"
chmod 640 "$tmp/file"
for own in 700 750; do
	chmod $own "$tmp"
	run "$bin/makeTemp"
	same "makeTemp with its own directory of mode $own" "0 $own" "$status $(mode "$tmp")"
done
chmod 1777 "$tmp"
run "$bin/makeTemp"
same 'makeTemp with a directory that everybody uses' '77 1777' "$status $(mode "$tmp")"
chmod 770 "$tmp"
same 'what is in it is left alone' 'kept 640' "$(cat "$tmp/file") $(mode "$tmp/file")"
if is_root; then
	run as_nobody "$bin/makeTemp"
	same 'makeTemp by another, of whom it is not' "77 770" "$status $(mode "$tmp")"
	one_line 'makeTemp by another, of whom it is not'
	chown 65534:65534 "$tmp"
	run "$bin/makeTemp"
	same 'makeTemp with a foreign owner' '77 770 65534:65534' "$status $(mode "$tmp") $(stat -c %u:%g "$tmp")"
	chown 0:0 "$tmp"
else
	skip 'makeTemp with a foreign owner' 'needs root'
fi
expect 'a slash at the end of its name' 0 env "ENSTRATUS_TMP_DIR=$tmp//" "$bin/makeTemp"
rm -rf "$tmp"

echo precious >"$tmp"
expect 'a file in its place' 65 "$bin/makeTemp"
one_line 'a file in its place'
says 'a file in its place' "makeTemp\\[[0-9]+\\]: error: .*'$tmp' is not a directory"
same 'is left alone' 'precious 644' "$(cat "$tmp") $(mode "$tmp")"
rm "$tmp"
mkdir -m 755 "$w/elsewhere"
ln -s "$w/elsewhere" "$tmp"
expect 'a link in its place' 65 "$bin/makeTemp"
same 'is not followed' "755 $w/elsewhere" "$(mode "$w/elsewhere") $(readlink "$tmp")"
ln -sfn "$w/nowhere" "$tmp"
expect 'a dangling link in its place' 65 "$bin/makeTemp"
check_not 'is not followed either' test -e "$w/nowhere"
rm "$tmp"
mkfifo "$tmp"
expect 'a FIFO in its place' 65 timeout 120 "$bin/makeTemp"
rm "$tmp"
mkdir -m 555 "$w/closed"
expect 'a parent that may not be written' 77 plain env "ENSTRATUS_TMP_DIR=$w/closed/tmp" "$bin/makeTemp"
one_line 'a parent that may not be written'
says 'a parent that may not be written' "'$w/closed/tmp': Permission denied"
expect 'a parent that is missing' 71 env "ENSTRATUS_TMP_DIR=$w/missing/tmp" "$bin/makeTemp"
check_not 'is not made' test -e "$w/missing"

# ---- secureDelete

expect 'a missing file' 0 "$bin/secureDelete" "$w/missing"
expect 'a file in a missing directory' 0 "$bin/secureDelete" "$w/missing/file"
same 'nothing is said' '0 0' "$(wc -c <"$out") $(wc -c <"$err")"

head -c 300000 /dev/urandom >"$w/f"
ln "$w/f" "$w/hard"
exec 5<"$w/f"
expect 'a file' 0 "$bin/secureDelete" "$w/f"
check_not 'is gone' test -e "$w/f"
same 'a hard link holds nothing' 0 "$(stat -c %s "$w/hard")"
same 'a descriptor holds nothing' 0 "$(wc -c <&5)"
exec 5<&-
for name in "$w/a b" "$w/a${nl}b" "$w/ü"; do
	echo secret >"$name"
	expect "a file named '$name'" 0 "$bin/secureDelete" "$name"
	check_not "'$name' is gone" test -e "$name"
done
: >"$w/empty"
expect 'an empty file' 0 "$bin/secureDelete" "$w/empty"
check_not 'is gone too' test -e "$w/empty"
echo secret >"$w/-f"
(cd "$w" && "$bin/secureDelete" -- -f) >"$out" 2>"$err"
same 'a relative name with a dash' 0 $?
check_not 'is gone as well' test -e "$w/-f"

echo target >"$w/target"
ln -s target "$w/link"
expect 'a link' 0 "$bin/secureDelete" "$w/link"
same 'is removed, not followed' 'gone target' "$(test -L "$w/link" || echo gone) $(cat "$w/target")"
ln -s nowhere "$w/link"
expect 'a dangling link' 0 "$bin/secureDelete" "$w/link"
check_not 'is removed' test -L "$w/link"
mkfifo "$w/pipe"
expect 'a FIFO does not hang' 0 timeout 120 "$bin/secureDelete" "$w/pipe"
check_not 'and is removed' test -e "$w/pipe"

# left_alone WHAT STATUS PATTERN FILE - refused in one line.
left_alone() {
	there=$(stat -c '%i %a %s' "$4")
	expect "$1" "$2" "$bin/secureDelete" "$4"
	one_line "$1"
	says "$1" "^secureDelete\\[[0-9]+\\]: error: cannot delete '$4': .*$3"
	same "$1: is left alone" "$there" "$(stat -c '%i %a %s' "$4")"
}
mkdir "$w/directory"
echo x >"$w/directory/file"
left_alone 'a directory' 65 'is not a regular file' "$w/directory"
check 'with its content' test -s "$w/directory/file"
if is_root && mknod "$w/device" c 1 3; then
	left_alone 'a device' 65 'is not a regular file' "$w/device"
else
	skip 'a device' 'needs root'
fi
expect 'a name beneath a file' 71 "$bin/secureDelete" "$w/target/x"

for bad in 400 000 200; do
	plain sh -c 'echo secret >"$1" && ln "$1" "$1.hard" && chmod "$2" "$1"' - "$nobody_dir/f" $bad
	expect "an own file of mode $bad" 0 plain "$bin/secureDelete" "$nobody_dir/f"
	check_not "which is gone, $bad" test -e "$nobody_dir/f"
	same "and empty, $bad" 0 "$(stat -c %s "$nobody_dir/f.hard")"
	rm -f "$nobody_dir/f.hard"
done
if is_root; then
	mkdir -m 777 "$w/open"
	echo foreign >"$w/open/f"
	expect 'a foreign file' 77 as_nobody "$bin/secureDelete" "$w/open/f"
	same 'keeps its content' foreign "$(cat "$w/open/f")"
else
	skip 'a foreign file' 'needs root'
fi
plain sh -c 'mkdir "$1" && echo secret >"$1/f" && chmod 555 "$1"' - "$nobody_dir/d"
expect 'a file that cannot be unlinked' 77 plain "$bin/secureDelete" "$nobody_dir/d/f"
same 'is empty nevertheless' 0 "$(stat -c %s "$nobody_dir/d/f")"
chmod 755 "$nobody_dir/d"

if truncate -s 1T "$w/sparse" 2>/dev/null; then
	echo secret | dd of="$w/sparse" bs=4096 seek=100000000 conv=notrunc 2>/dev/null
	ln "$w/sparse" "$w/sparse.hard"
	expect 'a sparse file of a terabyte is quick' 0 timeout 120 "$bin/secureDelete" "$w/sparse"
	same 'and empty' '0 0' "$(stat -c '%s %b' "$w/sparse.hard")"
	check_not 'and gone' test -e "$w/sparse"
	rm -f "$w/sparse" "$w/sparse.hard"
else
	skip 'a sparse file' 'this file system has none so large'
fi

# ---- overrides

# override NAME - the script on stdin.
override() {
	cat >"$custom/$1"
	chmod 755 "$custom/$1"
}
# trace STEP STATUS - a script that notes its arguments and whether the file is there.
trace() {
	cat <<END
#!/bin/sh
[ -e "\$1" ] && there=there || there=gone
for a in "\$@"; do printf '%s [%s] %s\n' $1 "\$a" "\$there"; done >>"$w/trace"
echo "$1 on stdout"
echo "$1 on stderr" >&2
exit $2
END
}
# victim - a new one, and an empty trace.
odd="$w/vic tim's \$(x) \\${nl}\"file\""
victim() {
	echo secret >"$odd"
	: >"$w/trace"
}
traced() { tr '\n' ' ' <"$w/trace" | sed "s/\\[[^]]*\\] //g; s/ \$//"; }

trace pre 0 | override secureDelete-pre
trace post 0 | override secureDelete-post
victim
expect 'pre and post' 0 "$bin/secureDelete" "$odd"
same 'their order' 'pre there post gone' "$(traced)"
check 'the argument is handed on as it is' sh -c 'printf "pre [%s] there\npost [%s] gone\n" "$1" "$1" | cmp -s - "$2"' - "$odd" "$w/trace"
same 'stdout is for answers' '' "$(cat "$out")"
says 'what pre prints is relayed' 'secureDelete-pre: pre on stdout'
says 'what post prints is relayed' 'secureDelete-post: post on stderr'
victim
expect 'misuse' 1 "$bin/secureDelete"
same 'runs neither' '' "$(traced)"

trace pre 42 | override secureDelete-pre
victim
expect 'a failing pre' 42 "$bin/secureDelete" "$odd"
same 'aborts' 'pre there' "$(traced)"
says 'and is named' "error: .*secureDelete-pre' exited with status 42"
check 'and the file stays' test -s "$odd"
printf '#!/bin/sh\nkill -9 $$\n' | override secureDelete-pre
expect 'a pre that is killed' 137 "$bin/secureDelete" "$odd"
printf '#!/no/such/interpreter\n' | override secureDelete-pre
expect 'a pre without its interpreter' 127 "$bin/secureDelete" "$odd"
printf 'echo not a program\n' | override secureDelete-pre
expect 'a pre that is no program' 126 "$bin/secureDelete" "$odd"
check 'and the file stays, always' test -s "$odd"
rm "$custom/secureDelete-pre"

trace post 43 | override secureDelete-post
victim
expect 'a failing post' 43 "$bin/secureDelete" "$odd"
same 'comes after the deed' 'post gone' "$(traced)"
victim
mkdir "$w/victim.d"
expect 'a deed that fails' 65 "$bin/secureDelete" "$w/victim.d"
same 'has no post' '' "$(traced)"

trace pre 0 | override secureDelete-pre
trace replace 0 | override secureDelete
trace post 0 | override secureDelete-post
victim
expect 'a replacement' 0 "$bin/secureDelete" "$odd"
same 'its place' 'pre there replace there post there' "$(traced)"
check 'nothing else deletes' test -s "$odd"
same 'its stdout is the answer' 'replace on stdout' "$(cat "$out")"
says 'its stderr is stderr' '^replace on stderr$'
trace replace 7 | override secureDelete
victim
expect 'its status' 7 "$bin/secureDelete" "$odd"
same 'is the result' 'pre there replace there' "$(traced)"
says 'and is named' "error: .*secureDelete' exited with status 7"

# Not executable, or no file: as if they were not there.
trace replace 7 | override secureDelete
chmod 644 "$custom/"secureDelete*
victim
expect 'overrides that are not executable' 0 "$bin/secureDelete" "$odd"
same 'are not run' '' "$(traced)"
says 'which is said' "ignoring '.*/secureDelete-pre': it is not an executable file"
check_not 'and the file is gone' test -e "$odd"
rm "$custom/"*
mkdir "$custom/secureDelete" "$custom/secureDelete-pre"
victim
expect 'a directory of that name' 0 "$bin/secureDelete" "$odd"
check_not 'is ignored' test -e "$odd"
rmdir "$custom/"*
# What nobody can look at may be one: it is not passed over.
for kind in -pre '' -post; do
	ln -s "secureDelete$kind" "$custom/secureDelete$kind"
	victim
	expect "an override$kind that cannot be looked at" 71 "$bin/secureDelete" "$odd"
	says "an override$kind that cannot be looked at" "error: .*cannot look at '.*/secureDelete$kind': "
	[ "$kind" = -post ] || check "nothing is deleted before an override$kind" test -e "$odd"
	rm "$custom/"*
done

# shellcheck disable=SC2016 # its own variables
printf '#!/bin/sh\nenv >"%s"\npwd >>"%s"\n[ -e "$1" ]\n' "$w/env" "$w/env" >"$w/real-override"
chmod 755 "$w/real-override"
ln -s "$w/real-override" "$custom/secureDelete-pre"
echo x >"$w/relative"
(cd "$w" && MARK_OF_CALLER=1 "$bin/secureDelete" relative) >"$out" 2>"$err"
same 'a link to a program, a relative name' 0 $?
check_not 'the environment is not the caller'"'"'s' grep -q MARK_OF_CALLER "$w/env"
check 'the directory is' grep -qx "$w" "$w/env"
rm "$custom/"*

hook a1 enstratus-check <<'END'
#!/bin/sh
echo OK
END
trace replaced 5 | override checkService
: >"$w/trace"
expect 'checkService, replaced' 5 "$bin/checkService" a1
same 'gets its argument' 'replaced [a1] gone' "$(cat "$w/trace")"
same 'and gives the answer' 'replaced on stdout' "$(cat "$out")"
expect 'checkService of all, replaced' 5 "$bin/checkService"
trace replaced 0 | override checkService
expect 'checkService, replaced, of no service' 0 "$bin/checkService" no-such
rm "$custom/checkService"

# ---- log, as hooks call it: to stderr, which is the agent

# logged ARG... - within a hook; stdin as it is.
logged() { run env ENSTRATUS_RUN_ID=12345678 timeout -k 1 300 "$bin/log" "$@"; }
# record WHAT TEXT - status 0, nothing on stdout, exactly these lines on stderr.
record() {
	same "log, $1: status and stdout" '0 0' "$status $(wc -c <"$out")"
	same "log, $1" "$2" "$(cat "$err")"
}
logged one 'two  three' </dev/null
record words 'enstratus: one two  three'
logged -t tag word </dev/null
record 'a tag' 'tag: word'
logged -t 'tag some text' </dev/null
record 'all in the tag' 'tag: some text'
logged -t 'tag some' more text </dev/null
record 'in the tag and after it' 'tag: some more text'
logged -i -v -t tag -iv word </dev/null
record '-i and -v' 'tag: word'
logged -ttag -- -v </dev/null
record 'words that look like options' 'tag: -v'
logged word -t tag </dev/null
record 'options after a word' 'enstratus: word -t tag'
logged -t tag "two${nl}lines" </dev/null
record 'words of two lines are one record' 'tag: two?lines'
logged -t tag "$(printf 'a\033[31mb\177')" </dev/null
record 'control characters' 'tag: a?[31mb?'
logged -t tag ü "$(printf '\377')" </dev/null
record 'not UTF-8' 'tag: ü ?'
logged </dev/null
record nothing ''
logged -t tag </dev/null
record 'only a tag' ''
logged -t tag '' </dev/null
record 'an empty word' ''

printf 'one\n\n  two  \nthree' >"$w/text"
logged -t tag <"$w/text"
record 'a file' "tag: one${nl}tag: ${nl}tag:   two  ${nl}tag: three"
status=0
printf 'one\ntwo' | ENSTRATUS_RUN_ID=1 "$bin/log" -t tag >"$out" 2>"$err" || status=$?
record 'a pipe without a last newline' "tag: one${nl}tag: two"
status=0
printf 'one\n' | ENSTRATUS_RUN_ID=1 "$bin/log" -i -v >"$out" 2>"$err" || status=$?
record 'a pipe without a tag' 'enstratus: one'
awk 'BEGIN { for (i = 0; i < 20000; i++) print "line", i }' >"$w/many"
status=0
ENSTRATUS_RUN_ID=1 "$bin/log" -t t <"$w/many" 2>"$err" || status=$?
check 'log, many lines, none lost' sh -c 'sed "s/^t: //" "$1" | cmp -s - "$2"' - "$err" "$w/many"
long=$(awk 'BEGIN { for (i = 0; i < 1500; i++) printf "%05d", i }')
echo "$long" >"$w/text"
logged -t tag <"$w/text"
same 'log, a long line arrives whole' "$long" "$(sed 's/^tag: //' "$err" | tr -d '\n')"
check_not 'log, in records of at most 1,024 bytes' grep -Eq '.{1024}' "$err"
logged -t tag "$long" </dev/null
same 'log, a long word arrives whole' "$long" "$(sed 's/^tag: //' "$err" | tr -d '\n')"
# Each part of a line that is cut is whole UTF-8.
awk 'BEGIN { printf "x"; for (i = 0; i < 2000; i++) printf "ü" }' >"$w/text"
logged -t t <"$w/text"
check_not 'log, a long line is not cut within a character' grep -q '?' "$err"

for how in '<&-' '>&-' '2>&-' '<&- >&- 2>&-' '2>/dev/full' '<"$w/directory"' '</dev/full'; do
	status=0
	: >"$w/text"
	eval "ENSTRATUS_RUN_ID=1 timeout 120 \"\$bin/log\" -t tag word $how" >"$out" 2>"$err" || status=$?
	same "log word $how" 0 "$status"
done
for how in '<&-' '<&- >&- 2>&-' '<"$w/directory"'; do
	status=0
	eval "ENSTRATUS_RUN_ID=1 timeout 120 \"\$bin/log\" -t tag $how" >"$out" 2>"$err" || status=$?
	same "log $how" 0 "$status"
done

# A terminal on which nobody types; script's own input stays open, for it hands its end on.
mkfifo "$w/typist"
exec 5<>"$w/typist"
if have_terminal; then
	expect 'log on a terminal does not wait' 0 timeout -k 1 300 script -qec "'$bin/log' -t tag" /dev/null <&5
else
	skip 'log on a terminal does not wait' 'no terminal can be made here'
fi
exec 5<&-

# A pipe whose writer is silent, then is not.
mkfifo "$w/pipe" "$w/go"
# silent_writer - opens the pipe, and writes when told to by $w/go.
silent_writer() {
	sh -c 'exec >"$1"; read -r go <"$2"; echo "late text" && echo more' - "$w/pipe" "$w/go" &
	writer=$!
}
has_reader() { dd if=/dev/null of="$1" oflag=nonblock conv=notrunc 2>/dev/null; }
has_none() { ! has_reader "$1"; }
silent_writer
at_exit '[ -z "$writer" ] || kill "$writer"'
logged -t tag <"$w/pipe"
same 'log, an idle pipe' '0' "$status"
check 'log, an idle pipe: nothing yet' test ! -s "$err"
check 'the reader is still there' has_reader "$w/pipe"
echo >"$w/go"
wait "$writer"
written=$? writer=
same 'the writer meets no closed pipe' 0 $written
check 'its text arrives' wait_until 60 grep -qx 'tag: more' "$err"
same 'all of it' "tag: late text${nl}tag: more" "$(cat "$err")"
check 'and the reader ends with it' wait_until 60 has_none "$w/pipe"

# Outside a hook the one who reads on holds nothing of the caller's.
silent_writer
run timeout -k 1 300 sh -c 'text=$("$1" -t tag <"$2" 2>&1)' - "$bin/log" "$w/pipe"
same 'log, an idle pipe, does not hold the caller' 0 "$status"
echo >"$w/go"
wait "$writer"
written=$? writer=
same 'nor break its writer' 0 $written
check 'and ends too' wait_until 60 has_none "$w/pipe"

hook a1 enstratus-start <<END
#!/bin/sh
LOGGER=$bin/log
echo 'piped text' | \$LOGGER -t inner
\$LOGGER -t "inner some text"
\$LOGGER -t inner "more text"
END
expect 'log in a hook' 0 "$bin/startService" a1
says 'piped' 'enstratus-start: inner: piped text$'
says 'in the tag' 'enstratus-start: inner: some text$'
says 'after the tag' 'enstratus-start: inner: more text$'

# ---- log, with a system log and without one

if [ -z "${own_mounts:-}" ]; then
	skip 'a system log' 'needs root and mount namespaces'
	exit
fi
dev=$root/dev
mkdir "$dev"
mount -t tmpfs none "$dev"
at_exit 'umount -l "$dev" 2>/dev/null'
for node in null zero full random urandom tty; do
	: >"$dev/$node"
	mount --bind "/dev/$node" "$dev/$node"
done
ln -s /proc/self/fd "$dev/fd"
mount --rbind "$dev" /dev
at_exit 'umount -l /dev'

expect 'without a system log' 0 env -u ENSTRATUS_RUN_ID "$bin/log" -t tag word </dev/null
same 'stderr has it' 'tag: word' "$(cat "$err")"

/usr/bin/python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
while True:
    os.write(1, s.recv(65536).rstrip(b"\0") + b"\n")
' >"$w/syslog" 2>"$w/syslog.err" &
listener=$!
at_exit '[ -z "$listener" ] || kill "$listener"'
check 'a system log listens' wait_until 60 test -S /dev/log
# in_log WHAT PATTERN - a record that matches has arrived.
in_log() { check "the system log has $1" wait_until 60 grep -Eq -- "$2" "$w/syslog"; }
expect 'with one' 0 "$bin/log" -t 'tag some' text </dev/null
in_log 'tag and text' '^<13>.* tag\[[0-9]+\]: some text$'
same 'and stderr has not' '' "$(cat "$err")"
printf 'line 1\nline %%s 2\n' >"$w/text"
expect 'lines' 0 as_nobody "$bin/log" <"$w/text"
in_log 'a line of a plain user' '^<13>.* enstratus\[[0-9]+\]: line 1$'
in_log 'a line, and nothing is a format' ': line %s 2$'
expect 'within a hook' 0 env ENSTRATUS_RUN_ID=1 "$bin/log" -t tag inside </dev/null
same 'only stderr has it' 'tag: inside' "$(cat "$err")"
silent_writer
expect 'an idle pipe' 0 timeout -k 1 300 "$bin/log" -t tag <"$w/pipe"
echo >"$w/go"
wait "$writer"
writer=
in_log 'what comes late' '^<13>.* tag\[[0-9]+\]: late text$'
expect 'a run' 0 "$bin/startService" a1
in_log 'a hook'"'"'s line with service and run' '^<30>.* startService\[[0-9]+\]: enstratus-start: inner: piped text \[a1 [0-9a-f]{8}\]$'
expect 'a failure' 10 "$bin/stopService" a1
in_log 'an error' "^<27>.* stopService\\[[0-9]+\\]: error: cannot stop service 'a1': .* \\[a1 [0-9a-f]{8}\\]\$"
check_not 'what was inside a hook is not there twice' grep -q 'tag.*inside' "$w/syslog"
kill "$listener"
wait "$listener" 2>/dev/null
listener=
expect 'a system log that nobody reads' 0 timeout 120 "$bin/log" -t tag word </dev/null
