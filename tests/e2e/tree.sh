#!/bin/sh
# SPDX-License-Identifier: MIT
# tree.sh - what `make install` puts where and leaves alone, and which libraries a program loads.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# loads PROGRAM - the libraries beside the C library and its loader, in one line.
loads() {
	ldd "$bin/$1" | grep -F .so | awk '$1 !~ /^(linux-vdso|libc\.so|\/lib)/ && $1 !~ /ld-linux/ { sub(/\.so.*/, "", $1); print $1 }' |
		sort | tr '\n' ' '
}
ldd_has_curl() { ldd "$bin/$1" | grep -q curl; }
# Sanitizers bring libraries of their own.
if ldd "$bin/startService" | grep -q 'libasan\|libgcov'; then
	skip 'the libraries of programs' 'built with a sanitizer'
else
	for program in startService stopService checkService log makeTemp secureDelete; do
		same "$program loads nothing" '' "$(loads $program)"
	done
	loads installService >"$root/w/loads"
	for program in startService configureService removeService scaleCheck haproxy-startProxy; do
		check "$program has its own libc" sh -c "ldd '$bin/$program' 2>&1 | grep -q 'statically linked'"
	done
	check_not 'installService loads no network' grep -Eq 'curl|ssl|nss' "$root/w/loads"
	loads fetchImage >"$root/w/loads"
	check 'fetchImage does' grep -Eq '(^| )libcurl ' "$root/w/loads"
	check_not 'fetchImage reads no archive' grep -Eq 'libzip|libisal' "$root/w/loads"
	for program in agent-bin/*.c; do
		program=$(basename "$program" .c)
		case $program in
		fetchImage | provision) check "$program loads it" ldd_has_curl "$program" ;;
		*) check_not "$program loads no network" ldd_has_curl "$program" ;;
		esac
	done
fi

to=$root/to
page=$to/usr/local/share/man/man1/startService.1
tree() { (cd "$to" && find . -printf '%p %m %s\n' | sort); }
make_it() { run make -s BUILD="$build" DESTDIR="$to" "$@"; same "make $1: exit status" 0 "$status"; }
mode() { stat -c %a "$to/$1"; }

ENSTRATUS_HOME=$root/elsewhere make_it install
for program in agent-bin/*.c; do
	program=$(basename "$program" .c)
	same "$program is there" 755 "$(mode "enstratus/bin/$program")"
done
for d in bin custom custom/bin cfg keys; do
	same "/enstratus/$d" 755 "$(mode "enstratus/$d")"
done
check 'manual pages of all sections' test -s "$page" -a -s "$to/usr/local/share/man/man5/enstratus-cfg.5" -a \
	-s "$to/usr/local/share/man/man7/enstratus-agent.7"
for unit in debian/systemd/*.service; do
	check "$unit" test -s "$to/usr/local/lib/systemd/system/${unit##*/}"
done
check_not "the agent's own variable is not heeded" test -e "$root/elsewhere"
check 'what is installed runs' "$to/enstratus/bin/startService" --version

# What an operator put there stays as it is: content, mode, and a closed keys directory.
echo own >"$to/enstratus/custom/bin/scaleCheck"
echo own >"$to/enstratus/cfg/agent.cfg"
chmod 700 "$to/enstratus/keys"
echo old >"$to/enstratus/bin/startService"
make_it install
same 'an override stays' own "$(cat "$to/enstratus/custom/bin/scaleCheck")"
same 'settings stay' own "$(cat "$to/enstratus/cfg/agent.cfg")"
same 'a mode stays' 700 "$(mode enstratus/keys)"
check 'a program is replaced' "$to/enstratus/bin/startService" --version
tree >"$root/w/once"
make_it install
tree >"$root/w/twice"
check 'a second time changes nothing' cmp -s "$root/w/once" "$root/w/twice"

make_it uninstall
check_not 'programs go' test -e "$to/enstratus/bin"
check_not 'pages go' test -e "$page"
same 'units go' '' "$(ls "$to/usr/local/lib/systemd/system")"
same 'an override stays after all' own "$(cat "$to/enstratus/custom/bin/scaleCheck")"
same 'settings stay after all' own "$(cat "$to/enstratus/cfg/agent.cfg")"
