#!/bin/sh
# SPDX-License-Identifier: MIT
# samples.sh - the walks of samples/ give what they say, and leave nothing; demo_wordpress.sh is the
# long one.  The sample deployments have no mistake.
. "$(dirname "$0")/lib.sh"

for file in samples/deployments/*.ini; do
	expect "$file" 0 "$bin/provision" check "$file"
done

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
