#!/bin/sh
# SPDX-License-Identifier: MIT
# packers.sh - images from every zip program that is here install to the very tree they were made of.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

user=www-data
is_root || user=$(id -un)
mkdir -p "$root/t/bin" "$root/t/cfg" "$root/t/www/deep/er" "$root/z"
echo '#!/bin/sh' >"$root/t/bin/enstratus-start"
seq 1 30000 >"$root/t/www/deep/numbers"
head -c 300000 /dev/urandom >"$root/t/www/noise"
: >"$root/t/www/empty"
echo page >"$root/t/www/deep/er/a page with blanks, ümlaut and 'quotes'"

# packed NAME COMMAND... - run in the tree; the archive is ../z/NAME.zip.
packed() {
	name=$1
	shift
	(cd "$root/t" && "$@") >"$out" 2>"$err" || { fail "$name cannot pack"; return; }
	expect "$name: install" 0 "$bin/installService" "$name" c001 "$user" "$root/z/$name.zip"
	check "$name: the same tree" diff -r "$root/t" "$services/$name"
}
have() { command -v "$1" >/dev/null; }

packed zip zip -q -r ../z/zip.zip .
packed stored zip -q -0 -r ../z/stored.zip .
packed zip64 zip -q -fz -r ../z/zip64.zip .
# To a pipe: the sizes stand behind the data.
packed stream sh -c 'zip -q -r - . | cat >../z/stream.zip'
packed commented sh -c 'echo a comment | zip -q -z -r ../z/commented.zip .'
have bsdtar && packed bsdtar bsdtar -a -cf ../z/bsdtar.zip bin cfg www
have 7zz && packed 7zz 7zz a -tzip -bso0 ../z/7zz.zip bin cfg www
have 7zz && packed bzip2 7zz a -tzip -mm=bzip2 -bso0 ../z/bzip2.zip bin cfg www
have jar && packed jar jar cMf ../z/jar.zip bin cfg www
/usr/bin/python3 -c 'import zipfile' 2>/dev/null && packed python3 /usr/bin/python3 -m zipfile -c ../z/python3.zip bin cfg www

# Seventy thousand entries: more than the fields of 1989 can count.
mkdir "$root/many" "$root/many/bin"
(cd "$root/many" && seq 1 70000 | xargs touch && zip -q -r ../z/many.zip .)
expect 'many entries: judged' 0 "$bin/installService" --dry-run --json many c001 "$user" "$root/z/many.zip"
check 'many entries: counted' grep -q '"entries":70001,' "$out"
