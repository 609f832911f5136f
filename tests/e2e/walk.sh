#!/bin/sh
# SPDX-License-Identifier: MIT
# walk.sh - the main job by hand, on the static-site image: install, configure, start, check, change, stop.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

PATH=$bin:$PATH
user=$(id -un)
! is_root || user=www-data
free_port
# site TITLE PASSWORD [LINE...] - a configuration, to $root/w/site.cfg.
site() {
	printf '%s\n' "port.80.privatePort=$port" serviceKeys=site serviceKey.site.user=visitor "serviceKey.site.password=$2" \
		'[custom]' listen=127.0.0.1 "title=$1" >"$root/w/site.cfg"
}
no_cfg() { check "$1: no enstratus.cfg anywhere" test -z "$(find "$root" "$shm" -name 'enstratus.cfg*')"; }

expect 'install' 0 installService a1234 c001 "$user" "$images/static-site.zip"
same 'install: the answer' 'Service is of type: zip.' "$(cat "$out")"
for dir in bin cfg log run www; do check "install: $dir is there" test -d "$services/a1234/$dir"; done
expect 'check before the first configure' 0 checkService a1234
same 'check before the first configure: the state' 'DOWN: not configured' "$(cat "$out")"
expect 'stop before the first start' 0 stopService a1234
expect 'start before the first configure' 1 startService a1234

site 'Tea shop' first-password
run configureService --config - "$user" c001 a1234 <"$root/w/site.cfg"
same 'configure' 0 "$status"
no_cfg 'configure'
expect 'start' 0 startService a1234
expect 'check' 0 checkService a1234
same 'check: the state' OK "$(cat "$out")"
expect 'check of all' 0 checkService
same 'check of all: the states' 'a1234	OK' "$(cat "$out")"
same 'the page' 200 "$(http /)"
check 'the page is the one of the image' cmp -s "$root/w/page" service-images/static-site/www/index.html
same 'the title' '200 1' "$(http /about) $(grep -c '<h1>Tea shop</h1>' "$root/w/page")"
same 'the protected page' 200 "$(http /private/ -u visitor:first-password)"

site 'Coffee shop' second-password
run configureService --config - "$user" c001 a1234 <"$root/w/site.cfg"
same 'configure again' 0 "$status"
no_cfg 'configure again'
expect 'start on the running service' 0 startService a1234
same 'the new title' '200 1' "$(http /about) $(grep -c '<h1>Coffee shop</h1>' "$root/w/page")"
same 'the old password' 401 "$(http /private/ -u visitor:first-password)"
same 'the new password' 200 "$(http /private/ -u visitor:second-password)"

# A configuration that the hook refuses leaves the running site alone.
sed 's/^port.80.*/port.80.privatePort=none/' "$root/w/site.cfg" >"$root/w/bad.cfg"
run configureService --config - "$user" c001 a1234 <"$root/w/bad.cfg"
same 'a bad configuration' 1 "$status"
says 'a bad configuration' "error: .*hook 'enstratus-configure' exited with status 1"
no_cfg 'a bad configuration'
same 'the site still answers' 200 "$(http /private/ -u visitor:second-password)"

# The image once more, over the running service.
expect 'install again' 0 installService a1234 c001 "$user" "$images/static-site.zip"
same 'the site still answers' 200 "$(http /)"

expect 'stop' 0 stopService a1234
expect 'stop again' 0 stopService a1234
expect 'check after stop' 0 checkService a1234
same 'check after stop: the state' "DOWN: no answer on port $port" "$(cat "$out")"
same 'no page any more' 000 "$(http /)"
expect 'start after stop' 0 startService a1234
same 'the page is back' 200 "$(http /)"
expect 'stop for good' 0 stopService a1234
no_cfg 'the end'
rm "$root/w/site.cfg" "$root/w/bad.cfg"
check_not 'no password is left' holds second-password "$root" "$shm"
check 'no process is left' test -z "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$root/*" 2>/dev/null)"
