#!/bin/sh
# SPDX-License-Identifier: MIT
# memory.sh - what the memory of configureService, its keeper and its guardian holds: the secret while it is
# needed, then nothing of it, anywhere.
# shellcheck disable=SC2016,SC2154 # single quotes: for an inner shell; begin sets pid_NAME
. "$(dirname "$0")/lib.sh"
at_exit kill_left

if ! is_root; then
	skip 'the memory of a process' 'its own is closed to all but root'
	exit 0
elif ! can_trace; then
	skip 'the memory of a process' "$(cat "$err")"
	exit 0
fi
w=$root/w
faults=$build/tests/faults
seen=$root/seen
mkdir -m 777 "$seen"
user=www-data
has() { test -s "$seen/$1"; }
marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
private=$(mktemp -d "${TMPDIR:-/tmp}/agent-test.$$.XXXXXX") || exit 1
at_exit 'rm -rf "$private"'
# As many ways through the program as there are: quotes, blanks, a custom line, a second value.
printf '%s\n' name=Shop dataSources=x "dataSource.x.servicePassword= \"$marker\" " serviceKeys=k \
	"serviceKey.k.password=$marker/and+more" '[custom]' "token=$marker-custom" "export LINE=\"$marker\"" >"$private/cfg"
openssl genpkey -algorithm ed25519 2>/dev/null | sed "s/^M/$marker/" >"$private/key"
hook a1 enstratus-configure <<'END'
#!/bin/sh
cat "$2"
echo $PPID >../../seen/keeper
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
while [ -e ../../seen/wait ]; do sleep 0.01; done
END
# configure [WRAPPER...] - the key file is used up each time.
configure() {
	for file in cert key; do cp "$private/key" "$private/$file.pem"; done
	"$@" "$bin/configureService" --wait 20 --config - "$user" c1 a1 shop.example "$private/cert.pem" "$private/key.pem" <"$private/cfg"
}
# holds TEXT PID - in its memory, which is told in $w/found.
memory_holds() { ! "$faults" memory "$1" "$2" >"$w/found"; }

expect 'a whole run' 0 configure
rm -f "$seen/agent"

# ---- while the hook runs: the agent has it, and the keeper, whose memory is the agent's own; the
# guardian has not

: >"$seen/wait"
begin running configure
check 'the hook runs' wait_until 60 has agent
agent=$(cat "$seen/agent")
helpers=$(helpers_of "$bin/configureService" "$agent")
same 'there are a guardian and a keeper' 2 "$(echo "$helpers" | wc -w)"
check 'the agent holds the secret while the hook runs' memory_holds "$marker" "$agent"
guardian=$(guardian_of "$bin/configureService" "$agent" "$(cat "$seen/keeper")")
check_not 'the guardian does not' memory_holds "$marker" "$guardian"
check 'its memory can be searched' memory_holds enstratus-configure "$guardian"
rm "$seen/wait"
end running
same 'the run' 0 "$status"

# ---- stopped before the wipe, and at each of the last calls that close something

# stop_at CALL NUMBER - runs it until that call, and leaves its pid in $agent.
stop_at() {
	strace -qq -o "$w/trace" -e trace="$1" -e "inject=$1:signal=SIGSTOP:when=$2" "$bin/configureService" \
		--wait 20 --config - "$user" c1 a1 shop.example "$private/cert.pem" "$private/key.pem" <"$private/cfg" &
	tracer=$!
	at_exit "kill -s KILL $tracer 2>/dev/null"
	agent=
	wait_until 60 stopped
}
stopped() {
	agent=$(ps -o pid= --ppid "$tracer" | tr -d ' ' | head -n 1)
	[ -n "$agent" ] && is_stopped "$agent"
}
# end_it - and one whole run more: what was killed makes the next one do more, and so close more.
end_it() {
	kill -s KILL "$agent" "$tracer" 2>/dev/null
	wait "$tracer" 2>/dev/null
	run configure
	for file in cert key; do cp "$private/key" "$private/$file.pem"; done
}
configure strace -qq -o "$private/calls" -e trace=close,munmap,pwrite64 2>/dev/null
n_closes=$(grep -c '^close' "$private/calls")
check 'a run closes some descriptors' test "$n_closes" -gt 10

# Before it: the first overwriting.
for file in cert key; do cp "$private/key" "$private/$file.pem"; done
stop_at pwrite64 2 2>"$w/ignored"
check 'stopped before the wipe' stopped
check 'before the wipe it holds the secret' memory_holds "$marker" "$agent"
end_it
for back in 0 1 2; do
	stop_at close $((n_closes - back)) 2>"$w/ignored"
	check "stopped $back before the last close" stopped
	check_not "$back before the last close: no secret" memory_holds "$marker" "$agent"
	[ ! -s "$w/found" ] || cat "$w/found"
	check "$back before the last close: its memory can be searched" memory_holds configureService "$agent"
	end_it
done
