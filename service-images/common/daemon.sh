# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2119,SC2120
# daemon.sh - what the hooks of an image with a daemon share; its lib.sh sources it, and says in
# $daemon what the daemon's processes are called.  pack lays it into bin/.
set -eu
unset CDPATH
export LC_ALL=C
umask 022
hook=$(basename -- "$0")

# From here on all paths are relative: what the path of the service directory looks like then
# matters to nobody.
cd -- "$(dirname -- "$0")/.."
dir=$(pwd -P)

say() {
	printf '%s: %s\n' "$hook" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# ours PID - is it a process of this service's daemon? After a boot the pid in a file may
# belong to another service's; the working directory tells them apart. A zombie has none.
ours() {
	{ read -r comm <"/proc/$1/comm"; } 2>/dev/null || return 1
	[ "$comm" = "$daemon" ] || return 1
	case $(readlink "/proc/$1/cwd" 2>/dev/null) in "$dir" | "$dir"/*) ;; *) return 1 ;; esac
}

# pids - every process of it: children outlive a parent that was killed.
pids() {
	for p in /proc/[0-9]*; do
		if ours "${p#/proc/}"; then printf '%s\n' "${p#/proc/}"; fi
	done
}

# leader FILE - the pid in the file, when it runs.
leader() {
	pid=$(cat "$1" 2>/dev/null) && ours "$pid" && printf '%s\n' "$pid"
}

gone() {
	[ -z "$(pids)" ]
}

# within SECONDS COMMAND... - repeat COMMAND until it succeeds; fails when the time is over.
within() {
	read -r now rest </proc/uptime
	end=$((${now%.*} + $1))
	shift
	until "$@"; do
		read -r now rest </proc/uptime
		[ "${now%.*}" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# end_all PIDFILE SIGNAL:SECONDS... - end every process of the daemon, politely at first: the leader
# passes a signal on, and would replace a child that got one.
end_all() {
	file=$1
	shift
	for step in "$@" KILL:5; do
		found=$(pids)
		[ -n "$found" ] || break
		[ "$step" = KILL:5 ] || found=$(leader "$file") || found=$(pids)
		for pid in $found; do kill -s "${step%:*}" "$pid" 2>/dev/null || :; done
		if within "${step#*:}" gone; then break; fi
	done
	gone || die "$daemon cannot be ended: pid $(pids | tr '\n' ' ')"
	rm -f "$file"
}

# identify USER - who is to run the daemon, to $owner and $group; both are empty when that is the
# caller, who is not root.  $owner also has the files that the daemon writes.
#
# USER is runAsUser, or empty: the owner of the service directory then.  Where the account enstratus
# exists it runs the other hooks, and so the daemon.
identify() {
	owner='' group=''
	[ "$(id -u)" = 0 ] || return 0
	owner=${1:-$(stat -c %U .)}
	if id -u enstratus >/dev/null 2>&1; then
		[ "${1:-enstratus}" = enstratus ] || say "runAsUser: not followed, hooks are run by 'enstratus'"
		owner=enstratus
	fi
	case $owner in
	-* | *[!A-Za-z0-9._-]*) die 'runAsUser: not an account name' ;;
	esac
	group=$(id -gn "$owner" 2>/dev/null) || die "runAsUser: no account '$owner'"
}

# identify_by FILE - the same, after configure: by who has the file.
identify_by() {
	owner='' group=''
	[ "$(id -u)" = 0 ] || return 0
	owner=$(stat -c %U "$1") group=$(stat -c %G "$1")
}

# give MODE FILE... - to the owner.
give() {
	mode=$1
	shift
	chmod "$mode" "$@"
	[ -z "$owner" ] || chown "$owner:$group" "$@"
}

# become_owner COMMAND... - go on as COMMAND, as the account of the daemon.
become_owner() {
	if [ -n "${owner:-}" ] && [ "$owner" != root ]; then
		set -- setpriv --reuid="$owner" --regid="$group" --init-groups -- "$@"
	fi
	exec "$@"
}

# as_owner COMMAND... - as the account of the daemon.
as_owner() {
	(become_owner "$@")
}

# spawn COMMAND... - start a daemon in a session of its own that holds nothing of the caller's: one
# inherited descriptor, and whoever reads its other end waits for the daemon instead of the hook.
# Its pid is in $spawned, and no shell stays around it.
spawn() {
	(
		exec </dev/null >>log/daemon.log 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		become_owner setsid "$@" &
		printf '%s\n' $! >run/.spawned
	)
	read -r spawned <run/.spawned
	rm -f run/.spawned
}

# up_within SECONDS COMMAND... - wait until COMMAND succeeds; fails when what was spawned has ended.
up_within() {
	seconds=$1
	shift
	within "$seconds" is_over "$@" || :
	"$@"
}
# A zombie has no working directory.
is_over() {
	"$@" || ! readlink "/proc/$spawned/cwd" >/dev/null 2>&1
}

# put FILE MODE - with the text on standard input in one step, or not at all; a file that is the same is left.
put() {
	(umask 077 && cat >"$1.new") || {
		rm -f "$1.new"
		die "cannot write '$1'"
	}
	if cmp -s "$1.new" "$1"; then
		rm -f "$1.new"
		give "$2" "$1"
	else
		give "$2" "$1.new"
		mv -f "$1.new" "$1"
	fi
}

# take DIRECTORY FILE MODE - the file as it is in a directory beside, in one step; one that is the same is
# left, and one that is not there any more is removed.
take() {
	if [ ! -e "$1/$2" ]; then
		rm -f "$2"
	elif cmp -s "$1/$2" "$2"; then
		give "$3" "$2"
	else
		give "$3" "$1/$2"
		mv -f "$1/$2" "$2"
	fi
}

# read_config FILE - what cfg answers from; ends the hook when it cannot be read.
read_config() {
	config=$1
	command -v enstratusCfg >/dev/null || die 'enstratusCfg(1) is not in the PATH'
	cfg keys >/dev/null || exit
}

# cfg get|list|keys KEY... - of the configuration that this hook was called with.
cfg() {
	enstratusCfg --config "$config" "$@"
}

# port_key [tls] - the key of the first port that is not HTTPS, or of the first one at all; with tls
# that of the first HTTPS port beside it.  Nothing when there is none.
port_key() {
	plain='' secure='' first=''
	for key in $(cfg keys port.); do
		case $key in
		port.*.privatePort) ;;
		*) continue ;;
		esac
		[ -n "$(cfg get "$key")" ] || continue
		first=${first:-$key}
		case $(cfg get "${key%.privatePort}.protocol") in
		[Hh][Tt][Tt][Pp][Ss]) secure=${secure:-$key} ;;
		*) plain=${plain:-$key} ;;
		esac
	done
	if [ $# = 0 ]; then
		printf '%s\n' "${plain:-$first}"
	elif [ -n "$secure" ] && [ "$secure" != "${plain:-$first}" ]; then
		printf '%s\n' "$secure"
	fi
}

# must_be_port KEY NUMBER
must_be_port() {
	case $2 in
	'' | 0* | *[!0-9]* | ??????*) ;;
	*) [ "$2" -gt 65535 ] || return 0 ;;
	esac
	die "$1: not a port number (1-65535)"
}

# get_port DEFAULT - the service's port, by port.N.privatePort or privatePort, to $port.
get_port() {
	key=$(port_key)
	key=${key:-privatePort}
	port=$(cfg get "$key" --default "$1")
	must_be_port "$key" "$port"
}

# get_address - the one IP address to listen at, by custom.listen, to $address; empty for all.
get_address() {
	address=$(cfg get custom.listen)
	case $address in
	*[!0-9A-Fa-f.:]*) die 'listen: not an IP address' ;;
	*:*) ;;
	*[!0-9.]*) die 'listen: not an IP address' ;;
	esac
}

# get_url - the same as a server's settings and a URL have it: $address in brackets where it is of IPv6,
# and to $url where programs of this machine reach $port.
# shellcheck disable=SC2034 # the hooks'
get_url() {
	get_address
	case $address in *:*) address="[$address]" ;; esac
	case $address in
	'' | 0.0.0.0) url=http://127.0.0.1:$port ;;
	'[::]') url="http://[::1]:$port" ;;
	*) url=http://$address:$port ;;
	esac
}
