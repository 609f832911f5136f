# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the end-to-end tests share: a scratch root, a way to run things, a count.
# Sourced as:  . "$(dirname "$0")/lib.sh"   It leaves the shell in the repository's root.
set -u
cd "$(dirname "$0")/../.." || exit 1
umask 022
LC_ALL=C.UTF-8
export LC_ALL

build=${BUILD:-build}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
passed=0 failed=0 skipped=0

# Everything of one test file lives beneath $root, which other accounts can enter.
root=$(mktemp -d "${TMPDIR:-/tmp}/agent-test.$$.XXXXXX") || exit 1
chmod 755 "$root"
# The programs too: the clone may stand where other accounts do not come.
cp -R "$build/bin" "$build/images" "$root" || exit 1
# shellcheck disable=SC2034 # used by those who source this
bin=$root/bin images=$root/images
# Memory-backed storage of our own, so that parallel tests do not meet.
shm=$(mktemp -d /dev/shm/agent-test.$$.XXXXXX) || exit 1
ENSTRATUS_HOME=$root/enstratus
ENSTRATUS_SERVICES_DIR=$root/services
ENSTRATUS_TMP_DIR=$root/tmp
ENSTRATUS_RUN_DIR=$shm/run
export ENSTRATUS_HOME ENSTRATUS_SERVICES_DIR ENSTRATUS_TMP_DIR ENSTRATUS_RUN_DIR
services=$ENSTRATUS_SERVICES_DIR
mkdir -p "$ENSTRATUS_HOME/cfg" "$ENSTRATUS_HOME/custom/bin" "$services" "$root/w"
ln -s ../bin "$ENSTRATUS_HOME/bin"
out=$root/w/stdout err=$root/w/stderr

# at_exit COMMAND - run when the test ends, whatever ended it; later ones first.
at_exit=
at_exit() { at_exit="$1
$at_exit"; }
finish() {
	# The shell's own status for an error that ends it: what came behind was not tested.
	[ $? != 2 ] || fail 'the test itself is broken'
	trap - EXIT HUP INT TERM
	eval "$at_exit"
	cd / && rm -rf "$root" "$shm"
	if [ $skipped -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
	exit $?
}
trap finish EXIT
trap 'failed=$((failed + 1)); echo "FAIL interrupted"; exit 1' HUP INT TERM

# Only what went wrong is printed, with what the last command said.
pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAIL $(basename "$0"): $*"
	[ ! -s "$out" ] || sed 's/^/  stdout: /' "$out" | cut -c1-300 | head -n 20
	[ ! -s "$err" ] || sed 's/^/  stderr: /' "$err" | cut -c1-300 | head -n 20
}
skip() { skipped=$((skipped + 1)); echo "skipped $(basename "$0"): $1: $2"; }

# check WHAT COMMAND... - passes when the command succeeds.
check() { what=$1; shift; if "$@"; then pass; else fail "$what"; fi; }
# check_not WHAT COMMAND... - passes when the command fails.
check_not() { what=$1; shift; if "$@"; then fail "$what"; else pass; fi; }
# same WHAT WANTED GOT
same() { if [ "$2" = "$3" ]; then pass; else fail "$1: wanted '$2', got '$3'"; fi; }

# run COMMAND... - its output to $out and $err, its status to $status.
run() { status=0; "$@" >"$out" 2>"$err" || status=$?; }
# expect WHAT STATUS COMMAND... - run, and compare the status.
expect() {
	what=$1 wanted=$2
	shift 2
	run "$@"
	same "$what: exit status" "$wanted" "$status"
}
# A process costs more than what most programs are asked here: small files are read by the shell.
# has_words FILE WORDS - a line of it has them.
has_words() {
	while IFS= read -r a_line || [ -n "$a_line" ]; do
		case $a_line in *"$2"*) return 0 ;; esac
	done <"$1"
	return 1
}
# says WHAT PATTERN - a line of the last command's stderr matches the extended regular expression.
says() {
	case $2 in
	*[!A-Za-z0-9\ _:/-]*) check "$1: stderr says '$2'" grep -Eq -- "$2" "$err" ;;
	*) check "$1: stderr says '$2'" has_words "$err" "$2" ;;
	esac
}
# lines_with FILE WORDS - to $count: how many of its lines have them.
lines_with() {
	count=0
	while IFS= read -r a_line; do
		case $a_line in *"$2"*) count=$((count + 1)) ;; esac
	done <"$1"
}
# one_line WHAT - stderr is exactly one line, the documented form of a refusal.
one_line() {
	lines_with "$err" ''
	same "$1: lines on stderr" 1 "$count"
}

# tree_state PATH... - all that tells one state of a tree from another: whoever changes what is in a file
# changes its ctime.
tree_state() { find "$@" -printf '%p %i %y %m %U:%G %n %s %T@ %C@ %l\n' | sort; }
# is_empty DIRECTORY - nothing is in it, or it is not there.
is_empty() {
	for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		if [ -e "$entry" ] || [ -h "$entry" ]; then return 1; fi
	done
}

# What is tried at many moments or places: of these one in EVERY, all with EVERY=1 (make check-all).
every=${EVERY:-10}
# share N [LEAST] - how many of N are made: one in EVERY, but so many at least.
share() { echo $(($1 / every > ${2:-1} ? $1 / every : ${2:-1})); }
# sampled - of the lines on stdin the first, one in EVERY and the last.
sampled() { awk -v n="$every" '{ last = $0 } (NR - 1) % n == 0 { print; last = "" } END { if (last != "") print last }'; }

# have_terminal - script(1) can make one.
have_terminal() { script -qec true /dev/null >/dev/null 2>&1 </dev/null; }

# part_words WORD... - the last one to $last, the others, which have no blanks, to $options.
# shellcheck disable=SC2034 # the caller's
part_words() {
	options=''
	while [ $# -gt 1 ]; do
		options="$options $1"
		shift
	done
	last=$1
}

is_root() { [ "$(id -u)" = 0 ]; }

# as_nobody COMMAND... - as a plain user, by root.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }

# wait_until SECONDS COMMAND... - until it succeeds; polls, for the event is in another process.
wait_until() {
	tries=$(($1 * 50))
	shift
	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.02
	done
}

# gone PID - no such process, or one that only waits to be reaped.
gone() {
	state=$(awk '$1 == "State:" { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# helpers_of PROGRAM AGENT - the other processes in that program's name: its guardian and its keeper.
helpers_of() {
	for process in /proc/[0-9]*; do
		[ "${process#/proc/}" != "$2" ] || continue
		case $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") in
		"$1 "*) echo "${process#/proc/}" ;;
		esac
	done
}
# guardian_of PROGRAM AGENT KEEPER - the one that is not the keeper, the hook's parent.
guardian_of() { helpers_of "$1" "$2" | grep -vx "$3"; }

# hook SERVICE_ID NAME - an installed service's hook, its script on stdin; makes the service.
hook() {
	mkdir -p "$services/$1/bin" "$services/$1/cfg"
	cat >"$services/$1/bin/$2"
	chmod 755 "$services/$1/bin/$2"
}

# holds MARKER DIRECTORY... - some file, link target or name there holds the bytes.
holds() {
	marker=$1
	shift
	grep -rqaF -e "$marker" "$@" 2>/dev/null ||
		find "$@" -name "*$marker*" -o -lname "*$marker*" | grep -q .
}

# walk NAME - one of samples/ comes to its end, and nothing is left of it.
walk() {
	expect "$1" 0 env "TMPDIR=$root/w" "samples/$1"
	# What was wrong stands far behind the beginning, which is what a failure shows.
	[ "$status" = 0 ] || grep -B 12 '^!! ' "$out"
	check "$1: every step is as it should be" grep -q '^All as it should be' "$out"
	check "$1: its steps are shown" test "$(grep -c '^\$ ' "$out")" -ge 25
	for variable in HOME RUN_DIR; do
		place=$(sed -n "s/^\\$ export ENSTRATUS_$variable=//p" "$out")
		check "$1: its $variable is named, and gone" test -n "$place" -a ! -e "${place%/enstratus}"
	done
	same "$1: no process is left of it" '' "$(find /proc/[0-9]*/cwd -maxdepth 0 -lname "$root/w/demo.*" 2>/dev/null)"
}

# is_png FILE
is_png() { head -c 8 "$1" | od -An -tx1 | grep -q '89 50 4e 47'; }
# colours FILE - how many there are in the picture, and how light it is, of 255.
colours() { python3 tests/e2e/colours.py "$1"; }
# has_all FILE TEXT... - all of them are in it.
has_all() {
	file=$1
	shift
	for text in "$@"; do grep -qF -- "$text" "$file" || return 1; done
}

# begin NAME COMMAND... - in the background; $root/w/NAME.out and .err get its output, and
# end NAME - waits for it and leaves what `run` would.
begin() {
	begun=$1
	shift
	"$@" >"$root/w/$begun.out" 2>"$root/w/$begun.err" &
	eval "pid_$begun=\$!"
}
end() {
	status=0
	# The shell has a word for one that was killed.
	eval "wait \"\$pid_$1\"" 2>/dev/null || status=$?
	cp "$root/w/$1.out" "$out"
	cp "$root/w/$1.err" "$err"
}

# kill_left - ends what a test's hooks left running: all that works beneath $root.  For at_exit.
kill_left() {
	find /proc/[0-9]*/cwd -maxdepth 0 -lname "$root/*" 2>/dev/null | cut -d / -f 3 | xargs -r kill -s KILL 2>/dev/null
}

# plain COMMAND... - as a plain user: the caller, or nobody when that is root.
plain() { if is_root; then as_nobody "$@"; else "$@"; fi; }

# free_port - to $port: one that nobody listens at.
free_port() {
	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 0
	done
}

# http PATH [OPTION...] - the HTTP status of a page at $port; the page itself to $root/w/page.
http() {
	page=$1
	shift
	curl -q -s -m 5 --noproxy '*' -o "$root/w/page" -w '%{http_code}' "$@" "http://127.0.0.1:$port$page"
}

# hosts_here - hosts of this machine, by any address: an ssh in PATH that runs the line here, with a
# root of its own for each address, in $root/w/hosts.  One in $root/w/off answers no more.
hosts_here() {
	mkdir -p "$root/w/ssh" "$root/w/off"
	cat >"$root/w/ssh/ssh" <<-END
		#!/bin/sh
		while [ "\$1" != -- ]; do shift; done
		[ ! -e $root/w/off/\$2 ] || { echo 'no route to host' >&2; exit 255; }
		home=$root/w/hosts/\$2
		mkdir -p "\$home/services" "\$home/tmp"
		ENSTRATUS_HOME=\$home ENSTRATUS_SERVICES_DIR=\$home/services ENSTRATUS_TMP_DIR=\$home/tmp exec sh -c "\$3"
	END
	chmod 755 "$root/w/ssh/ssh"
	PATH=$root/w/ssh:$PATH
}

# ---- installations that are cut off: two versions of an image, and what a service is of them

# make_versions - $root/old.zip and $root/new.zip, packed from the trees beside them: no file says or
# is the same in both, and each has one that the other lacks.
# shellcheck disable=SC2034 # persisting: used by those who source this
make_versions() {
	user=www-data
	is_root || user=$(id -un)
	persisting='data/db www/sub/mine mine/deep/file'
	for version in old new; do
		tree=$root/$version
		mkdir -p "$tree/bin" "$tree/cfg" "$tree/data" "$tree/www/sub" "$tree/app/only-$version"
		for file in bin/enstratus-start bin/enstratus-stop cfg/app.conf www/index.html www/a \
			www/sub/c app/run app/lib "app/only-$version/file"; do
			echo "$version $file" >"$tree/$file"
		done
		# More than one block, so that half a file would show.
		yes "$version" | head -n 5000 >"$tree/app/big"
		printf '[image]\nversion=%s\n[persist]\npaths=data,www/sub/mine,mine/deep\n' "$version" \
			>"$tree/image.ini"
	done
	echo "a longer line" >>"$root/new/www/a"
	chmod 755 "$root/new/app/run"
	chmod 600 "$root/old/app/lib"
	ln -s a "$root/old/www/current"
	ln -s sub/c "$root/new/www/current"
	find "$root/old" -type f -exec touch -d '2001-02-03 04:05:06' {} +
	for version in old new; do (cd "$root/$version" && zip -qry "$root/$version.zip" .); done
}

# install_version VERSION [OPTION...] - to its end, as a1.
install_version() {
	installed=$root/$1.zip
	shift
	run "$bin/installService" "$@" a1 c001 "$user" "$installed" && [ "$status" = 0 ]
}

# install_old - a service a1 of the old version, with what its operator and its hooks added to it.
added='data/db bin/mine www/sub/mine mine/deep/file'
install_old() {
	rm -rf "${services:?}/a1" "$services/.enstratus"
	install_version old || return 1
	mkdir -p "$services/a1/mine/deep"
	for file in $added; do
		echo "$file" >"$services/a1/$file"
		touch -d '2011-12-13 14:15:16' "$services/a1/$file"
	done
	ln -s index.html "$services/a1/www/mine"
	# It gives all of that to the account.
	install_version old
}

# inodes FILE... - of what was added: a database that runs goes on with the file that it has open.
inodes() { (cd "$services/a1" && stat -c '%i %n' "$@"); }

# manifest DIRECTORY - kinds, modes, owners, targets of links, times of files, content.
manifest() {
	(cd "$1" && find . -printf '%P %y %m %U:%G %l\n' -type f -printf '%P %s %T@\n' &&
		find . -type f -exec sha256sum {} +) | sort
}
# look - at a1 as it is now; is_as NAME - what look saw is what keep NAME kept.
look() { manifest "$services/a1" >"$root/w/now.manifest" 2>"$err"; }
keep() { look && cp "$root/w/now.manifest" "$root/w/$1.manifest"; }
is_as() { cmp -s "$root/w/now.manifest" "$root/w/$1.manifest"; }

# books - all that is beside the services, by name; but for images that are kept, and for what was
# done, which is noted when it is.
books() {
	(cd "$services" && find .enstratus -path '.enstratus/images/*' -prune -o \
		! -name history ! -name brief -printf '%y %P\n') | sort
}
keep_books() { books >"$root/w/$1.books"; }

# no_leftovers NAME - the books are those that keep_books kept; the images are those that some
# service goes back to, whole, and no others.
no_leftovers() {
	books | diff "$root/w/$1.books" - >"$out" || return 1
	[ -d "$services/.enstratus/images" ] || return 0
	(cd "$services/.enstratus" &&
		sed -n 's/^kept=//p' ./*/state 2>/dev/null | tr ',' '\n' | grep . | sort -u) >"$root/w/wanted"
	(cd "$services/.enstratus/images" && find . -type f -exec sha256sum {} + |
		awk '{ print $2 == "./" $1 ".zip" ? $1 : $2 }' | sort) | diff "$root/w/wanted" - >"$out"
}

# under_strace EXPRESSION LOG COMMAND... - with strace(1)'s expressions, blanks between them; on one
# processor, so that what unpacks has one thread and each run makes the same calls.
under_strace() (
	expressions=$1 log=$2
	shift 2
	set -f
	# shellcheck disable=SC2046,SC2086 # lists; and a sanitizer's leak check refuses to be traced
	ASAN_OPTIONS=detect_leaks=0 taskset -c "$processor" strace -f -qq -o "$log" \
		$(printf ' -e %s' $expressions) "$@"
)

# is_stopped PID - and stays so: strace stops a program for a moment at each of its calls.
moment_of() { grep -E '^State:|ctxt_switches' "/proc/$1/status" 2>/dev/null; }
is_stopped() {
	was=$(moment_of "$1")
	case $was in State:?[Tt]*) ;; *) return 1 ;; esac
	sleep 0.02
	[ "$was" = "$(moment_of "$1")" ]
}

# can_trace - strace(1) may trace and change calls here; the reason is in $err where it may not.
can_trace() {
	processor=$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')
	run under_strace 'trace=chdir inject=chdir:error=ENOSPC' /dev/null sh -c 'cd /'
	[ "$status" != 0 ] && grep -q "can't cd to /" "$err"
}

# ---- hosts of tests/lab, as the provisioning server reaches them, and any other by ssh

# on HOST PROGRAM ARGUMENT... - words without blanks only; standard input goes along.
# shellcheck disable=SC2029 # expanded here, on purpose
on() {
	host=$1
	shift
	ssh -F "$SSH_CONFIG" "$host" "/enstratus/bin/$*"
}
# there HOST COMMAND - a line for the host's shell.
# shellcheck disable=SC2029
there() { ssh -F "$SSH_CONFIG" "$1" "$2"; }
# send FILE HOST PATH
send() { there "$2" "cat >'$3'" <"$1"; }
# whole - the text on standard input, with the trailer that a connection needs.
whole() {
	text=$(cat)
	printf '%s\n# sha256 %s\n' "$text" "$(printf '%s\n' "$text" | sha256sum | cut -d ' ' -f 1)"
}
