#!/bin/sh
# SPDX-License-Identifier: MIT
# sealed.sh - from agentKeys and sealConfig to the hook: nothing between the two ends can be read,
# changed, sent twice or sent elsewhere.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

w=$root/w
user=$(id -un)
! is_root || user=www-data
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' '[enstratus]' serviceId=a1 name=Shop dataSources=x "dataSource.x.servicePassword=$marker" \
	'[custom]' 'motto=as it is' >"$w/plain"
for id in a1 a2; do
	hook $id enstratus-configure <<'END'
#!/bin/sh
grep servicePassword "$2" | sha256sum >../../seen
END
done
digest=$(grep servicePassword "$w/plain" | sha256sum)

# ---- keys

run "$bin/agentKeys"
same 'agentKeys' 0 "$status"
cp "$out" "$w/host.pub"
check 'agentKeys prints one line' grep -Eqx 'enstratus-host [A-Za-z0-9+/]{43}= [^ ]+' "$w/host.pub"
same 'its secret half is private' '600' "$(stat -c %a "$ENSTRATUS_HOME/keys/host.key")"
run "$bin/agentKeys"
check 'agentKeys again: the same key' cmp -s "$out" "$w/host.pub"
check 'agentKeys again: nothing on stderr' test ! -s "$err"
expect 'agentKeys --json' 0 "$bin/agentKeys" --json
check 'agentKeys --json: the same' grep -qF "\"public\":\"$(cat "$w/host.pub")\",\"made\":false}" "$out"
check_not 'no secret half on stdout' grep -q secret "$out"
expect 'a pair to sign with' 0 "$bin/agentKeys" --signer "$w/server.key"
same 'a pair to sign with: private' '600 644' "$(stat -c %a "$w/server.key" "$w/server.key.pub" | tr '\n' ' ' | sed 's/ $//')"
check 'a pair to sign with: the public half' cmp -s "$out" "$w/server.key.pub"
expect 'a pair where there is no directory' 71 "$bin/agentKeys" --signer "$w/nowhere/key"
one_line 'a pair where there is no directory'
# Images' keys are others: these do not make the agent demand signed images.
hook a3 enstratus-start </dev/null
expect 'images need no signature for it' 0 "$bin/installService" a4 c1 "$user" "$images/static-site.zip"

# ---- sealed, and taken

# seal FILE [OPTION...] - the plain text, for this host and a1.
seal() {
	to=$1
	shift
	"$bin/sealConfig" --to "$w/host.pub" "$@" a1 "$w/plain" >"$to"
}
# taken WHAT [OPTION...] - what is on standard input, through a pipe.
take() { cat | "$bin/configureService" --config - --sealed "$@" "$user" c1 a1; }
taken() {
	rm -f "$root/seen"
	run take
	same "$1: exit status" 0 "$status"
	same "$1: the hook got it" "$digest" "$(cat "$root/seen")"
}
refused() {
	rm -f "$root/seen"
	run take
	same "$1: exit status" "$2" "$status"
	says "$1" "$3"
	one_line "$1"
	check "$1: the hook was not run" test ! -e "$root/seen"
}
expect 'sealConfig' 0 seal "$w/unsigned"
check_not 'sealConfig: nothing of the secret is in it' grep -q "$marker" "$w/unsigned"
check_not 'sealConfig: nor in base64' grep -q "$(printf '%s' "$marker" | base64 -w 0 | cut -c 5-20)" "$w/unsigned"
taken 'unsigned, no signer being there' <"$w/unsigned"
refused 'the same again' 76 'was used before' <"$w/unsigned"
expect 'sealConfig --sign' 0 seal "$w/signed" --sign "$w/server.key"
refused 'by a signer that is not trusted' 77 'is not trusted: its public half belongs into keys/signers' <"$w/signed"
mkdir -p "$ENSTRATUS_HOME/keys/signers"
cp "$w/server.key.pub" "$ENSTRATUS_HOME/keys/signers/server.pub"
taken 'by a trusted signer' <"$w/signed"
refused 'the same again, signed' 76 'was used before' <"$w/signed"
seal "$w/unsigned"
refused 'unsigned, a signer being there' 77 'must be signed' <"$w/unsigned"
seal "$w/late" --sign "$w/server.key" --sequence 5
refused 'a lower sequence' 76 'its sequence is 5' <"$w/late"

# A regular file, in place, and left in the temp directory: as in plain text.
seal "$w/signed" --sign "$w/server.key"
mkdir -p "$ENSTRATUS_TMP_DIR"
cp "$w/signed" "$ENSTRATUS_TMP_DIR/x"
expect 'a sealed file' 0 "$bin/configureService" --config "$ENSTRATUS_TMP_DIR/x" --sealed "$user" c1 a1
check 'a sealed file in the temp directory is used up' test ! -e "$ENSTRATUS_TMP_DIR/x"
seal "$services/a1/cfg/enstratus.cfg" --sign "$w/server.key"
expect 'in place' 0 "$bin/configureService" --sealed "$user" c1 a1
check 'in place: it is gone' test ! -e "$services/a1/cfg/enstratus.cfg"

# ---- for another use

seal "$w/blob" --sign "$w/server.key" --event deploy
refused 'for the first configuration only' 76 "sealed for event 'deploy', and this is 'change'" <"$w/blob"
seal "$w/blob" --sign "$w/server.key" --event change
taken 'for a change' <"$w/blob"
seal "$w/blob" --sign "$w/server.key" --expires 1
sleep 2.1
refused 'expired' 76 'expired [0-9]+ seconds ago' <"$w/blob"
seal "$w/blob" --sign "$w/server.key"
sed 's/^service a1$/service a2/' "$w/blob" >"$w/other"
refused 'its service changed' 76 "sealed for service 'a2'" <"$w/other"
other() { "$bin/configureService" --config - --sealed "$user" c1 a2 <"$w/other"; }
expect 'its service changed, and sent there' 77 other
says 'its service changed, and sent there' 'signature does not hold'
mv "$ENSTRATUS_HOME/keys" "$w/keys"
expect 'another host' 0 "$bin/agentKeys"
cp -R "$w/keys/signers" "$ENSTRATUS_HOME/keys"
refused 'for another host' 76 'sealed for another host' <"$w/blob"
rm -rf "$ENSTRATUS_HOME/keys"
refused 'a host without a key' 69 'agentKeys makes it' <"$w/blob"
mv "$w/keys" "$ENSTRATUS_HOME/keys"
chmod 644 "$ENSTRATUS_HOME/keys/host.key"
refused 'a key that all may read' 77 "is not its owner's alone" <"$w/blob"
chmod 600 "$ENSTRATUS_HOME/keys/host.key"
taken 'as it was' <"$w/blob"

# ---- cut off and changed

seal "$w/blob" --sign "$w/server.key"
size=$(wc -c <"$w/blob")
for n in 19 60 $((size / 2)) $((size - 100)) $((size - 1)); do
	head -c "$n" "$w/blob" >"$w/part"
	refused "cut after $n of $size bytes" 76 'cut off' <"$w/part"
done
for line in 2 3 4 5 6 7 8 9; do
	# The last character but one: still base64, still a digit.
	awk -v n=$line 'NR == n { c = substr($0, length - 1, 1); $0 = substr($0, 1, length - 2) (c == "1" ? "2" : "1") substr($0, length) } { print }' \
		"$w/blob" >"$w/part"
	check_not "line $line is another" cmp -s "$w/blob" "$w/part"
	rm -f "$root/seen"
	run take <"$w/part"
	case $status in
	65 | 76 | 77) pass ;;
	*) fail "line $line changed: exit status $status" ;;
	esac
	check "line $line changed: the hook was not run" test ! -e "$root/seen"
done
{ cat "$w/blob"; echo more; } >"$w/part"
refused 'something behind it' 65 'something follows' <"$w/part"
taken 'unchanged it is taken' <"$w/blob"

# ---- said and not so, demanded and not so

refused 'not sealed' 65 'is not sealed' <"$w/plain"
plain() { "$bin/configureService" --config - "$user" c1 a1; }
seal "$w/blob" --sign "$w/server.key"
expect 'sealed, not said' 65 plain <"$w/blob"
says 'sealed, not said' 'is sealed: say so with --sealed'
expect 'plain text, where it may be' 0 plain <"$w/plain"
echo sealed=required >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'plain text, where it must not be' 77 plain <"$w/plain"
says 'plain text, where it must not be' 'sealed=required'
taken 'sealed, where it must be' <"$w/blob"
echo sealed=perhaps >"$ENSTRATUS_HOME/cfg/agent.cfg"
expect 'a wrong word in agent.cfg' 65 plain <"$w/plain"
rm "$ENSTRATUS_HOME/cfg/agent.cfg"

# ---- what sealConfig refuses

# bad WHAT STATUS PATTERN ARG... - of sealConfig, standard input being the plain text.
bad() {
	what=$1 wanted_status=$2 pattern=$3
	shift 3
	run "$bin/sealConfig" "$@" <"$w/plain"
	same "$what: exit status" "$wanted_status" "$status"
	says "$what" "$pattern"
	one_line "$what"
	check "$what: nothing on stdout" test ! -s "$out"
}
bad 'no --to' 1 '--to FILE is needed' a1
bad 'a secret key for --to' 65 "is not a line of 'enstratus-host'" --to "$ENSTRATUS_HOME/keys/host.key" a1
bad 'a public key for --sign' 77 "is not its owner's alone" --to "$w/host.pub" --sign "$w/server.key.pub" a1
bad 'no such key' 69 'server2.key' --to "$w/host.pub" --sign "$w/server2.key" a1
bad 'another service' 65 'is of another service' --to "$w/host.pub" a2
bad 'no service id' 1 'service id' --to "$w/host.pub" ../x
bad 'no such event' 1 '--event is one of any\|deploy' --to "$w/host.pub" --event never a1
sealed_pipe() { printf 'name=x\n' | "$bin/sealConfig" --to "$w/host.pub" a1; }
expect 'a pipe without a trailer' 76 sealed_pipe
expect 'from standard input' 0 "$bin/sealConfig" --to "$w/host.pub" --sign "$w/server.key" a1 <"$w/plain"
cp "$out" "$w/blob"
taken 'from standard input' <"$w/blob"

# ---- nothing stays

rm -f "$w/plain" "$root/seen"
check_not 'nothing of the secret stays' holds "$marker" "$root" "$shm"
