#!/bin/sh
# SPDX-License-Identifier: MIT
# demo_wordpress.sh - make demo-wordpress, with the picture that it ends with.
. "$(dirname "$0")/lib.sh"

for program in chromium mariadbd haproxy nginx; do
	command -v $program >/dev/null || [ -x /usr/sbin/$program ] || {
		skip 'the whole' "there is no $program"
		exit 0
	}
done
# The picture is to be this test's own.
mkdir "$root/w/build"
ln -s "$bin" "$images" "$root/w/build"
BUILD=$root/w/build
export BUILD
walk demo-wordpress
picture=$root/w/build/demo-wordpress.png
check 'it tells where the picture is' grep -qx "The picture: $picture" "$out"
check 'which is one' is_png "$picture"
read -r n light <<END
$(colours "$picture")
END
check "it is not blank: $n colours" test "${n:-0}" -gt 50
check "it is a page in dark letters on light ground: $light" test "${light:-0}" -gt 180 -a "${light:-255}" -lt 255
[ -z "${KEEP_PICTURES:-}" ] || cp "$picture" "$KEEP_PICTURES"
