#!/bin/sh
# SPDX-License-Identifier: MIT
# ssh.sh - the main job over a real SSH connection, as a provisioning server does it; lost ones too.
# shellcheck disable=SC2016 # single quotes: for another shell
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ssh_dir=$root/ssh
if ! tests/sshd start "$ssh_dir" 2>"$err"; then
	skip 'all over ssh' "$(tail -n 1 "$err")"
	exit 0
fi
at_exit kill_left
at_exit "tests/sshd stop '$ssh_dir'"

seen=$root/seen
mkdir "$seen"
chmod 777 "$seen"
has() { test -s "$seen/$1"; }
user=$(id -un)
! is_root || user=www-data
client="ssh -F $ssh_dir/ssh_config host"
# What the host would have in /etc: where things are.  No secret is ever among it.
there="env ENSTRATUS_HOME=$ENSTRATUS_HOME ENSTRATUS_SERVICES_DIR=$services ENSTRATUS_TMP_DIR=$ENSTRATUS_TMP_DIR ENSTRATUS_RUN_DIR=$ENSTRATUS_RUN_DIR"
# remote PROGRAM ARGUMENT... - words without blanks only; standard input goes along.
# shellcheck disable=SC2029 # expanded here, on purpose
remote() { $client "$there $bin/$*"; }

marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
free_port
# site PASSWORD [LINE...] - a configuration with its trailer; the password is in no file and no argument.
site() {
	printf '%s\n' '[enstratus]' "port.80.privatePort=$port" serviceKeys=site serviceKey.site.user=visitor \
		"serviceKey.site.password=$marker-$1" '[custom]' listen=127.0.0.1 | whole
}
configure_site() { site "$1" | remote configureService --config - "$user" c1 web; }
clean() { check_not "$1: nothing of the secret stays" holds "$marker" "$root" "$shm"; }

# ---- the walk

expect 'install' 0 remote installService web c1 "$user" "$images/static-site.zip"
check 'install: the type, on stdout' grep -qx 'Service is of type: .*' "$out"
expect 'configure' 0 configure_site first
check 'configure: nothing on stdout' test ! -s "$out"
clean 'configure'
expect 'stop before the first start' 0 remote stopService web
expect 'start' 0 remote startService web
expect 'check' 0 remote checkService web
same 'check: the state is all of stdout' OK "$(cat "$out")"
same 'the page' 200 "$(http /)"
check 'the page is the one of the image' cmp -s "$root/w/page" service-images/static-site/www/index.html
same 'the protected page without a password' 401 "$(http /private/)"
same 'the protected page' 200 "$(http /private/ -u "visitor:$marker-first")"
expect 'configure again' 0 configure_site second
clean 'configure again'
expect 'start again' 0 remote startService web
same 'the old password' 401 "$(http /private/ -u "visitor:$marker-first")"
same 'the new password' 200 "$(http /private/ -u "visitor:$marker-second")"
expect 'stop' 0 remote stopService web
same 'no page any more' 000 "$(http /)"
expect 'check after stop' 0 remote checkService web
check 'check after stop: impaired' grep -q '^DOWN' "$out"

# ---- sealed: all that goes over the wire is recorded, and shows nothing

remote agentKeys >"$root/w/host.pub"
"$bin/agentKeys" -q --signer "$root/w/server.key" >/dev/null
mkdir -p "$ENSTRATUS_HOME/keys/signers"
cp "$root/w/server.key.pub" "$ENSTRATUS_HOME/keys/signers/server.pub"
seal_site() { site "$1" | "$bin/sealConfig" --to "$root/w/host.pub" --sign "$root/w/server.key" web; }
configure_sealed() { seal_site third | tee "$root/w/recorded" | remote configureService --sealed --config - "$user" c1 web; }
expect 'configure, sealed' 0 configure_sealed
check_not 'sealed: what was sent shows nothing of the secret' grep -q "$marker" "$root/w/recorded"
again() { remote configureService --sealed --config - "$user" c1 web <"$root/w/recorded"; }
expect 'sealed: sent again by whoever recorded it' 76 again
clean 'configure, sealed'
expect 'start with it' 0 remote startService web
same 'sealed: the new password' 200 "$(http /private/ -u "visitor:$marker-third")"
expect 'stop it' 0 remote stopService web

# ---- the exit status comes through

printf '#!/bin/sh\nexit 42\n' | hook answer enstratus-start
expect "a hook's status" 42 remote startService answer
expect 'no hook' 10 remote stopService answer
expect 'no service' 66 remote startService nowhere
garbage() { { echo garbage; printf '# sha256 %s\n' "$(echo garbage | sha256sum | cut -d ' ' -f 1)"; } | remote configureService --config - "$user" c1 web; }
expect 'a configuration that is none' 65 garbage
no_trailer() { echo name=x | remote configureService --config - "$user" c1 web; }
expect 'no trailer' 76 no_trailer
expect 'too few arguments' 1 remote startService

hook busy enstratus-start <<'END'
#!/bin/sh
echo $$ >../../seen/busy
until [ -e ../../seen/go ]; do sleep 0.02; done
END
printf '#!/bin/sh\n' | hook busy enstratus-stop
begin busy remote startService busy
check 'busy: the hook runs' wait_until 60 has busy
expect 'busy' 75 remote stopService busy
touch "$seen/go"
end busy
same 'the holder ends' 0 "$status"
rm "$seen"/*

# ---- what a hook leaves running does not hold the connection

hook daemon enstratus-start <<'END'
#!/bin/sh
sleep 300 &
echo $! >../../seen/daemon
END
# shellcheck disable=SC2086 # $client is several words
patient() { timeout -s KILL 10 $client "$there $bin/startService daemon"; }
expect 'a daemon that keeps its output' 0 patient
daemon=$(cat "$seen/daemon")
check_not 'the daemon lives on' gone "$daemon"
kill "$daemon"

# ---- the connection is lost

# server_of PID - the sshd that serves the connection in which PID was started.
server_of() {
	above=$1
	while [ "$above" -gt 1 ]; do
		above=$(awk '$1 == "PPid:" { print $2 }' "/proc/$above/status")
		case $(cat "/proc/$above/comm") in sshd*) echo "$above" && return ;; esac
	done
}
hook lost enstratus-configure <<'END'
#!/bin/sh
grep assword "$2"
echo $(cut -d " " -f 4 /proc/$PPID/stat) >../../seen/agent
until [ -e ../../seen/go ]; do sleep 0.02; done
seq 1 20000
grep assword "$2"
grep -c assword "$2" >../../seen/finished
END
site third | $client "$there $bin/configureService --config - $user c1 lost; echo \$? >$seen/status" >"$out" 2>"$err" &
connection=$!
check 'lost in configure: the hook runs' wait_until 60 has agent
agent=$(cat "$seen/agent")
server=$(server_of "$agent")
check 'lost in configure: the secret is there meanwhile' holds "$marker" "$shm"
kill -s KILL "$connection"
wait "$connection" 2>/dev/null
check 'lost in configure: the server sees it' wait_until 60 gone "$server"
check_not 'lost in configure: the agent goes on' gone "$agent"
touch "$seen/go"
check 'lost in configure: the run comes to its end' wait_until 60 has status
same 'lost in configure: its status' 0 "$(cat "$seen/status")"
same 'lost in configure: the hook could read to the end' 1 "$(cat "$seen/finished")"
clean 'lost in configure'
check 'lost in configure: no directory of a run' test -z "$(find "$ENSTRATUS_RUN_DIR" -mindepth 1)"
rm "$seen"/*

hook cut enstratus-configure <<'END'
#!/bin/sh
echo run >../../seen/run
END
mkfifo "$root/w/half"
before=$(cd "$services/cut" && find . -printf '%p %m %T@\n')
$client "echo here >$seen/here; $there $bin/configureService --config - $user c1 cut; echo \$? >$seen/status" <"$root/w/half" >"$out" 2>"$err" &
connection=$!
exec 8>"$root/w/half"
site fourth | head -c 100 >&8
check 'cut in sending: the command runs' wait_until 60 has here
check 'cut in sending: it waits for the rest' test ! -e "$seen/status"
kill -s KILL "$connection"
wait "$connection" 2>/dev/null
exec 8>&-
check 'cut in sending: the agent ends' wait_until 60 has status
same 'cut in sending: its status' 76 "$(cat "$seen/status")"
check 'cut in sending: the hook was not run' test ! -e "$seen/run"
same 'cut in sending: nothing has changed' "$before" "$(cd "$services/cut" && find . -printf '%p %m %T@\n')"
clean 'cut in sending'

# ---- a key that lets in one program at a time

# only OPTIONS - what the key is good for from now on; as samples/authorized_keys has it.
only() {
	printf 'restrict,command="%s %s/agentShell %s" %s\n' "$there" "$bin" "$1" "$(cat "$ssh_dir/user_key.pub")" >"$ssh_dir/authorized_keys"
}
# shellcheck disable=SC2029
asked() { $client "$1"; }
only 'shop'
expect 'a program of the agent comes in' 0 asked "/enstratus/bin/checkService 'web'"
check 'and answers' test -s "$out"
text=$(site third | tr '\n' '~')
expect 'so does a configuration' 0 sh -c 'printf "%s" "$1" | tr "~" "\n" | $2 "configureService --config - $3 c1 web"' - "$text" "$client" "$user"
for line in 'sh -c id' 'checkService web; id' 'checkService $(id)' 'secureDelete /etc/passwd' 'agentShell web' '' '../../../bin/sh'; do
	run asked "$line"
	check "'$line' does not" test "$status" = 77 -o "$status" = 1
	check_not "'$line' runs nothing" grep -q 'uid=' "$out"
done
only '--services web,other blog'
expect 'a service of the key' 0 asked 'checkService web'
for line in 'checkService a1' 'configureService --config web c u a1' 'terminate' 'listServices'; do
	expect "'$line' is not for it" 77 asked "$line"
done
only '--verbs checkService blog'
expect 'a program that is not for it' 77 asked 'stopService web'
audit=$ENSTRATUS_TMP_DIR/agentShell.log
check 'each is a line of audit' grep -qE '^20[0-9T:-]+Z from=127\.0\.0\.1 key=blog verb=stopService service=- refused: ' "$audit"
check 'those that were let in too' grep -qE 'key=shop verb=configureService service=web allowed$' "$audit"
check_not 'with no argument' grep -q -e "$marker" -e 'uid=' "$audit"
