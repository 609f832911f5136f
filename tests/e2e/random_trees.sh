#!/bin/sh
# SPDX-License-Identifier: MIT
# random_trees.sh - a property: whatever tree is packed, by whichever packer, is what is installed.
# A failure names its seed; TREES_SEED=N runs that one tree again.
# shellcheck disable=SC2016 # single quotes: for an inner shell
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

trees=$(pwd)/tests/trees pack=$(pwd)/service-images/pack
out_of=$root/packed
user=www-data
is_root || user=$(id -un)
python() { PATH=/usr/bin:/bin command python3 -B "$@"; }
mkdir "$out_of"

# packed NAME KEEPS TREE COMMAND... - the tree, packed by a command that runs in it and writes to
# $out_of/NAME, is what is installed, as far as the packer KEEPS it (see tests/trees/compare.py).
packed() {
	archive=$out_of/$1 keeps=$2 tree=$3
	label="${1%%.*}, seed $seed"
	shift 3
	rm -f "$archive"
	status=0
	(cd "$tree" && "$@") >"$out" 2>"$err" || status=$?
	[ "$status" = 0 ] || { fail "$label: cannot be packed"; return; }
	expect "$label: install" 0 "$bin/installService" a1 c001 "$user" "$archive"
	run python "$trees/compare.py" "$tree" "$services/a1" "$keeps"
	same "$label: the same tree" 0 "$status"
	rm -rf "$services/a1" "$services/.enstratus"
}

# git_archive FILE - what git keeps of the directory it runs in.
git_archive() {
	GIT_DIR=$root/git GIT_WORK_TREE=. HOME=$root GIT_CONFIG_NOSYSTEM=1
	export GIT_DIR GIT_WORK_TREE HOME GIT_CONFIG_NOSYSTEM
	rm -rf "$GIT_DIR"
	git init -q && git add -f -A . && git archive --format=zip -o "$1" "$(git write-tree)"
}

# zips - this seed's trees by every packer of zips: $plain, and $linked, which has links as well.
zips() {
	all=modes,empty,times
	packed zip.zip $all "$linked" zip -q -r -y "$out_of/zip.zip" .
	packed zip-follow.zip $all "$plain" zip -q -r "$out_of/zip-follow.zip" .
	packed zip-stored.zip $all "$linked" zip -q -0 -r -y "$out_of/zip-stored.zip" .
	packed zip-64.zip $all "$linked" zip -q -fz -r -y "$out_of/zip-64.zip" .
	packed zip-bare.zip $all "$linked" zip -q -X -r -y "$out_of/zip-bare.zip" .
	packed zip-files.zip filemodes,times "$linked" zip -q -D -r -y "$out_of/zip-files.zip" .
	packed zip-bzip2.zip $all "$linked" zip -q -Z bzip2 -r -y "$out_of/zip-bzip2.zip" .
	# To a pipe: the sizes stand behind the data.  Zip cannot write links there.
	packed zip-stream.zip $all "$plain" \
		sh -c 'zip -q -r - . | cat >"$1" && unzip -tqq "$1" >&2' - "$out_of/zip-stream.zip"
	packed zip-commented.zip $all "$linked" \
		sh -c 'echo a comment | zip -q -z -r -y "$1" .' - "$out_of/zip-commented.zip"
	packed service-images-pack.zip execute,empty "$plain" "$pack" . "$out_of/service-images-pack.zip"
	if has bsdtar; then
		packed bsdtar.zip $all "$linked" bsdtar -a -cf "$out_of/bsdtar.zip" .
	fi
	if has 7zz; then
		packed 7zz.zip $all "$linked" 7zz a -tzip -snl -bso0 -bsp0 "$out_of/7zz.zip" .
		packed 7zz-bzip2.zip $all "$linked" \
			7zz a -tzip -mm=bzip2 -snl -bso0 -bsp0 "$out_of/7zz-bzip2.zip" .
	fi
	if has python3; then
		packed python3.zip $all "$plain" /usr/bin/python3 -m zipfile -c "$out_of/python3.zip" .
	fi
	! has git || packed git.zip execute "$linked" git_archive "$out_of/git.zip"
	# Jar loses directories whose names end with dots.
	! has jar || packed jar.zip empty,times "$undotted" jar cMf "$out_of/jar.zip" .
}

# tarballs - likewise, of tarballs.
tarballs() {
	all=modes,empty,times
	packed tar.tar.gz $all "$linked" tar -czf "$out_of/tar.tar.gz" .
	packed tar.tgz $all "$linked" tar -czf "$out_of/tar.tgz" .
	packed tar-names.tar.gz $all "$linked" \
		sh -c 'tar -czf "$1" -- *' - "$out_of/tar-names.tar.gz"
	packed tar-pax.tar.gz $all "$linked" tar --format=pax -czf "$out_of/tar-pax.tar.gz" .
	if has bzip2; then
		packed tar.tar.bz2 $all "$linked" tar -cjf "$out_of/tar.tar.bz2" .
	fi
	if has bsdtar; then
		packed bsdtar.tar.gz $all "$linked" bsdtar --format=pax -czf "$out_of/bsdtar.tar.gz" .
		packed bsdtar.tar.bz2 $all "$linked" bsdtar --format=pax -cjf "$out_of/bsdtar.tar.bz2" .
	fi
}

# ---- which packers are here

present=
# packer NAME REASON COMMAND... - it is here when the command succeeds.
packer() {
	name=$1 reason=$2
	shift 2
	if "$@" >/dev/null 2>&1; then present="$present $name "; else skip "$name" "$reason"; fi
}
has() { case $present in *" $1 "*) ;; *) return 1 ;; esac; }
packer bsdtar 'needs libarchive-tools' command -v bsdtar
packer 7zz 'needs 7zip' command -v 7zz
packer git 'needs git' command -v git
packer bzip2 'needs bzip2' command -v bzip2
packer jar 'needs a JDK, which is too large to install for this' command -v jar
packer python3 'a minimal python3 packs no zips' /usr/bin/python3 -c 'import shutil, zipfile'

# ---- the trees

n=0
while [ $n -lt "$(share 10)" ]; do
	n=$((n + 1))
	seed=${TREES_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
	plain=$root/plain linked=$root/linked undotted=$root/undotted
	mkdir "$plain" "$linked" "$undotted"
	check "seed $seed: a tree" python "$trees/make.py" "$seed" "$plain"
	check "seed $seed: a tree with links" python "$trees/make.py" "$seed" "$linked" links
	check "seed $seed: a tree for jar" python "$trees/make.py" "$seed" "$undotted" undotted
	zips
	tarballs
	rm -rf "$plain" "$linked" "$undotted"
	[ -z "${TREES_SEED:-}" ] || break
done

# ---- whoever compares finds what differs

seed=1 plain=$root/one
mkdir "$plain"
check 'a tree' python "$trees/make.py" $seed "$plain"
expect 'packing it' 0 "$pack" "$plain" "$out_of/one.zip"
expect 'installing it' 0 "$bin/installService" a1 c001 "$user" "$out_of/one.zip"
differs() {
	run python "$trees/compare.py" "$plain" "$services/a1" execute,empty
	same "$1 is found out" "$2" "$(wc -l <"$out")"
}
differs 'nothing' 0
echo more >>"$services/a1/-top"
differs 'other content' 1
chmod 640 "$services/a1/-top"
differs 'another mode' 2
mkdir "$services/a1/new"
differs 'a new directory' 3
rm -r "$services/a1/cfg/sub"
differs 'a missing directory' "$((3 + $(find "$plain/cfg/sub" | wc -l)))"
rm "$services/a1/bin/enstratus-stop"
ln -s enstratus-start "$services/a1/bin/enstratus-stop"
differs 'a link in a file'"'"'s place' "$((4 + $(find "$plain/cfg/sub" | wc -l)))"

# Seventy thousand entries: more than the fields of 1989 can count.
mkdir -p "$root/many/bin"
(cd "$root/many" && seq 1 70000 | xargs touch && zip -q -r "$out_of/many.zip" .)
expect 'many entries: judged' 0 "$bin/installService" --dry-run --json many c001 "$user" "$out_of/many.zip"
check 'many entries: counted' grep -q '"entries":70001,' "$out"
