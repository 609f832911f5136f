#!/bin/sh
# SPDX-License-Identifier: MIT
# provision.sh - five hosts of the lab, each with its sshd, and one deployment: from images to a page,
# scaled, a host lost and recovered, killed at random moments, and down until nothing is left.
# shellcheck disable=SC2016 # single quotes: for a shell there
[ "${1:-}" = inside ] || exec "$(dirname "$0")/../in-lab" 5 "$(readlink -f "$0")"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

marker=SECRET-$(od -An -N 8 -tx1 /dev/urandom | tr -d ' \n')
w=$root/w
mkdir -p "$w/secrets"
(umask 077 && echo "$marker'a\"b\\c;d=e%admin" >"$w/secrets/admin" && echo "$marker'a\"b\\c;d=e%blog" >"$w/secrets/blog")
# The sample itself, with the images and secrets of this test.
sed -e "s|\.\./\.\./build/images|$images|" -e "/^\[deployment\]/a ssh-config = $SSH_CONFIG" \
	-e 's/^recovery-delay.*/recovery-delay = 1/' samples/deployments/blog.ini >"$w/blog.ini"
there h2 "printf '[proxy]\nproxy = haproxy\nproxy-config = /mnt/services/front/cfg/haproxy.cfg\nproxy-pid = /mnt/services/front/run/haproxy.pid\n' >/enstratus/cfg/agent.cfg"
provision() { "$bin/provision" --state "$w/state" --seed 1 "$@"; }
get() { curl -q -s -m 20 --noproxy '*' -o "$w/page" -w '%{http_code}' -H 'Host: blog.example' "http://10.77.0.2$1"; }
answers() { [ "$(get /wp-admin/install.php)" = 200 ]; }
# state_of - how all stands, without what differs from run to run.
state_of() { provision status | awk '{ print $1, $2 }' | sort; }

# ---- what is refused

expect 'the file has no mistake' 0 provision check "$w/blog.ini"
sed -e 's/^tier = web/tier = wbe/' -e 's/^min = 2/min = two/' -e 's/^password = file/password = secret/' -e 's/^\[tier front\]/[tyre front]/' \
	"$w/blog.ini" >"$w/bad.ini"
expect 'one with mistakes' 65 provision check "$w/bad.ini"
for pattern in 'there is no \[tier wbe\]' 'min: .two|min.*two' 'no secret' 'no section \[tyre front\]' 'there is no \[tier front\]'; do
	says 'all are told' "^$w/bad.ini:[0-9]+: .*($pattern)"
done
expect 'without a deployment' 69 provision status
expect 'a plan' 0 provision plan "$w/blog.ini"
check 'tells of the grant' grep -q 'grantDatabaseAccess db: blog is used from 10.77.0.3,10.77.0.4' "$out"
check_not 'a plan keeps nothing' test -e "$w/state"

# ---- up

expect 'up' 0 provision up "$w/blog.ini"
order=$(grep -o -e 'web-1 (h3): [a-zA-Z]*' -e 'db-1 (h1): grant[a-zA-Z]*' -e 'front-1 (h2): startProxy' "$out" | sed 's/.*: //' | uniq | tr '\n' ' ')
same 'in the order of events' 'installService configureService stopService startService checkService startProxy grantDatabaseAccess checkService ' "$order"
check 'the blog answers' wait_until 60 answers
undisturbed=$(state_of)
same 'all run' 4 "$(printf '%s\n' "$undisturbed" | grep -c RUNNING)"
expect 'up again' 0 provision up
same 'does nothing, and says so' 'nothing is to be done' "$(cat "$out")"
expect 'change' 0 provision change
same 'neither does change' 'nothing is to be done' "$(cat "$out")"
run provision plan
same 'nor is anything planned' 'nothing is to be done' "$(cat "$out")"
check_not 'no secret is in the state' grep -qaF "$marker" "$w/state"

expect 'a plan as JSON' 0 provision --json plan
check 'is one document' python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["steps"] == []' "$out"
expect 'ssh to a server' 0 provision ssh web-1 hostname
same 'is there' h3 "$(cat "$out")"
expect 'ssh to a host' 0 provision ssh h5 -- sh -c 'echo "$1 $0"' 'a b' "it's"
same 'with words as they are' "it's a b" "$(cat "$out")"
expect 'to one that is not there' 1 provision ssh h9
expect 'watch, for two rounds' 0 provision watch --rounds 2
same 'asks once an interval' 1 "$(grep -c '^web: ' "$out")"
check 'does nothing more' grep -q '^0 servers started, 0 ended$' "$out"
check 'and sends nothing' grep -q '^0 configurations sent' "$out"

# ---- a password changes, while somebody reads and somebody else looks at every process

(umask 077 && echo "$marker'another" >"$w/secrets/blog")
(
	while [ ! -e "$w/enough" ]; do
		get /wp-admin/install.php
		echo
	done >"$w/answers"
) &
reader=$!
# Of whatever runs on this machine: all hosts of the lab are there.
(
	while [ ! -e "$w/enough" ]; do
		grep -la "$marker" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null
	done >"$w/seen"
) &
looker=$!
expect 'change' 0 provision change
same 'those that use it are told, one after the other' \
	'db-1: grantDatabaseAccess web-1: configureService startService web-2: configureService startService db-1: grantDatabaseAccess ' \
	"$(sed -n 's/ (h[0-9]): \(configureService\|startService\|grantDatabaseAccess\) .*/ \1/p' "$out" | awk '$1 != last { printf "%s: ", $1; last = $1 } { printf "%s ", $2 }')"
: >"$w/enough"
wait $reader $looker
same 'the page has answered throughout' 200 "$(sort -u "$w/answers")"
check_not 'and was asked' test ! -s "$w/answers"
same 'no process was given a secret as a word or in its environment' '' "$(cat "$w/seen")"

# ---- all servers are asked

expect 'status, of those that are asked' 0 provision status --observe
same 'all are OK' 4 "$(grep -c '^  .* OK ' "$out")"
there h4 '/enstratus/bin/stopService blog' >/dev/null
run provision status --observe
same 'one that was stopped by hand is told' '69 1' "$status $(grep -c ' DOWN ' "$out")"
there h4 '/enstratus/bin/startService blog' >/dev/null
mv "$images/wordpress.zip" "$images/away.zip"
expect 'without an image there is a status all the same' 0 provision status
run provision up
same 'but no more' 65 "$status"
mv "$images/away.zip" "$images/wordpress.zip"

# ---- a watch takes its file up again

cp "$w/blog.ini" "$w/before.ini"
"$bin/provision" --state "$w/state" --seed 1 watch "$w/blog.ini" >"$w/watch.out" 2>"$w/watch.err" &
watching=$!
begun() { grep -q '^web: ' "$w/watch.out"; }
check 'a watch asks' wait_until 60 begun
sed 's/^tier = web/tier = wbe/' "$w/before.ini" >"$w/blog.ini"
told() { grep -q 'what it was before is kept' "$w/watch.err"; }
check 'of a file with mistakes it tells' wait_until 60 told
check 'all of them' grep -q "^$w/blog.ini:[0-9]*: .*there is no \[tier wbe\]" "$w/watch.err"
sed '/^\[tier web\]/,/^$/s/^min = 2/min = 3/' "$w/before.ini" >"$w/blog.ini"
three() { [ "$(provision status --json | grep -o '"tier":"web","state":"RUNNING"' | wc -l)" = 3 ]; }
check 'a good one is taken up' wait_until 120 three
(umask 077 && echo "$marker'a third" >"$w/secrets/blog")
third() { grep -q 'access_granted blog to' "$w/events" 2>/dev/null; provision events | tail -n 3 >"$w/events"; grep -q access_granted "$w/events"; }
check 'another secret too' wait_until 120 third
check 'and the watch goes on' kill -s TERM $watching
status=0
wait $watching || status=$?
same 'until a signal' 0 "$status"
cp "$w/before.ini" "$w/blog.ini"
expect 'and what it was before again' 0 provision up "$w/blog.ini"
expect 'scale in' 0 provision scale web 2

# ---- scaled

expect 'scale out' 0 provision scale web 3
same 'and it serves' 3 "$(provision status --json | grep -o '"tier":"web","state":"RUNNING"' | wc -l)"
check_not 'the others are not configured again' grep -q 'web-[12] .*configureService' "$out"
check 'the blog answers with three' answers
expect 'over its max' 1 provision scale web 4
expect 'scale in' 0 provision scale web 2
same 'in the order of events' 'stopProxy stopService revokeDatabaseAccess terminate removeService destroy grantDatabaseAccess ' \
	"$(sed 's/.*): //; s/ .*//' "$out" | tr '\n' ' ')"
check 'the blog answers with two' answers

# ---- votes

for host in h3 h4 h5; do there $host 'printf "#!/bin/sh\necho 1\n" >/enstratus/custom/bin/scaleCheck; chmod 755 /enstratus/custom/bin/scaleCheck'; done
expect 'a vote' 0 provision vote
check 'is counted' grep -q '^web: 2 servers, 2 for more, 0 for fewer: 3$' "$out"
for host in h3 h4 h5; do there $host 'printf "#!/bin/sh\nexit 255\n" >/enstratus/custom/bin/scaleCheck'; done
expect 'a vote for fewer' 0 provision vote
check 'is no lost connection' grep -q '^web: 3 servers, 0 for more, 3 for fewer: 2$' "$out"
for host in h3 h4 h5; do there $host 'printf "#!/bin/sh\necho 0\n" >/enstratus/custom/bin/scaleCheck'; done

# ---- a host is lost

victim=$(provision status --json | grep -o '"id":"web-[0-9]*","tier":"web","state":"RUNNING","address":"10.77.0.[0-9]' | tail -n 1)
host=h${victim##*.}
"$LAB" off "$host"
lost() { provision vote >"$out" 2>"$err" && grep -q 'checkService blog' "$out" && grep -q "web-[0-9]* ($host): destroy" "$out"; }
check 'a host that is off is recovered' wait_until 60 lost
check 'the blog answers without it' answers
same 'there are as many as before' 2 "$(provision status --json | grep -o '"tier":"web","state":"RUNNING"' | wc -l)"
"$LAB" on "$host"

# ---- a backup

expect 'a backup' 0 provision backup
check 'of the data source' test -s "$(find "$w/blog.backups" -name 'blog-2*.gz')"
same 'nothing else is left' 0 "$(find "$w/blog.backups" -name '*.part' | wc -l)"

# ---- two operators

mkfifo "$w/hold"
flock "$w/state.lock" cat "$w/hold" &
exec 9>"$w/hold"
expect 'while another one works' 75 provision --wait 1 change
says 'it says for whom it waits' 'waiting for .*provision, pid'
exec 9>&-
wait

# ---- down

expect 'down' 0 provision down
same 'nothing runs' '' "$(state_of)"
for h in $LAB_HOSTS; do
	[ "$h" != "$host" ] || continue
	same "no service is on $h" '' "$(there "$h" 'ls /mnt/services')"
	same "no secret is in any file of $h" '' "$(there "$h" "grep -rlaF '$marker' /mnt /run /tmp /dev/shm /var/log /enstratus /etc 2>/dev/null")"
	same "no image waits on $h" '' "$(there "$h" 'ls -A /mnt/tmp/files 2>/dev/null')"
done
