#!/bin/sh
# SPDX-License-Identifier: MIT
# demos.sh - the walks of samples/, whose every step is as it should be; and the sample deployments.
. "$(dirname "$0")/lib.sh"

for file in samples/deployments/*.ini; do
	expect "$file" 0 "$bin/provision" check "$file"
done

walk() { TMPDIR=$root/w BUILD=$build samples/"$1"; }
begin demo walk demo
if tests/sshd start "$root/w/try" 2>"$root/w/why"; then
	tests/sshd stop "$root/w/try"
	expect 'provision' 0 walk demo-provision
	check 'it is as it should be' grep -q '^All as it should be' "$out"
	cp "$out" "$root/w/demo-provision.out"
else
	skip 'provision' "$(tail -n 1 "$root/w/why")"
fi
end demo
same 'by hand: exit status' 0 "$status"
sed -n 's/^\$ export ENSTRATUS_.*=//p' "$root"/w/demo*.out >"$root/w/left"
while read -r left; do
	check_not "$left is left" test -e "${left%/enstratus}"
done <"$root/w/left"
same 'no program runs on there' '' "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$root/w/demo.*" 2>/dev/null)"
