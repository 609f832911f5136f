#!/bin/sh
# SPDX-License-Identifier: MIT
# trust.sh - which images installService takes: signatures of the real minisign, keys, digests.
# By root it has mounts of its own, so that an account which must not be made is not the machine's.
# shellcheck disable=SC2016 # single quotes: for an inner shell
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
tree=$w/tree
keys=$ENSTRATUS_HOME/keys
cfg=$ENSTRATUS_HOME/cfg/agent.cfg
stage=$services/.enstratus/.stage
kept=$services/.enstratus/images
nobody=e2e-trust-nobody # an account that is never made
if is_root; then user=www-data; else user=somebody; fi

if [ -n "${own_mounts:-}" ]; then
	cp -a /etc "$root/etc"
	mount --bind "$root/etc" /etc
	mount -t tmpfs none /home
	at_exit 'umount -l /etc'
fi

# ---- images, keys and signatures

# image FILE CONTENT [NAME VERSION] - an image, with an image.ini where it has a name.
image() {
	rm -rf "$tree" "$1"
	mkdir -p "$tree/bin" "$tree/www"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	echo "$2" >"$tree/www/page"
	echo "$2" >"$tree/www/other"
	[ -z "${3:-}" ] || printf '[image]\nname=%s\nversion=%s\n' "$3" "$4" >"$tree/image.ini"
	(cd "$tree" && zip -qry "$1" .)
}
# key NAME - a pair of keys in $w, neither of them trusted yet.
key() { minisign -G -f -W -p "$w/$1.pub" -s "$w/$1.key" >/dev/null || fail "no key $1"; }
trusts() { cp "$w/$1.pub" "$keys/${2:-$1.pub}"; }
key_id() { sed -n '1s/.* //p' "$w/$1.pub"; }
# sign KEY FILE [OPTION...] - to FILE.minisig.
sign() {
	signer=$1 signed=$2
	shift 2
	minisign -S -s "$w/$signer.key" -m "$signed" "$@" >/dev/null 2>&1 || fail "cannot sign $signed"
}
unsign() { rm -f "$w"/*.minisig; }

mkdir "$keys"
key ours
key theirs
key third
image "$w/old.zip" OLD
image "$w/new.zip" NEW
image "$w/named.zip" NAMED shop 2.1
echo 'not at all signed' >"$w/text"

# ---- what comes of a run

# agent ARG... - installService, ended where it hangs.
agent() { run timeout -k 1 300 "$bin/installService" "$@"; }

snapshot() {
	tree_state "$services/a1" "$keys" >"$w/before"
	images_before=$(echo "$kept"/* "$kept"/.*)
}
# nothing_left WHAT ID - no trace of a new service, its image and its account.
nothing_left() {
	check_not "$1: nothing on stdout" test -s "$out"
	lines_with "$err" "]: error: cannot install '$2': "
	same "$1: one error" 1 "$count"
	same "$1: nothing of a new service" '' "$(find "$services" -name 'new1*')"
	check "$1: the stage is empty" is_empty "$stage"
	check_not "$1: no account" getent passwd "$nobody"
	same "$1: the images are as they were" "$images_before" "$(echo "$kept"/* "$kept"/.*)"
}
# refused WHAT STATUS PATTERN [OPTION...] IMAGE - over a service and as a new one.
refused() {
	label=$1 wanted=$2 pattern=$3
	shift 3
	snapshot
	for id in a1 new1; do
		part_words "$@"
		# shellcheck disable=SC2086 # words without blanks
		agent $options "$id" c1 "$nobody" "$last"
		same "$label ($id): exit status" "$wanted" "$status"
		says "$label ($id)" "$pattern"
		nothing_left "$label ($id)" "$id"
	done
	tree_state "$services/a1" "$keys" >"$w/after"
	check "$label: the service is as it was" diff "$w/before" "$w/after"
}
# taken WHAT CONTENT [OPTION...] IMAGE - over the service a1, which then has that content.
taken() {
	label=$1 content=$2
	shift 2
	part_words "$@"
	# shellcheck disable=SC2086
	agent $options a1 c1 "$user" "$last"
	same "$label: exit status and content" "0 $content $content" "$status $(cat "$services/a1/www/page" "$services/a1/www/other" | paste -sd ' ')"
	check "$label: the stage is empty" is_empty "$stage"
}

# ---- without a key

taken 'no key: unsigned' OLD "$w/old.zip"
check_not 'no key: not a word of signatures' grep -qi sign "$err"
sign ours "$w/new.zip"
taken 'no key: signed by anybody' NEW "$w/new.zip"
says 'no key: signed by anybody' "warning: the image's signature is not checked: there is no key $(key_id ours)"
cp "$w/text" "$w/new.zip.minisig"
refused 'no key: a signature that is none' 77 "the signature is not one of minisign's" "$w/new.zip"
unsign
cp "$w/ours.pub" "$keys/ours.pub.bak"
cp "$w/ours.pub" "$keys/.ours.pub"
cp "$w/ours.pub" "$keys/.pub"
taken 'files that are no *.pub' OLD "$w/old.zip"
rm -f "$keys"/* "$keys"/.o* "$keys/.pub"

# ---- with a key

trusts ours
refused 'unsigned' 77 "image 'new.zip': the image must be signed: there is no signature '$w/new.zip.minisig'" "$w/new.zip"
run "$bin/installService" --dry-run a1 c1 "$user" "$w/new.zip"
same '--dry-run, unsigned' 77 "$status"
says '--dry-run, unsigned' "would not install 'a1': image 'new.zip': the image must be signed"

sign ours "$w/new.zip"
taken 'prehashed' NEW "$w/new.zip"
taken 'the unsigned one that was taken before is not installed from memory' NEW "$w/new.zip"
rm "$w/new.zip.minisig"
refused 'the same image, unsigned' 77 'must be signed' "$w/new.zip"
refused 'the same image, unsigned, by its digest' 77 'must be signed' \
	--sha256 "$(sha256sum "$w/new.zip" | cut -c 1-64)" "$w/new.zip"
sign ours "$w/old.zip" -l
check 'this minisign makes both kinds' grep -q '^RW' "$w/old.zip.minisig"
taken 'legacy' OLD "$w/old.zip"
sign ours "$w/new.zip"
check 'and this is the other kind' grep -q '^RU' "$w/new.zip.minisig"
taken 'prehashed again' NEW "$w/new.zip"

cp "$w/new.zip" "$w/renamed.zip"
refused 'a signature goes by the name' 77 "no signature '$w/renamed.zip.minisig'" "$w/renamed.zip"
taken '--signature' NEW --signature "$w/new.zip.minisig" "$w/renamed.zip"
refused '--signature of another image' 77 'signature' --signature "$w/old.zip.minisig" "$w/renamed.zip"
refused '--signature that is not there' 77 "must be signed: there is no signature '$w/none'" --signature "$w/none" "$w/new.zip"
refused '--signature that is a directory' 77 'must be signed: .*Is a directory' --signature "$w" "$w/new.zip"
refused '--signature that is none' 77 'not one of minisign' --signature "$w/text" "$w/new.zip"
(cd "$w" && "$bin/installService" a1 c1 "$user" new.zip) >"$out" 2>"$err"
same 'a relative name' 0 $?
long=$w/$(printf '%0250d' 0).zip
cp "$w/new.zip" "$long" 2>/dev/null || long=$w/$(printf '%0240d' 0).zip
cp "$w/new.zip" "$long"
refused 'a name that leaves no room for the suffix' 77 'must be signed' "$long"
taken 'has one by --signature' NEW --signature "$w/new.zip.minisig" "$long"
refused 'an image that is not there' 20 'cannot open image' "$w/none.zip"
unsign

# ---- whose key

sign theirs "$w/new.zip"
refused 'signed by somebody else' 77 "signed by a trusted key, and key $(key_id theirs) is none" "$w/new.zip"
refused 'signed by somebody else, who is named' 77 "key $(key_id theirs)" --signature "$w/new.zip.minisig" "$w/new.zip"
trusts theirs
trusts third
taken 'one of three keys' NEW "$w/new.zip"
sign third "$w/old.zip"
taken 'another of three keys' OLD "$w/old.zip"
trusts third copy.pub
taken 'a key that is there twice' OLD "$w/old.zip"
sed 1d "$w/third.pub" >"$keys/third.pub"
rm "$keys/copy.pub"
taken 'a key without its comment line' OLD "$w/old.zip"
tr -d '\n' <"$keys/third.pub" >"$w/bare"
mv "$w/bare" "$keys/third.pub"
taken 'nor a newline' OLD "$w/old.zip"
# The id of one with another's key, as somebody might make it who can add a file.
{ sed -n 2p "$w/ours.pub" | base64 -d | head -c 10 && tail -n 1 "$w/theirs.pub" | base64 -d | tail -c 32; } |
	base64 -w 0 >"$keys/forged.pub"
sign ours "$w/new.zip"
refused 'two keys of one id' 77 'a different key of the same id' "$w/new.zip"
rm "$keys/ours.pub"
refused 'the id of a key that did not sign' 77 'signature' "$w/new.zip"
rm "$keys/forged.pub"
trusts ours
rm "$keys/theirs.pub" "$keys/third.pub"
refused 'a key that was taken away' 77 "key $(key_id third) is none" "$w/old.zip"

cp "$w/text" "$keys/broken.pub"
refused 'a key file that is none' 77 "trusted key 'broken.pub': " "$w/new.zip"
: >"$keys/broken.pub"
refused 'an empty key file' 77 "trusted key 'broken.pub': it is empty" "$w/new.zip"
head -c 5000 /dev/zero >"$keys/broken.pub"
refused 'a large key file' 77 "trusted key 'broken.pub': it is too large" "$w/new.zip"
rm "$keys/broken.pub"
ln -s ours.pub "$keys/broken.pub"
refused 'a key file that is a link' 77 "trusted key 'broken.pub': it is a symbolic link" "$w/new.zip"
rm "$keys/broken.pub"
mkfifo "$keys/broken.pub"
refused 'a key file that is a FIFO' 77 "trusted key 'broken.pub': it is no regular file" "$w/new.zip"
rm "$keys/broken.pub"
cp "$w/ours.key" "$keys/broken.pub"
refused 'a secret key among them' 77 "trusted key 'broken.pub': " "$w/new.zip"
check_not 'which is not shown' grep -qF "$(sed -n 2p "$w/ours.key" | cut -c 1-20)" "$err"
rm "$keys/broken.pub"
taken 'after all that' NEW "$w/new.zip"
unsign

# ---- damage

sign ours "$w/new.zip" -t 'made by the tests'
good=$w/good
cp "$w/new.zip.minisig" "$good"
# other CHARACTER - another one of base64.
# harmed LINE COLUMN - the signature with that character exchanged.
harmed() {
	awk -v line="$1" -v column="$2" 'NR == line {
		c = substr($0, column, 1)
		$0 = substr($0, 1, column - 1) (c == "A" ? "B" : "A") substr($0, column + 1)
	} { print }' "$good" >"$w/new.zip.minisig"
	check_not "line $1, character $2 was exchanged" cmp -s "$good" "$w/new.zip.minisig"
}
for column in 15 50 96; do
	harmed 2 $column
	refused "a damaged signature, character $column" 77 'signature' "$w/new.zip"
done
harmed 2 1
refused 'another algorithm' 77 'signature' "$w/new.zip"
harmed 2 2
refused 'the other algorithm' 77 'signature' "$w/new.zip"
harmed 2 6
refused 'another key' 77 'key [0-9A-F]{1,16} is none' "$w/new.zip"
for column in 1 40 80; do
	harmed 4 $column
	refused "a damaged signature of the comment, character $column" 77 'comment' "$w/new.zip"
done
sed 's/by the tests/by the thief/' "$good" >"$w/new.zip.minisig"
refused 'a damaged trusted comment' 77 'comment' "$w/new.zip"
sed '3s/$/ /' "$good" >"$w/new.zip.minisig"
refused 'a trusted comment with a blank more' 77 'comment' "$w/new.zip"
for lines in 0 1 2 3; do
	head -n $lines "$good" >"$w/new.zip.minisig"
	refused "a signature of $lines lines" 77 'signature' "$w/new.zip"
done
head -c -3 "$good" >"$w/new.zip.minisig"
refused 'a signature that is cut off' 77 'signature' "$w/new.zip"
{ cat "$good" && cat "$good"; } >"$w/new.zip.minisig"
refused 'two signatures' 77 'signature' "$w/new.zip"
{ cat "$good" && head -c 20000 /dev/zero; } >"$w/new.zip.minisig"
refused 'a large signature' 77 'must be signed: .*larger than 16384 bytes' "$w/new.zip"
sed 1d "$good" >"$w/new.zip.minisig"
refused 'a signature without its first line' 77 'signature' "$w/new.zip"
sed '1s/minisign/anything, for nobody signed this line/' "$good" >"$w/new.zip.minisig"
taken 'another untrusted comment' NEW "$w/new.zip"
sed 's/$/\r/' "$good" >"$w/new.zip.minisig"
taken 'lines that end as elsewhere' NEW "$w/new.zip"
cp "$good" "$w/new.zip.minisig"
cp "$w/new.zip" "$w/whole"
size=$(stat -c %s "$w/new.zip")
for at in 0 40 $((size / 2)) $((size - 1)); do
	cp "$w/whole" "$w/new.zip"
	printf '\377' | dd of="$w/new.zip" bs=1 seek="$at" conv=notrunc 2>/dev/null
	refused "an image with byte $at exchanged" 77 'signature|image' "$w/new.zip"
done
head -c $((size - 1)) "$w/whole" >"$w/new.zip"
refused 'an image without its last byte' 77 'signature|image' "$w/new.zip"
{ cat "$w/whole" && echo; } >"$w/new.zip"
refused 'an image with a byte more' 77 'signature|image' "$w/new.zip"
: >"$w/new.zip"
refused 'an empty image' 77 'signature|image' "$w/new.zip"
cp "$w/old.zip" "$w/new.zip"
refused 'another image of its name' 77 'signature|image' "$w/new.zip"
cp "$w/whole" "$w/new.zip"
taken 'the undamaged one' NEW "$w/new.zip"
unsign

# ---- the trusted comment

says_so() { says "$1" "^installService\\[[0-9]+\\]: signed, and its comment says: $2\$"; }
sign ours "$w/new.zip" -t 'release of the 3rd, by ü'
taken 'a trusted comment' NEW "$w/new.zip"
says_so 'a trusted comment' 'release of the 3rd, by ü'
taken 'a trusted comment, quiet' NEW -q "$w/new.zip"
check_not 'a trusted comment, quiet: nothing is said' test -s "$err"
agent --json a1 c1 "$user" "$w/new.zip"
check 'a trusted comment in the document' grep -qF '"signature":"release of the 3rd, by ü",' "$out"
run "$bin/installService" --dry-run --json a1 c1 "$user" "$w/new.zip"
check 'and in that of --dry-run' grep -qF '"signature":"release of the 3rd, by ü",' "$out"
if have_terminal; then
	script -qec "'$bin/installService' a1 c1 '$user' '$w/new.zip'" /dev/null >"$w/seen" 2>&1 </dev/null
	check 'a trusted comment on a terminal' grep -q 'its comment says: release of the 3rd, by ü' "$w/seen"
else
	skip 'a trusted comment on a terminal' 'script(1) can make none'
fi
sign ours "$w/new.zip" -t "\"quoted\" \\back $(printf '%0300d' 0 | sed 's/0/ü/g')"
agent --json a1 c1 "$user" "$w/new.zip"
same 'a long comment with quotes' 0 "$status"
check 'a long comment with quotes, in the document' grep -qF '"signature":"\"quoted\" \\back üüü' "$out"
check 'which is UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null "$out"
sign ours "$w/new.zip" -t "$(printf 'red \033[31m')"
refused 'a control character in the comment' 77 'control character' "$w/new.zip"
sign ours "$w/new.zip" -t "$(printf 'broken \377')"
refused 'a comment that is not UTF-8' 77 'not UTF-8' "$w/new.zip"
sign ours "$w/new.zip"
taken 'the comment that minisign makes itself' NEW "$w/new.zip"
says_so 'the comment that minisign makes itself' 'timestamp:[0-9]+.*file:new.zip.*'

# commented WHAT COMMENT IMAGE CONTENT|- [PATTERN]
commented() {
	sign ours "$3" -t "$2"
	if [ "$4" = - ]; then
		refused "$1" 77 "$5" "$3"
	else
		taken "$1" "$4" "$3"
	fi
}
commented 'for this service' 'id=a1' "$w/new.zip" NEW
commented 'for this service, among other words' 'release id=a1 of today' "$w/new.zip" NEW
commented 'for another service' 'id=a2' "$w/new.zip" - "signed for 'a2', which is neither"
commented 'for a service whose id begins so' 'id=a11' "$w/new.zip" - "signed for 'a11'"
commented 'for a service whose id is the beginning' 'id=a' "$w/new.zip" - "signed for 'a'"
commented 'for nobody' 'id=' "$w/new.zip" - 'signed for'
commented 'the first one counts' 'id=a2 id=a1' "$w/new.zip" - "signed for 'a2'"
commented 'a word that ends so' 'valid=a2 xid=a2' "$w/new.zip" NEW
commented 'an id longer than any' "id=$(printf '%0300d' 0)" "$w/new.zip" - 'signed for'
commented 'a version where the image has none' 'version=1' "$w/new.zip" - "version '1'.* says ''"
commented 'by the name in image.ini' 'id=shop' "$w/named.zip" NAMED
commented 'by the name, and the version' 'id=shop version=2.1' "$w/named.zip" NAMED
commented 'by the id, and the version' 'version=2.1 id=a1' "$w/named.zip" NAMED
agent --json a1 c1 "$user" "$w/named.zip"
check 'the version is in the document' grep -qF '"version":"2.1"' "$out"
commented 'another name' 'id=shop2' "$w/named.zip" - "signed for 'shop2'"
commented 'another version' 'id=shop version=2.0' "$w/named.zip" - "version '2.0', and its image.ini says '2.1'"
commented 'the beginning of the version' 'version=2' "$w/named.zip" - "version '2'"
commented 'no version' 'version=' "$w/named.zip" - "version ''"
commented 'no version where the image has none' 'version=' "$w/new.zip" - "version ''"
commented 'a version longer than any' "version=$(printf '%0300d' 0)" "$w/new.zip" - 'signed as version'
rm -f "$kept/$(sha256sum "$w/named.zip" | cut -c 1-64).zip"
commented 'another version, not kept yet' 'version=2' "$w/named.zip" - "version '2'"
image "$w/broken.zip" BROKEN shop 1
printf '[image]\nname=shop\nname=a1\n' >"$tree/image.ini"
(cd "$tree" && zip -qry "$w/broken.zip" .)
sign ours "$w/broken.zip" -t 'id=shop'
refused 'an image.ini with two names, however well signed' 65 'second name' "$w/broken.zip"
unsign

# ---- agent.cfg

rm "$keys"/*
for text in '[images]\nsignatures=required' '[images]\nsignatures = required' '[hooks]\nsignatures=required' 'signatures=required'; do
	printf "%b\n" "$text" >"$cfg"
	refused "'$text' without a key: unsigned" 77 'must be signed' "$w/new.zip"
done
sign ours "$w/new.zip"
refused 'required, without a key: signed' 77 "key $(key_id ours) is none" "$w/new.zip"
trusts ours
taken 'required, with its key' NEW "$w/new.zip"
unsign
printf '[images]\nsignatures=if-present\n' >"$cfg"
taken 'if-present, with a key: unsigned' OLD "$w/old.zip"
sign theirs "$w/new.zip"
refused 'if-present: signed by anybody' 77 "an image with a signature must be signed by a trusted key, and key $(key_id theirs) is none" "$w/new.zip"
refused 'if-present: not with --signature' 77 "the image must be signed by a trusted key, and key $(key_id theirs) is none" --signature "$w/new.zip.minisig" "$w/new.zip"
sign ours "$w/new.zip"
taken 'if-present: a good signature' NEW "$w/new.zip"
says 'if-present: a good signature' 'signed, and its comment says'
sed 's/file:/life:/' "$w/new.zip.minisig" >"$w/x" && mv "$w/x" "$w/new.zip.minisig"
refused 'if-present: a bad signature of a trusted key' 77 'comment' "$w/new.zip"
sign ours "$w/old.zip" -x "$w/new.zip.minisig"
refused "if-present: another image's signature" 77 'signature' "$w/new.zip"
sign ours "$w/new.zip" -t 'id=a2'
refused 'if-present: a signature for another service' 77 "signed for 'a2'" "$w/new.zip"
unsign
for value in '' some Required 'required,if-present' 'if-present ; required'; do
	printf '[images]\nsignatures=%s\n' "$value" >"$cfg"
	refused "signatures='$value'" 65 'agent.cfg: signatures is one of required|if-present' "$w/new.zip"
done
printf '[images]\nsignatures=if-present\nsignatures=required\n' >"$cfg"
refused 'the last one counts' 77 'must be signed' "$w/new.zip"
rm "$cfg" "$keys"/*

# ---- --sha256

new=$(sha256sum "$w/new.zip" | cut -c 1-64)
old=$(sha256sum "$w/old.zip" | cut -c 1-64)
taken '--sha256' NEW --sha256 "$new" "$w/new.zip"
taken '--sha256 in capitals' OLD --sha256 "$(echo "$old" | tr a-f A-F)" "$w/old.zip"
agent --json --sha256 "$new" a1 c1 "$user" "$w/new.zip"
check '--sha256 in the document' grep -qF "\"digest\":\"$new\"" "$out"
taken 'one that is kept already needs no file' OLD --sha256 "$old" "$w/none.zip"
says 'one that is kept already needs no file' 'is kept already'
refused 'one that is not kept does' 20 'cannot open image' --sha256 "$(printf '%064d' 1)" "$w/none.zip"
echo changed >"$tree/www/page"
(cd "$tree" && zip -qry "$w/changed.zip" .)
changed=$(sha256sum "$w/changed.zip" | cut -c 1-64)
zeros=$(printf '%064d' 0)
refused 'a wrong --sha256' 77 "another one: its SHA-256 is $changed" --sha256 "$zeros" "$w/changed.zip"
case $changed in *0) digit=1 ;; *) digit=0 ;; esac
refused 'a wrong --sha256 in its last digit' 77 'another one' --sha256 "${changed%?}$digit" "$w/changed.zip"
for bad in '' x "${new%?}" "${new}0" "${new%?}g" "0x${new#??}" "sha256:${new#???????}"; do
	snapshot
	agent --sha256 "$bad" new1 c1 "$nobody" "$w/new.zip"
	same "--sha256 '$bad': exit status" 1 "$status"
	says "--sha256 '$bad'" '--sha256 is not a SHA-256 digest of 64'
	nothing_left "--sha256 '$bad'" new1
done
trusts ours
refused 'a right --sha256 is no signature' 77 'must be signed' --sha256 "$new" "$w/new.zip"
sign ours "$w/new.zip"
refused 'a signature is no right --sha256' 77 'another one' --sha256 "$zeros" "$w/new.zip"
taken 'both' NEW --sha256 "$new" "$w/new.zip"
# What was kept under a digest is what it says, or it is not used: the image itself is.
dd if=/dev/zero of="$kept/$new.zip" bs=1 seek=100 count=4 conv=notrunc 2>/dev/null
snapshot
agent --sha256 "$new" a1 c1 "$user" "$w/none.zip"
same 'a kept image that was damaged is not installed' 77 "$status"
tree_state "$services/a1" "$keys" >"$w/after"
check 'a kept image that was damaged: the service is as it was' diff "$w/before" "$w/after"
rm "$kept/$new.zip"
rm "$keys"/*
unsign

# ---- the bytes that are verified are the bytes that are unpacked

# Large enough to be caught in the middle, of one length, and every file tells which it is of.
large() {
	rm -rf "$tree"
	mkdir -p "$tree/bin" "$tree/www"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	n=0
	while [ $n -lt 300 ]; do
		printf '%s%020000d\n' "$2" $n >"$tree/www/file$n"
		n=$((n + 1))
	done
	find "$tree" -exec touch -d '2026-01-01 00:00' {} +
	rm -f "$1"
	(cd "$tree" && find . | sort | zip -q0X "$1" -@)
}
large "$w/x.zip" X
large "$w/y.zip" Y
same 'the two are of one length' "$(stat -c %s "$w/x.zip")" "$(stat -c %s "$w/y.zip")"
x=$(sha256sum "$w/x.zip" | cut -c 1-64)
# letters - which images the files of the service are of.
letters() { find "$services/a1/www" -name 'file*' -exec head -qc 1 {} + | fold -w 1 | sort | uniq -c | tr -d '\n'; }
taken_large() { same "$1" '    300 X' "$(letters)"; }
rm -rf "$services/a1"

trusts ours
sign ours "$w/x.zip"
cp "$w/x.zip.minisig" "$w/race.zip.minisig"
# race WHAT EXCHANGE OPTION... - installed again and again while somebody exchanges the file.
race() {
	label=$1 exchange=$2
	shift 2
	cp "$w/x.zip" "$w/race.zip"
	(while [ ! -e "$w/enough" ]; do $exchange; done) >/dev/null 2>&1 &
	racer=$!
	installed=0 not=0 tries=0 least=$(share 100)
	while [ $tries -lt "$least" ] || { [ $not = 0 ] && [ $tries -lt 1000 ]; }; do
		tries=$((tries + 1))
		rm -f "$kept/$x.zip" # it would be taken in the file's place
		agent "$@" a1 c1 "$user" "$w/race.zip"
		case $status in
		0) installed=$((installed + 1)) ;;
		20 | 65 | 74 | 77) not=$((not + 1)) ;;
		*) fail "$label: exit status $status" ;;
		esac
		if [ -d "$services/a1" ] && [ "$(letters)" != '    300 X' ]; then
			fail "$label: what was installed is not what was verified: $(letters)"
			rm -rf "$services/a1"
		fi
	done
	: >"$w/enough"
	wait $racer
	rm "$w/enough"
	same "$label: each was installed or refused" $tries $((installed + not))
	check "$label: somebody did exchange it" test $not -gt 0
	check "$label: the stage is empty" is_empty "$stage"
}
exchange_by_name() {
	for which in x y; do
		cp "$w/$which.zip" "$w/race.new" && mv "$w/race.new" "$w/race.zip"
	done
}
rewrite() {
	for which in x y; do dd if="$w/$which.zip" of="$w/race.zip" bs=64k conv=notrunc; done
}
shorten() {
	: >"$w/race.zip"
	cp "$w/x.zip" "$w/race.zip"
}
race 'exchanged by its name, signed' exchange_by_name
race 'rewritten in place, signed' rewrite
race 'cut short in place, signed' shorten
rm "$keys"/*
race 'exchanged by its name, by its digest' exchange_by_name --sha256 "$x"
race 'rewritten in place, by its digest' rewrite --sha256 "$x"
agent a1 c1 "$user" "$w/x.zip"
taken_large 'in the end'

# ---- from standard input

# streams WHAT STATUS PATTERN FILE OPTION... - its bytes through a pipe, by a writer who is to get rid
# of all of them, over the service of X; refused, that is as it was.
streams() {
	label=$1 wanted=$2 pattern=$3 file=$4
	shift 4
	snapshot
	run sh -c '{ cat "$1" && : >"$0"; } | { shift && timeout -k 1 300 "$@"; }' \
		"$w/written" "$file" "$bin/installService" "$@" a1 c1 "$user" -
	same "$label: exit status" "$wanted" "$status"
	[ -z "$pattern" ] || says "$label" "$pattern"
	same "$label: nothing is on its way" '' "$(find "$kept" -name '.*' -type f)"
	check "$label: the stage is empty" is_empty "$stage"
	[ "$wanted" != 0 ] || check "$label: the writer is done" test -e "$w/written"
	rm -f "$w/written"
	if [ "$wanted" != 0 ]; then
		tree_state "$services/a1" "$keys" >"$w/after"
		check "$label: the service is as it was" diff "$w/before" "$w/after"
	fi
}
y=$(sha256sum "$w/y.zip" | cut -c 1-64)
streams 'a stream of which nothing is known' 1 'may be cut off anywhere: give its --sha256 or --signature' "$w/y.zip"
streams 'a stream, by its digest' 0 '' "$w/y.zip" --sha256 "$y"
same 'a stream, by its digest: its content' '    300 Y' "$(letters)"
check 'a stream, by its digest: it is kept' cmp -s "$w/y.zip" "$kept/$y.zip"
same 'a stream, by its digest: its name' - "$(sed -n 's/^image=//p' "$services/.enstratus/a1/state")"
streams 'a stream, that is kept already' 0 '' "$w/y.zip" --sha256 "$y"
streams 'a stream, to try' 0 '' "$w/x.zip" --sha256 "$x" --dry-run
same 'a stream, to try: nothing is installed' '    300 Y' "$(letters)"
streams 'another stream' 77 "another one: its SHA-256 is $x" "$w/x.zip" --sha256 "$y"
head -c 3000000 "$w/x.zip" >"$w/cut"
streams 'a stream that is cut off' 77 'another one' "$w/cut" --sha256 "$x"
streams 'an empty stream' 77 'another one' /dev/null --sha256 "$x"
streams 'a stream that is no image' 65 "image '-' is no archive" "$w/text" --sha256 "$(sha256sum "$w/text" | cut -c 1-64)"
trusts ours
streams 'a stream that is not signed' 77 'must be signed: of standard input give its --signature' "$w/x.zip" --sha256 "$x"
cp "$w/race.zip.minisig" "$w/x.sig"
streams 'a stream with a signature' 0 'signed, and its comment says' "$w/x.zip" --signature "$w/x.sig"
taken_large 'a stream with a signature'
streams "a stream with another one's signature" 77 'signature' "$w/y.zip" --signature "$w/x.sig"
rm "$keys"/*
agent --sha256 "$y" a1 c1 "$user" - <"$w/y.zip"
same 'a file on standard input' '0     300 Y' "$status $(letters)"
(cd "$tree" && tar -czf "$w/y.tgz" .)
tgz=$(sha256sum "$w/y.tgz" | cut -c 1-64)
agent --sha256 "$tgz" a1 c1 "$user" - <"$w/y.tgz"
same 'a tar on standard input' '0 Service is of type: tar.gz.' "$status $(cat "$out")"
mkfifo "$w/pipe"
exec 5<>"$w/pipe"
begin late sh -c 'exec "$@" <"$0"' "$w/pipe" "$bin/installService" --sha256 "$x" a1 c1 "$user" - 5<&-
check 'a stream that goes on is read' timeout 300 sh -c 'cat "$1" >&5' - "$w/x.zip"
snapshot
# shellcheck disable=SC2154 # begin has set it
kill "$pid_late"
end late
exec 5<&-
same 'a signal, while the stream goes on' 143 "$status"
says 'a signal, while the stream goes on' 'interrupted by signal 15'
same 'a signal: nothing is left' '' "$(find "$kept" -name '.*' -type f)"
tree_state "$services/a1" "$keys" >"$w/after"
check 'a signal: the service is as it was' diff "$w/before" "$w/after"
if have_terminal; then
	script -qec "'$bin/installService' --sha256 $x a1 c1 '$user' -" /dev/null >"$w/seen" 2>&1 </dev/null
	check 'a terminal is no image' grep -q 'standard input, which is a terminal' "$w/seen"
else
	skip 'a terminal is no image' 'script(1) can make none'
fi

check 'whoever kept an image kept what it was' sh -c 'cd "$1" && for f in *; do
	[ "$(sha256sum "$f" | cut -c 1-64)" = "${f%%.*}" ] || exit 1; done' - "$kept"
check_not 'no account was made by anything' getent passwd "$nobody"
