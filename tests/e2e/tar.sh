#!/bin/sh
# SPDX-License-Identifier: MIT
# tar.sh - packed tar archives: the same service as of a zip, under every command.
# shellcheck disable=SC2016 # single quotes: for an inner shell
. "$(dirname "$0")/lib.sh"

w=$root/w
tree=$w/tree
a1=$services/a1
if is_root; then user=www-data; else user=somebody; fi

# tree VERSION - a file of the version's own, one that is empty, one larger than any buffer.
tree() {
	rm -rf "$tree"
	mkdir -p "$tree/bin" "$tree/www/sub" "$tree/empty" "$tree/data"
	printf '#!/bin/sh\n' >"$tree/bin/enstratus-start"
	echo "$1" >"$tree/www/page"
	echo "$1" >"$tree/www/of-$1"
	: >"$tree/www/none"
	yes "$1" | head -c 3000000 >"$tree/www/sub/large"
	echo long >"$tree/www/$(printf '%0150d' 7)"
	chmod 640 "$tree/www/page"
	ln -s page "$tree/www/link"
	printf '[image]\nname=shop\nversion=%s\n[persist]\nx=data\n' "$1" >"$tree/image.ini"
	find "$tree" -exec touch -h -d '2001-02-03 04:05:06' {} +
}
tree one
(cd "$tree" && zip -qry "$w/one.zip" . && tar -czf "$w/one.tar.gz" . && tar -czf "$w/one.tgz" -- * &&
	tar -cjf "$w/one.tar.bz2" . && tar -cf - . | xz -9 >"$w/one.tar.xz")
tree two
(cd "$tree" && tar -cjf "$w/two.tar.bz2" -- *)

install() { run timeout -k 1 60 "$bin/installService" "$@"; }
# installs WHAT IMAGE [OPTION...] - as a1, well.
installs() {
	label=$1 image=$2
	shift 2
	install "$@" a1 c1 "$user" "$w/$image"
	same "$label: exit status" 0 "$status"
}
is_version() {
	same "$1: what is served" "$2 $2" "$(cat "$a1/www/page") $(cat "$a1/www/of-$2")"
	run "$bin/verifyService" -q a1
	same "$1: verifyService" "0 " "$status $(cat "$out")"
}

# ---- each kind makes the same service

installs 'a zip' one.zip
manifest "$a1" >"$w/wanted"
for suffix in tar.gz tgz tar.bz2 tar.xz; do
	rm -rf "$a1" "$services/.enstratus"
	installs "a $suffix" one.$suffix
	same "a $suffix: the answer" "Service is of type: $suffix." "$(cat "$out")"
	manifest "$a1" >"$w/got"
	check "a $suffix: the very tree that a zip makes" diff "$w/wanted" "$w/got"
	is_version "a $suffix" one
	digest=$(sha256sum "$w/one.$suffix" | cut -c 1-64)
	check "a $suffix: it is kept under its suffix" \
		cmp -s "$w/one.$suffix" "$services/.enstratus/images/$digest.$suffix"
	cp "$w/one.$suffix" "$w/upper.$(echo $suffix | tr '[:lower:]' '[:upper:]')"
	installs "a $suffix in capitals" "upper.$(echo $suffix | tr '[:lower:]' '[:upper:]')"
done

# Holes, as GNU tar leaves them out of an archive: a file that is one, and one that ends in one.
truncate -s 300000 "$tree/data/hole"
echo x | cat - "$tree/data/hole" >"$w/dense"
cp --sparse=always "$w/dense" "$tree/data/end"
for form in gnu posix; do
	tar -C "$tree" -S --format=$form -czf "$w/sparse-$form.tgz" .
	rm -rf "$a1"
	installs "sparse files ($form)" "sparse-$form.tgz"
	check "sparse files ($form): one hole" cmp "$tree/data/hole" "$a1/data/hole"
	check "sparse files ($form): a hole at the end" cmp "$w/dense" "$a1/data/end"
done
rm -rf "$a1" "$services/.enstratus"
installs 'without them' one.tgz

# ---- under every command

echo mine >"$a1/data/mine"
installs 'an update by another kind' two.tar.bz2
is_version 'an update by another kind' two
check 'an update keeps what the image lacks' test -f "$a1/www/of-one"
expect 'going back to another kind' 0 "$bin/rollbackService" a1
is_version 'going back to another kind' one
installs 'a replacement' two.tar.bz2 --replace
is_version 'a replacement' two
check_not 'a replacement leaves nothing else' test -e "$a1/www/of-one"
same 'a replacement carries over what persists' mine "$(cat "$a1/data/mine")"
installs 'as JSON' one.tgz --json
check 'as JSON: kind, version and sizes' grep -Eq \
	'"type":"tgz".*"version":"one","entries":13,"bytes":3000070,' "$out"
cat "$out" >"$w/real.json"
installs 'a trial' one.tgz --json --dry-run
same 'a trial: as the real run, but for what it is' "$(cat "$w/real.json")" \
	"$(sed 's/"dryRun":true,.*/"dryRun":false}/' "$out")"
digest=$(sha256sum "$w/one.tgz" | cut -c 1-64)
installs 'by its digest' one.tgz --sha256 "$digest"
rm "$w/one.tgz"
installs 'by its digest, the file gone' one.tgz --sha256 "$digest"

# ---- refused: all is as it was

refused() {
	label=$1 words=$2 image=$3
	manifest "$a1" >"$w/before"
	install a1 c1 "$user" "$w/$image"
	same "$label: exit status" 65 "$status"
	one_line "$label"
	says "$label" "$words"
	manifest "$a1" >"$w/after"
	check "$label: the service is as it was" diff "$w/before" "$w/after"
	same "$label: no stage is left" '' "$(ls -A "$services/.enstratus/.stage")"
}
head -c 2000 "$w/one.tar.gz" >"$w/cut.tar.gz"
refused 'one that is cut off' "cannot install 'a1': " cut.tar.gz
size=$(stat -c %s "$w/one.tar.gz")
head -c $((size - 4)) "$w/one.tar.gz" >"$w/short.tar.gz"
refused 'one that lacks its last bytes' 'ends too early' short.tar.gz
{ cat "$w/one.tar.gz" && echo more; } >"$w/more.tar.gz"
refused 'bytes behind it' 'or is followed by something else' more.tar.gz
tar -C "$tree/.." -czf "$w/wrapped.tar.gz" tree
refused 'a wrapper directory' "only 'tree/'" wrapped.tar.gz
ln "$tree/www/page" "$tree/www/same"
tar -C "$tree" -czf "$w/hard.tar.gz" .
refused 'a hard link' "'./www/same' is a hard link" hard.tar.gz
rm "$tree/www/same"
mkfifo "$tree/www/fifo"
tar -C "$tree" -czf "$w/fifo.tar.gz" .
refused 'a FIFO' "'www/fifo'" fifo.tar.gz
rm "$tree/www/fifo"
tar -C "$tree" -cf "$w/plain.tar" .
refused 'a tar that is not packed' 'no archive.*tar.gz' plain.tar
echo '[images]
max-bytes=2000000' >"$ENSTRATUS_HOME/cfg/agent.cfg"
refused 'one over a limit' 'max-bytes|2000000' one.tar.bz2
