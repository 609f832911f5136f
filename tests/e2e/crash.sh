#!/bin/sh
# SPDX-License-Identifier: MIT
# crash.sh - installations killed at any moment: the next command finds the old service or the new.
# steps.sh does the same at each system call; here chance and all processors have their say.
# CRASH_SEED chooses other moments.
# shellcheck disable=SC2016,SC2154 # single quotes: for later; begin sets pid_NAME
. "$(dirname "$0")/lib.sh"

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
# In memory: the moments between two steps matter here, not how long a disk takes to sync.
services=$shm/services ENSTRATUS_SERVICES_DIR=$shm/services
ngx=$root/nginx
seed=${CRASH_SEED:-1}
rounds=$(share 50)
make_versions

# ---- a server, whose certificate is its own authority

mkdir "$ngx"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=server \
	-addext 'subjectAltName=IP:127.0.0.1' -keyout "$ngx/key" -out "$ngx/pem" 2>/dev/null
free_port
url=https://127.0.0.1:$port
cat >"$ngx/conf" <<END
$(is_root && echo "user $(id -un) $(id -gn);")
worker_processes 1;
pid $ngx/pid;
events { }
http {
	access_log off;
	client_body_temp_path $ngx/body;
	proxy_temp_path $ngx/proxy;
	fastcgi_temp_path $ngx/fastcgi;
	uwsgi_temp_path $ngx/uwsgi;
	scgi_temp_path $ngx/scgi;
	server {
		listen 127.0.0.1:$port ssl;
		ssl_certificate $ngx/pem;
		ssl_certificate_key $ngx/key;
		location / { root $root; }
	}
}
END
begin nginx nginx -e "$ngx/error" -c "$ngx/conf" -g 'daemon off;'
at_exit 'kill "$pid_nginx" 2>/dev/null'
serves() { curl -q -sf --noproxy '*' --cacert "$ngx/pem" -o /dev/null "$url/old.zip"; }
check 'a server' wait_until 60 serves

# ---- rounds, each a kill

# run_way LIMIT... - the other version is installed in the current way, by the command LIMIT.
run_way() {
	case $way in
	file) "$@" "$bin/installService" $how a1 c001 "$user" "$root/$other.zip" ;;
	url) "$@" "$bin/installService" $how --ca-file "$ngx/pem" a1 c001 "$user" "$url/$other.zip" ;;
	kept) "$@" "$bin/rollbackService" $how a1 "$(sha256sum "$root/$other.zip" | cut -c 1-64)" ;;
	esac
}
turn() { was=$version version=$other other=$was; }

# moments - those of a block: from the first instruction to well past the end of an installation.
# What one takes is measured each time, for the machine has other things to do as well.
moments() {
	began=$(date +%s%N)
	for _ in 1 2 3 4; do
		run run_way env
		[ "$status" = 0 ] || return 1
		turn
	done
	awk -v n="$rounds" -v d=$((($(date +%s%N) - began) / 4)) -v seed="$1" 'BEGIN {
		srand(seed)
		for (i = 0; i < 4 * n; i++)
			printf "%.6f\n", rand() * d * 1.2e-9 + 1e-6
	}' >"$root/w/moments"
}

# a_round - one more.
a_round() {
	# In a shell of its own, which keeps the word "Killed" to itself.
	(run_way timeout -s KILL "$moment"; exit $?) >"$out" 2>"$err"
	case $? in
	0) ended=$((ended + 1)) ;;
	137) killed=$((killed + 1)) ;;
	*) fail "$way $how $version, to be killed at $moment s"; return 1 ;;
	esac
	# The killed one may still be on its way out of a sync, with the lock.
	run "$bin/verifyService" --wait 20 a1
	look
	if is_as $other; then
		became_new=$((became_new + 1))
		turn
	elif is_as $version; then
		stayed_old=$((stayed_old + 1))
	else
		fail "$way $how $version, killed at $moment s: neither old nor new"
		return 1
	fi
	if [ "$status" = 74 ] || grep -qv -e '^added	' -e '^extra	bin/mine$' "$out"; then
		fail "$way $how $version, killed at $moment s: it is not what its image has"
		return 1
	fi
	# shellcheck disable=SC2086 # a list
	[ "$(inodes $own)" = "$own_is" ] ||
		{ fail "$way $how $version, killed at $moment s: a file of its own is another"; return 1; }
}

# is_wanted - so many were not killed yet, or all of them before or after the change.
is_wanted() { [ $killed -lt $want ] || [ $stayed_old = 0 ] || [ $became_new = 0 ]; }

# blocks NAME WAY... - blocks of rounds; then nothing is left.
blocks() {
	name=$1
	shift
	stayed_old=0 became_new=0 killed=0 ended=0 block=0 want=0
	for way; do
		block=$((block + 1)) want=$((want + rounds))
		moments $((seed * 1000 + block)) || { fail "$name: one that is left alone"; break; }
		while is_wanted && read -r moment; do a_round || break 2; done <"$root/w/moments"
	done
	check "$name: killed $killed, not $ended" test $killed -ge $want
	check "$name: some stay old, $stayed_old" test $stayed_old -gt 0
	check "$name: some become new, $became_new" test $became_new -gt 0
	# One of each kind and image, for a download that was cut off waits to be gone on with.
	for way in url url file; do
		run run_way env
		same "$name: an installation after all that" 0 "$status"
		turn
	done
	look
	check "$name: is whole" is_as $version
	check "$name: and nothing is left" no_leftovers "$name"
}

# Each version over the other: from then on only what both have changes.
version=old other=new how='' own=$added
check 'an old service' install_old
check 'its update' install_version new
look
keep new
check 'and back' install_version old
look
keep old
keep_books laid-over
# shellcheck disable=SC2086 # a list
own_is=$(inodes $own)
blocks laid-over file url kept file url file

how=--replace own=$persisting version=old other=new
check 'a new one in its place' install_version new --replace
look
keep new
check 'and back' install_version old --replace
look
keep old
keep_books exchanged
# shellcheck disable=SC2086 # a list
own_is=$(inodes $own)
blocks exchanged file url kept file
