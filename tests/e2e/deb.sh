#!/bin/sh
# SPDX-License-Identifier: MIT
# deb.sh - the package on a clean Debian: installed, upgraded, removed, purged; and lintian's word on it.
# shellcheck source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip 'the package' 'a clean Debian needs root: mmdebstrap(1)'
	exit 0
fi
# Both take a while, and one waits for the network.
tree=$root/debian
# It does not have to outlive a loss of power.
begin tree mmdebstrap --quiet --variant=apt --skip=cleanup/apt/lists --aptopt='Acquire::Languages "none"' \
	--dpkgopt=force-unsafe-io bookworm "$tree"
at_exit 'umount "$tree/proc" 2>/dev/null'

mkdir -p "$root/build/source"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$root/build/source" || exit 1
# What is tested elsewhere is packaged, and not compiled once more; but not what is instrumented, which
# is in a directory of another name.
if [ "$build" = "$PWD/build" ]; then
	mkdir "$root/build/source/build"
	cp -a "$build/obj" "$build/bin" "$build/libagent.a" "$root/build/source/build"
fi
build_package() { (cd "$root/build/source" && DEB_BUILD_OPTIONS='nocheck parallel=2' dpkg-buildpackage -nc -b -us -uc); }
run build_package
same 'dpkg-buildpackage' 0 "$status"
deb=$(find "$root/build" -name 'enstratus-agent_*.deb')
expect 'lintian' 0 lintian --fail-on error,warning "$deb"
check 'lintian says nothing' test ! -s "$out"

end tree
if [ "$status" != 0 ]; then
	skip 'the package on a clean Debian' "mmdebstrap: $(tail -n 1 "$err")"
	exit 0
fi
mount -t proc proc "$tree/proc"
cp "$deb" "$tree/first.deb"
# within COMMAND... - in that Debian.
within() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
# Nothing is to be started in it.
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"
no_network='Unable to fetch|Failed to fetch|Could not (resolve|connect)|Temporary failure'
run within apt-get install -y --no-install-recommends /first.deb
if grep -Eq "$no_network" "$err"; then
	skip 'the package on a clean Debian' 'its dependencies cannot be fetched'
	exit 0
fi
same 'it is installed' 0 "$status"

# ---- what it brings

for program in agent-bin/*.c; do
	program=$(basename "$program" .c)
	check "$program runs" sh -c "chroot '$tree' /enstratus/bin/$program --version >/dev/null"
done
check 'the account that runs hooks' within id enstratus
same 'where services are' '755 root' "$(stat -c '%a %U' "$tree/mnt/services")"
same 'and scratch' 770 "$(stat -c %a "$tree/mnt/tmp")"
for unit in enstratus-boot.service 'enstratus-service@.service' 'provision-watch@.service'; do
	check "$unit" test -s "$tree/lib/systemd/system/$unit"
	check "$unit is none that starts by itself" sh -c "! find '$tree/etc/systemd' -name '$unit' | grep -q ."
	run within systemd-analyze verify --man=no "/lib/systemd/system/$unit"
	same "$unit: systemd finds nothing wrong" '0 ' "$status $(grep -e enstratus -e provision "$err")"
done
check 'manual pages' test -s "$tree/usr/share/man/man1/startService.1.gz"

# ---- what is the operator's stays

cp "$images/static-site.zip" "$tree"
expect 'a service' 0 within /enstratus/bin/installService a1 c001 www-data /static-site.zip
echo own >"$tree/enstratus/custom/bin/scaleCheck"
echo '# own' >"$tree/enstratus/cfg/agent.cfg"
run within /enstratus/bin/agentKeys
stays() {
	same "$1: an override stays" own "$(cat "$tree/enstratus/custom/bin/scaleCheck")"
	same "$1: so do settings" '# own' "$(cat "$tree/enstratus/cfg/agent.cfg")"
	check "$1: and keys" test -s "$tree/enstratus/keys/host.key"
	check "$1: and services" test -s "$tree/mnt/services/a1/www/index.html"
}
mkdir "$root/w/next"
dpkg-deb -R "$deb" "$root/w/next"
sed -i 's/^Version: .*/Version: 99-1/' "$root/w/next/DEBIAN/control"
dpkg-deb -b "$root/w/next" "$tree/next.deb" >/dev/null
expect 'an upgrade' 0 within apt-get install -y /next.deb
same 'is one' 99-1 "$(within dpkg-query -W -f '${Version}' enstratus-agent)"
stays 'upgraded'
expect 'removed' 0 within apt-get remove -y enstratus-agent
check_not 'its programs are gone' test -e "$tree/enstratus/bin/startService"
stays 'removed'
expect 'purged' 0 within dpkg --purge enstratus-agent
stays 'purged'
check_not 'nothing of the package is left' sh -c "chroot '$tree' dpkg -L enstratus-agent >/dev/null 2>&1"
same 'no program, unit, page or completion of it' '' "$(find "$tree/enstratus/bin" "$tree/lib/systemd/system" "$tree/usr/share/man" \
	"$tree/usr/share/bash-completion" "$tree/usr/share/zsh" \( -name '*enstratus*' -o -name 'provision*' -o -name 'startService*' \) 2>/dev/null)"
