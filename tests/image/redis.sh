#!/bin/sh
# SPDX-License-Identifier: MIT
# redis.sh - the redis image beyond the trial: its limits, its pid, and where its password is not.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2119
account=redis
. "$(dirname -- "$0")/lib.sh"

# A reader that has died is a failure of its own, not the end of this.
trap : PIPE

# What a path may have; the hooks are to take any.
services="$tmp/o'd\"d \$a;{b}=(c)&#"
svc=$services/a1234
install redis
free_port
redis=$port
odd="p'a\"s\\s\$w=o;d#% $(printf '\303\274')"
# What of it looks the same however it is quoted.
core='w=o;d#%'
# cfg PASSWORD [LINE...]
cfg() {
	word=$1
	shift
	printf '%s\n' '[enstratus]' "port.1.privatePort=$redis" serviceKeys=redis "serviceKey.redis.password=$word" '[custom]' listen=127.0.0.1 "$@"
}
# say PASSWORD COMMAND - what a client is answered; the password goes by a pipe.
say() {
	{
		[ -z "$1" ] || printf 'AUTH "%s"\n' "$(printf '%s\n' "$1" | sed 's/[\\"]/\\&/g')"
		echo "$2"
	} | redis-cli -p "$redis" 2>&1 | grep . | tail -n 1
}
# one STATUS WHAT PATTERN - a hook that has failed, in one line that has the pattern.
one() {
	is "$2" '1 1 1' "$1 $(wc -l <"$tmp/out") $(grep -c -e "$3" "$tmp/out")"
}

# ---- configure, start, check

cfg "$odd" | configure
is 'configure' '0 ' "$? $(cat "$tmp/out")"
yes 'start' hook start
pid=$(cat "$svc/run/redis.pid")
if [ "$(id -u)" = 0 ]; then
	is 'it is in no group of root' '' "$(awk '$1 == "Groups:" || $1 == "Gid:"' "/proc/$pid/status" | grep -w 0)"
fi
is 'it leads a session of its own' "$pid" "$(awk '{ print $6 }' "/proc/$pid/stat")"
is 'without the password' 'NOAUTH Authentication required.' "$(say '' PING)"
is 'with it' PONG "$(say "$odd" PING)"
is 'a value' OK "$(say "$odd" 'SET tea Oolong')"
cfg another maxMemory=64mb | configure
yes 'another password, and a start' hook start
is 'is the one' Oolong "$(say another 'GET tea')"
is 'the limit too' 67108864 "$(say another 'CONFIG GET maxmemory')"
no 'the former one is not' test PONG = "$(say "$odd" PING)"
is 'the password is for one pair of eyes' 600 "$(stat -c %a "$svc/cfg/.password.conf")"
is 'and in no file that a backup takes' '' "$(grep -rlF another "$svc/cfg/redis.conf" "$svc/run" "$svc/log" "$svc/data")"

# ---- what is refused

before=$(files)
for bad in 0 65536 x; do
	cfg p | sed "s/privatePort=.*/privatePort=$bad/" | configure
	one $? "port $bad is refused" 'port.1.privatePort: not a port number'
done
for bad in much 99999999999999999999 1tb; do
	cfg p "maxMemory=$bad" | configure
	one $? "maxMemory $bad" 'maxMemory: not a size'
done
for bad in here 999.1.1.1 192.0.2.1; do
	cfg p "listen=$bad" | configure
	one $? "listen at $bad" 'listen: '
done
is 'and no refusal has changed a file' "$before" "$(files)"
yes 'nor the server' hook check

# ---- another pid, other installations, the end

# A neighbour whose name begins alike.
cp "$svc/run/redis.pid" "$tmp/pid"
svc=$services/a123
install redis
mkdir -p "$svc/run"
cp "$tmp/pid" "$svc/run/redis.pid"
yes 'the stop of another service, with a pid that now is this one' hook stop
svc=$services/a1234
yes 'leaves it alone' hook check
rm -f "$svc/run/redis.pid"
yes 'without its pid it is found all the same' hook stop
is 'no process is left' '' "$(processes)"
yes 'start' hook start
install redis
# As the agent leaves files in cfg/.
chmod 770 "$svc"/cfg/redis.conf "$svc"/cfg/.password.conf
yes 'another installation over it' hook check
cfg another maxMemory=64mb | configure
is 'and configure closes what it has opened' '0 600' "$? $(stat -c %a "$svc/cfg/.password.conf")"
if [ "$(id -u)" = 0 ] && [ -z "$agent" ]; then
	for user in nobody $account; do
		cfg another maxMemory=64mb | sed "s/^port.1/runAsUser=$user\n&/" | configure
		is 'another account, by runAsUser, takes nothing from a server that runs' '0 OK' "$? $(say another "SET by $user")"
		yes 'start' hook start
		is 'it is the one' "$user $user" "$(stat -c %U "/proc/$(cat "$svc/run/redis.pid")") $(say another 'GET by')"
	done
fi
old=$redis
free_port
redis=$port
cfg another | sed "s/^port.1/port.443.privatePort=$old\nport.443.protocol=HTTPS\n&/" | configure
yes 'another port, the one that is not HTTPS' hook start
is 'is answered' Oolong "$(say another 'GET tea')"
yes 'stop' hook stop
rm "$svc/cfg/.password.conf"
hook start
one $? 'without its password it does not start' 'configure comes first'
cfg '' | configure
yes 'start without a password' hook start
is 'asks for none' Oolong "$(say '' 'GET tea')"
cfg "$odd" | configure
yes 'start with one' hook start
is 'asks for it' 'NOAUTH Authentication required.' "$(say '' 'GET tea')"

# ---- where passwords are not

pid=$(cat "$svc/run/redis.pid")
is 'no password is in an argument or the environment of the server' '' \
	"$(grep -lF -e "$core" "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null)"
if strace -o "$tmp/exec" true 2>/dev/null; then
	(umask 077 && cfg "${odd}2" >"$svc/cfg/enstratus.cfg")
	# traced HOOK [ARG...] - a hook; all that it executes, with arguments and environment, to $tmp/exec.
	traced() {
		name=$1
		shift
		(
			cd "$svc" || exit 1
			exec env -i "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$tmp/bin" \
				strace -f -qq -v -s 9999 -e trace=execve -o "$tmp/exec" "$svc/bin/enstratus-$name" a1234 "$@"
		) </dev/null >"$tmp/out" 2>&1
	}
	yes 'configure, traced' traced configure "$svc/cfg/enstratus.cfg"
	rm -f "$svc/cfg/enstratus.cfg"
	yes 'what it executes is seen' grep -q 'enstratusCfg.*serviceKey.redis.password' "$tmp/exec"
	is 'no password is in an argument or the environment there' 0 "$(grep -cF -e "$core" "$tmp/exec")"
	yes 'start' hook start
	yes 'check, traced' traced check
	is 'nor here' 0 "$(grep -cF -e "$core" "$tmp/exec")"
else
	echo 'skipped: what the hooks execute, for strace(1) cannot trace here'
fi
yes 'stop for good' hook stop
is 'no process is left at the end' '' "$(processes)"
is 'no password is in any output, log or other file' "$svc/cfg/.password.conf" "$(grep -rlF -e "$core" "$tmp/all" "$services")"
is 'no temporary name is left' '' "$(find "$services" -name '*.new')"
