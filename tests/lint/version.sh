#!/bin/sh
# SPDX-License-Identifier: MIT
# version - the programs and the Debian package are of one version.
. "$(dirname -- "$0")/common"

ours=$(sed -n 's/^#define CLI_VERSION "\(.*\)"$/\1/p' lib/cli/options.h)
package=$(sed -n '1s/^[^(]*(\(.*\)-[^-]*).*$/\1/p' debian/changelog)
if [ -z "$ours" ] || [ "$ours" != "$package" ]; then
	verdict "lib/cli/options.h: version '$ours', debian/changelog: '$package'"
fi
