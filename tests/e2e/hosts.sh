#!/bin/sh
# SPDX-License-Identifier: MIT
# hosts.sh - hosts that refuse what others give: volumes that are noexec or read-only, kernels and
# filters without new system calls, images that cannot be read, memory that is not to be had.
# shellcheck disable=SC2016 # single quotes: for an inner shell
# By root it has mounts of its own, which end with it.
if [ "$(id -u)" = 0 ] && [ -z "${own_mounts:-}" ] && unshare -m true 2>/dev/null; then
	exec env own_mounts=yes unshare -m -- "$0"
fi
. "$(dirname "$0")/lib.sh"

w=$root/w
user=$(id -un)
image=$images/static-site.zip
echo 'name=x' >"$w/cfg"

# ---- volumes

hooks() {
	printf '#!/bin/sh\necho BROKEN\n' | hook a1 enstratus-check
	printf '#!/bin/sh\necho up\n' | hook a1 enstratus-start
	printf '#!/bin/sh\necho down\n' | hook a1 enstratus-stop
	printf '#!/bin/sh\ncat cfg/enstratus.cfg\n' | hook a1 enstratus-configure
}
if [ -z "${own_mounts:-}" ]; then
	skip 'volumes that are noexec or read-only' 'needs root and mount namespaces'
else
	at_exit 'umount -l "$services" 2>/dev/null'
	mount -t tmpfs -o noexec none "$services"
	hooks
	expect 'noexec: check' 0 "$bin/checkService" a1
	check 'noexec: check: is no OK, and why' grep -q '^UNKNOWN: .*noexec' "$out"
	expect 'noexec: start' 10 "$bin/startService" a1
	says 'noexec: start' "hook 'bin/enstratus-start' cannot be run: its file system is mounted noexec"

	mount -o remount,exec "$services"
	expect 'a run before' 0 "$bin/startService" --generation 1 a1
	mount -o remount,ro "$services"
	expect 'read-only: stop' 0 "$bin/stopService" a1
	expect 'read-only: check' 0 "$bin/checkService" a1
	same 'read-only: check: the state' BROKEN "$(cat "$out")"
	expect 'read-only: a generation' 0 "$bin/stopService" --generation 2 a1
	says 'read-only: a generation' 'generation 2 is not remembered: the file system is read-only'
	expect 'read-only: an older one' 76 "$bin/stopService" --generation 0 a1
	# Nobody can write, but two commands still do not run at once.
	exec 4<"$services/.enstratus/a1/lock"
	flock -n 4
	expect 'read-only: busy' 75 "$bin/stopService" a1
	exec 4<&-
	mount -o remount,rw "$services"
	rm -rf "$services/.enstratus"
	mount -o remount,ro "$services"
	expect 'read-only, without books: stop' 0 "$bin/stopService" a1
	exec 4<"$services/a1"
	flock -n 4
	expect 'read-only, without books: busy' 75 "$bin/stopService" a1
	exec 4<&-
	umount "$services"
fi

# ---- system calls that a container's filter or an older kernel refuses

if ! can_trace; then
	skip 'refused system calls' "strace cannot trace here: $(head -n 1 "$err")"
	exit 0
fi
hooks
for code in EPERM ENOSYS; do
	refused="trace=openat2,close_range,faccessat2 inject=openat2,close_range,faccessat2:error=$code"
	for command in "startService a1" "checkService a1" "stopService a1" "installService n1 c1 $user $image" \
		"verifyService n1" "configureService --config $w/cfg $user c1 a1"; do
		# shellcheck disable=SC2086 # a list
		run under_strace "$refused" "$w/trace" "$bin/"$command
		same "$code: $command" 0 "$status"
		check_not "$code: $command: nothing is done without" grep -q 'warning: no ' "$err"
		check "$code: $command: some were refused" grep -q "$code.*INJECTED" "$w/trace"
	done
	rm -rf "${services:?}/n1"
done
# The call that hides descriptors is done without: none reaches a hook.
printf '#!/bin/sh\nls /proc/self/fd | tr "\\n" " "\n' | hook a1 enstratus-start
exec 7<"$w/cfg"
run under_strace 'trace=close_range inject=close_range:error=ENOSYS' /dev/null "$bin/startService" a1
says 'descriptors of a hook, without close_range' 'enstratus-start: 0 1 2 3 $'
exec 7<&-

# ---- an image that cannot be read is no bad one

# unreadable SUFFIX - each read of it, one at a time.
unreadable() {
	n=0
	while [ $n -lt 200 ]; do
		n=$((n + 1))
		taskset -c "$processor" strace -f -qq -o "$w/trace" -P "$w/image.$1" -e "trace=read,pread64,mmap" \
			-e "inject=read,pread64:error=EIO:when=$n" "$bin/installService" --dry-run a2 c1 "$user" "$w/image.$1" \
			>"$out" 2>"$err"
		status=$?
		[ $status != 0 ] || break
		case $status in
		20 | 74) ;;
		*) fail "$1: read $n fails: status $status"; return ;;
		esac
		grep -q 'Input/output error' "$err" || { fail "$1: read $n fails: no reason"; return; }
	done
	check "$1: each of $n reads" test $n -gt 1 -a $n -lt 200
}
cp "$image" "$w/image.zip"
mkdir "$w/tree"
unzip -q "$image" -d "$w/tree"
tar -czf "$w/image.tar.gz" -C "$w/tree" .
tar -cjf "$w/image.tar.bz2" -C "$w/tree" .
for suffix in zip tar.gz tar.bz2; do unreadable $suffix; done

# ---- memory that is not to be had: one message, and nothing is left

# left_by - what is left of a run; next_command ends what was cut off, and removes a stage.
left_by() {
	find "$services"/a?/cfg "$services/.enstratus" "$ENSTRATUS_RUN_DIR" -mindepth 1 \( -name enstratus.cfg -o \
		-name '.copy.*' -o -name delivered -o -path '*/.stage/*' -o -path "$ENSTRATUS_RUN_DIR/*" \) 2>/dev/null
}
# starved NAME COMMAND... - each allocation fails, one at a time.
starved() {
	name=$1
	shift
	STARVE_AT=0 STARVED=$w/starved
	export STARVE_AT STARVED
	while [ $STARVE_AT -lt 2000 ]; do
		STARVE_AT=$((STARVE_AT + 1))
		rm -f "$STARVED"
		run env LD_PRELOAD="$build/tests/starved.so" "$@" <"$w/secrets"
		[ -e "$STARVED" ] || break
		case $status in
		0) ;; # it can be done without
		70 | 71)
			lines_with "$err" 'error: '
			[ "$count" = 1 ] || { fail "$name: allocation $STARVE_AT fails: no reason"; return; }
			;;
		1 | 139) # libarchive uses what it could not get, or gives up
			case $name in tar*) ;; *) fail "$name: allocation $STARVE_AT fails: status $status"; return ;; esac
			;;
		*) fail "$name: allocation $STARVE_AT fails: status $status"; return ;;
		esac
		left=$(left_by)
		[ -z "$left" ] || { next_command && left=$(left_by); }
		[ -z "$left" ] || { fail "$name: allocation $STARVE_AT fails, status $status: left: $left"; return; }
	done
	check_not "$name: no secret is left" holds starved-secret "$services" "$ENSTRATUS_RUN_DIR"
	check "$name: each of $STARVE_AT allocations" test $STARVE_AT -gt 5 -a $STARVE_AT -lt 2000 -a "$status" = 0
}
printf '%s\n' name=x dataSources=x dataSource.x.servicePassword=starved-secret >"$w/secrets"
if grep -q __asan_init "$bin/installService"; then
	skip 'a lack of memory' 'the sanitizer has an allocator of its own'
else
	next_command() { "$bin/installService" a2 c1 "$user" "$w/image.zip" >"$w/next" 2>&1; }
	for suffix in zip tar.gz tar.bz2; do
		starved $suffix "$bin/installService" --dry-run a2 c1 "$user" "$w/image.$suffix"
	done
	starved install "$bin/installService" a2 c1 "$user" "$w/image.zip"
	next_command() { "$bin/checkService" a1 >"$w/next" 2>&1; }
	hooks
	starved check "$build/tests/dynamic/checkService" a1
	starved configure "$build/tests/dynamic/configureService" --config "$w/secrets" "$user" c1 a1
fi
