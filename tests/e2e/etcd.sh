#!/bin/sh
# SPDX-License-Identifier: MIT
# etcd.sh - the state of provision in a real etcd: three members, one of them killed, two operators, a
# login, a lease that runs out.
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip 'the whole' 'hooks of other accounts need root'
	exit 0
fi
w=$root/w
mkdir -p "$w/pids"
hosts_here
mkdir -p "$w/image/bin" "$w/image/cfg"
for hook in configure start stop; do printf '#!/bin/sh\n[ ! -e %s/slow ] || sleep 1\nexit 0\n' "$w" >"$w/image/bin/enstratus-$hook"; done
(cd "$w/image" && zip -qr ../image.zip .)
{
	printf '[deployment]\nname = small\nagent = %s\n' "$bin"
	for i in 1 2 3; do printf '[host h%s]\naddress = 10.9.9.%s\n' $i $i; done
	printf '[tier a]\nhosts = h1\n[tier b]\nhosts = h2, h3\nmin = 2\n'
	printf '[service a1]\ntier = a\nimage = image.zip\nrun-as = root\n'
	printf '[service b1]\ntier = b\nimage = image.zip\nrun-as = root\ndepends-on = a1\n'
} >"$w/small.ini"

# ---- three members

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
members='' endpoints=''
for i in 0 1 2; do
	eval "client$i=$(free_port) peer$i=$(free_port)"
	eval "members=\$members\${members:+,}m$i=http://127.0.0.1:\$peer$i endpoints=\$endpoints\${endpoints:+,}127.0.0.1:\$client$i"
done
member() {
	eval "client=\$client$1 peer=\$peer$1"
	# shellcheck disable=SC2154 # eval sets them
	etcd --name "m$1" --data-dir "$w/m$1" --listen-client-urls "http://127.0.0.1:$client" \
		--advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
		--initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "$members" \
		--initial-cluster-state new --logger zap --log-level error >"$w/m$1.log" 2>&1 &
	echo $! >"$w/pids/m$1"
}
# shellcheck disable=SC2016 # when it ends
at_exit 'for pid in $(cat "$w"/pids/*); do kill -s KILL "$pid" 2>/dev/null; done'
for i in 0 1 2; do member $i; done
healthy() { curl -q -fs -m 2 --noproxy '*' "http://127.0.0.1:$1/health" | grep -q '"health":"true"'; }
# shellcheck disable=SC2154
check 'the cluster is up' wait_until 60 healthy "$client0"
provision() { "$bin/provision" --state "etcd://$endpoints/small" "$@"; }
states() { provision status | grep -c RUNNING; }

expect 'up' 0 provision up "$w/small.ini"
same 'all run' 3 "$(states)"
run provision up
same 'again, it does nothing' '0 nothing is to be done' "$status $(cat "$out")"
check 'the keys are where they are said to be' sh -c "etcdctl --endpoints '$endpoints' get --prefix --keys-only /enstratus/small/state/server/ | grep -q a-1"
check_not 'nobody holds the lock' sh -c "etcdctl --endpoints '$endpoints' get /enstratus/small/lock | grep -q ."

# ---- the leader dies in the middle

expect 'down' 0 provision down
: >"$w/slow"
provision up >"$w/up.out" 2>"$w/up.err" &
up=$!
installed() { grep -q installService "$w/up.out"; }
check 'up is in the middle' wait_until 60 installed
leader=
for i in 0 1 2; do
	eval "client=\$client$i"
	# shellcheck disable=SC2154
	! etcdctl --endpoints "127.0.0.1:$client" endpoint status -w json | grep -q "\"leader\":\([0-9]*\).*\"member_id\":\1\|\"member_id\":\([0-9]*\).*\"leader\":\2" || leader=$i
done
check 'there is a leader' test -n "$leader"
kill -s KILL "$(cat "$w/pids/m${leader:-0}")"
# Another operator waits, and says for whom.
provision --wait 60 up >"$w/other.out" 2>"$w/other.err" &
other=$!
waits() { grep -q 'waiting for .*provision, pid' "$w/other.err"; }
check 'another operator waits and says for whom' wait_until 60 waits
status=0
wait $up || status=$?
same 'up comes to its end without the leader' 0 "$status"
[ "$status" = 0 ] || sed 's/^/  /' "$w/up.err"
status=0
wait $other || status=$?
same 'then the other one has nothing to do' '0 nothing is to be done' "$status $(cat "$w/other.out")"
rm "$w/slow"
same 'all run' 3 "$(states)"
member "${leader:-0}"
check 'the member is back' wait_until 60 healthy "$client0"

# ---- who is killed is followed by the next one

: >"$w/slow"
expect 'down' 0 provision down
"$bin/provision" --state "etcd://$endpoints/small" up >"$w/up.out" 2>&1 &
up=$!
check 'up is in the middle' wait_until 60 installed
kill -s KILL $up
wait $up 2>/dev/null
rm "$w/slow"
expect 'the next one waits for the lease, and goes on' 0 provision up
same 'all run' 3 "$(states)"

# ---- a wrong state is made anew

key=/enstratus/small/state/server/zz-7
etcdctl --endpoints "$endpoints" put $key 'state=RUNNING host=h1' >"$out" 2>&1
run provision status
check 'a server that there is not' grep -q '^zz-7 ' "$out"
expect 'it is made anew from what is on the hosts' 0 provision --observe up "$w/small.ini"
check_not 'nothing is installed again' grep -q installService "$out"
check_not 'what was there before is gone' sh -c "etcdctl --endpoints '$endpoints' get $key | grep -q ."
same 'all run' 3 "$(states)"

# ---- a login

for words in 'user add root:secret' 'role add root' 'user grant-role root root' 'auth enable'; do
	# shellcheck disable=SC2086 # words
	etcdctl --endpoints "$endpoints" $words >"$out" 2>&1
done
run provision status
same 'without a login it is refused' 69 "$status"
echo 'root:wrong' >"$w/login"
run provision --login "$w/login" status
same 'with a wrong one too' 77 "$status"
echo 'root:secret' >"$w/login"
expect 'with the right one it is let in' 0 provision --login "$w/login" up
expect 'down' 0 provision --login "$w/login" down
check_not 'no password is in any message' grep -qF 'root:secret' "$err" "$w/up.err"

# ---- one member, by TLS, for those alone who have a certificate

mkdir "$w/tls"
signed() {
	openssl req -newkey rsa:2048 -nodes -keyout "$w/tls/$1.key" -out "$w/tls/$1.csr" -subj "/CN=$1" 2>"$err" &&
		openssl x509 -req -in "$w/tls/$1.csr" -CA "$w/tls/ca.pem" -CAkey "$w/tls/ca.key" -CAcreateserial -days 2 \
			-extfile "$w/tls/names" -out "$w/tls/$1.pem" 2>"$err"
}
echo 'subjectAltName = IP:127.0.0.1' >"$w/tls/names"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=an authority' -keyout "$w/tls/ca.key" -out "$w/tls/ca.pem" 2>"$err"
signed member && signed operator
client3=$(free_port) peer3=$(free_port)
one() {
	etcd --name one --data-dir "$w/one" --listen-client-urls "https://127.0.0.1:$client3" \
		--advertise-client-urls "https://127.0.0.1:$client3" --listen-peer-urls "http://127.0.0.1:$peer3" \
		--initial-advertise-peer-urls "http://127.0.0.1:$peer3" --initial-cluster "one=http://127.0.0.1:$peer3" \
		--cert-file "$w/tls/member.pem" --key-file "$w/tls/member.key" --client-cert-auth \
		--trusted-ca-file "$w/tls/ca.pem" --logger zap --log-level error >"$w/one.log" 2>&1 &
	echo $! >"$w/pids/one"
}
by_tls() { set -- "$@" --cacert "$w/tls/ca.pem" --cert "$w/tls/operator.pem" --key "$w/tls/operator.key"; "$@"; }
is_there() { by_tls curl -q -fs -m 2 --noproxy '*' "https://127.0.0.1:$client3/health" | grep -q '"health":"true"'; }
one
check 'it is up' wait_until 60 is_there
state=etcds://127.0.0.1:$client3/small
with_certificate() { "$bin/provision" --state "$state" --ca-file "$w/tls/ca.pem" --cert "$w/tls/operator.pem" --key "$w/tls/operator.key" "$@"; }
run "$bin/provision" --state "$state" --ca-file "$w/tls/ca.pem" status
same 'without a certificate it is refused' 69 "$status"
run "$bin/provision" --state "$state" --cert "$w/tls/operator.pem" --key "$w/tls/operator.key" status
same 'a member that is not known is not trusted' 69 "$status"
sed 's/^min = 2/min = 1\
max = 2/' "$w/small.ini" >"$w/smaller.ini"
expect 'with one' 0 with_certificate up "$w/smaller.ini"

# ---- who follows is told all, once, whatever becomes of the connection

"$bin/provision" --state "$state" --ca-file "$w/tls/ca.pem" --cert "$w/tls/operator.pem" --key "$w/tls/operator.key" events --follow >"$w/followed" 2>"$w/follow.err" &
follower=$!
# shellcheck disable=SC2016 # when it ends
at_exit 'kill -s KILL $follower 2>/dev/null'
has() { grep -q "$1" "$w/followed"; }
check 'what was is told' wait_until 60 has ' settled small$'
expect 'a change' 0 with_certificate scale b 2
check 'and what is new' wait_until 60 has ' scale_out b to 2$'
kill -s KILL "$(cat "$w/pids/one")"
sleep 0.3
one
check 'it is up again' wait_until 60 is_there
expect 'a change after that' 0 with_certificate scale b 1
check 'is told after a lost connection' wait_until 60 has ' scale_in b to 1$'
# What it has not seen is not there any more when it comes back.
kill -s STOP $follower
kill -s KILL "$(cat "$w/pids/one")"
one
check 'it is up once more' wait_until 60 is_there
expect 'unseen' 0 with_certificate scale b 2
revision=$(by_tls etcdctl --endpoints "https://127.0.0.1:$client3" get x -w json | sed 's/.*"revision":\([0-9]*\).*/\1/')
by_tls etcdctl --endpoints "https://127.0.0.1:$client3" compact "$revision" >"$out" 2>&1
check 'it is compacted' grep -q "compacted revision $revision" "$out"
expect 'seen' 0 with_certificate scale b 1
kill -s CONT $follower
twice() { [ "$(grep -c ' scale_out b to 2$' "$w/followed")" = 2 ] && [ "$(grep -c ' scale_in b to 1$' "$w/followed")" = 2 ]; }
check 'after a compaction all is told' wait_until 60 twice
kill -s TERM $follower
status=0
wait $follower || status=$?
same 'a signal ends it' 0 "$status"
same 'each event came once' "$(with_certificate events | sort)" "$(sort "$w/followed")"
expect 'down' 0 with_certificate down
