#!/bin/sh
# SPDX-License-Identifier: MIT
# samples.sh - the walks of samples/ give what they say, and leave nothing; demo_wordpress.sh is the
# long one.  The sample deployments have no mistake.
. "$(dirname "$0")/lib.sh"

# Their secrets are for who tries one to make.
mkdir -p "$root/w/secrets"
for name in admin blog guest site; do echo word >"$root/w/secrets/$name"; done
for file in samples/deployments/*.ini; do
	sed "s|\.\./\.\./build/images|$images|" "$file" >"$root/w/${file##*/}"
	expect "$file" 0 "$bin/provision" check "$root/w/${file##*/}"
done
rm "$root/w/secrets/site"
expect 'without a secret' 65 "$bin/provision" check "$root/w/site.ini"
says 'it is named' "^$root/w/site.ini:[0-9]+: .*secrets/site' cannot be read"

walk demo
walk by-hand
walk at-boot
if tests/sshd start "$root/ssh" 2>"$err"; then
	tests/sshd stop "$root/ssh"
	walk over-ssh
	walk demo-provision
else
	skip 'the walks over ssh' "$(tail -n 1 "$err")"
fi

# A step that gives something else is told, and is a failure.
cp -R samples "$root/w/samples"
sed -i "s/\\^401\\\$/^200\$/" "$root/w/samples/demo"
cd "$root/w" || exit 1
run env "TMPDIR=$root/w" "BUILD=$build" samples/demo
same 'another answer than it should be: the status' 1 "$status"
same 'each is marked' 2 "$(grep -c '^!! not what it should be' "$out")"
