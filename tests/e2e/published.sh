#!/bin/sh
# SPDX-License-Identifier: MIT
# published.sh - hooks in the manner in which those of 2010 were published keep working.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
at_exit kill_left

user=$(id -un)
! is_root || user=www-data
seen=$root/seen
mkdir "$seen"
chmod 777 "$seen"

# ---- the image: hooks 0644, empty directories, an application that configure fills in

image=$root/image
mkdir -p "$image/bin" "$image/cfg" "$image/data" "$image/log" "$image/app/conf"
cat >"$image/bin/enstratus-configure" <<END
#!/bin/bash
LOGGER=$bin/log
END
cat >>"$image/bin/enstratus-configure" <<'END'
TAG=blog-configure
$LOGGER -t "$TAG Configuring service $1"
CONFIG=cfg/enstratus.cfg
DBNAME=`grep dataSources $CONFIG | cut -f 2 -d=`
DBREAD=`grep dataSource.$DBNAME.read $2 | cut -f 2 -d=`
DBPASS=`grep servicePassword $2 | cut -f 2 -d=`
for KEY in serverId name read write serviceUser servicePassword dataSources
do
	echo "$KEY `grep $KEY $2 | cut -f 2 -d=`"
done >../../seen/keys
grep -c . $CONFIG $2 | cut -f 2 -d: | uniq | wc -l >../../seen/two-paths
# What the owner has added to the application tree stays.
cp app/conf/settings.dist app/conf/settings.php
sed -i "s/@NAME@/$DBNAME/g" app/conf/settings.php
sed -i -e "s/@HOST@/$DBREAD/" -e "s/@PASS@/$DBPASS/" app/conf/settings.php
chmod 0640 app/conf/settings.php
sed -i 's/^#.*//' cfg/enstratus.cfg
test -d data && test -d log && echo empty >../../seen/directories
$LOGGER -t $TAG "Done with $1"
echo "One line by a pipe" | $LOGGER -t $TAG
exit 0
END
cat >"$image/bin/enstratus-start" <<'END'
#!/bin/sh
# Start or restart: nothing when it runs on the present settings.
SUM=`cksum <app/conf/settings.php`
if [ -f run.pid ] && kill -0 `cat run.pid` 2>/dev/null
then
	[ "`cat run.sum`" = "$SUM" ] && exit 0
	kill `cat run.pid`
fi
sleep 300 >/dev/null 2>&1 &
echo $! >run.pid
echo "$SUM" >run.sum
sleep 0.1
END
cat >"$image/bin/enstratus-stop" <<'END'
#!/bin/sh
[ -f run.pid ] || exit 1
kill `cat run.pid`
rm -f run.pid
END
cat >"$image/bin/enstratus-check" <<'END'
#!/bin/sh
if kill -0 `cat run.pid` 2>/dev/null; then echo "OK"; else echo "DOWN"; fi
END
printf 'db=@NAME@ host=@HOST@ pass=@PASS@\n' >"$image/app/conf/settings.dist"
chmod 644 "$image"/bin/*
(cd "$image" && zip -q -X -r "$root/blog.zip" .)
expect 'install' 0 "$bin/installService" a7464 c100 "$user" "$root/blog.zip"
same 'hooks are 0750 now' 750 "$(stat -c %a "$services/a7464/bin"/* | sort -u)"
for dir in data log; do
	check "the empty directory $dir is kept" test -d "$services/a7464/$dir"
done
# The account that hooks run as may be neither root nor the owner.
chmod a+rwx "$services/a7464"

# ---- the configuration, as it was written then

# old PASSWORD READ - the file of 2010, with its old heading, unordered.
old() {
	cat <<END
# enStratus service configuration file
# Generated Fri Feb 05 01:29:06 UTC 2010
[enStratus]
serviceId=a7464
serverId=48914
customerId=c100
userId=$user
protocol=TCP
publicPort=80
privatePort=8080
proxyPort=2000
primaryAddress=www.example.com
name=Weblog
addresses=10.1.2.3
dataSources=wordpress
dataSource.wordpress.write=10.0.0.6
dataSource.wordpress.read=$2
dataSource.wordpress.servicePassword=$1
dataSource.wordpress.serviceUser=wp
[custom]
END
}
# configured WHAT PASSWORD READ
configured() {
	old "$2" "$3" >"$services/a7464/cfg/enstratus.cfg"
	expect "$1" 0 "$bin/configureService" "$user" c100 a7464
	cat >"$root/w/wanted" <<END
serverId 48914
name Weblog
read $3
write 10.0.0.6
serviceUser wp
servicePassword $2
dataSources wordpress
END
	check "$1: each key is found once, with its value" cmp -s "$root/w/wanted" "$seen/keys"
	same "$1: both paths are one file" 1 "$(cat "$seen/two-paths")"
	same "$1: the application's settings" "db=wordpress host=$3 pass=$2" "$(cat "$services/a7464/app/conf/settings.php")"
	check "$1: no cfg/enstratus.cfg stays" test -z "$(ls -A "$services/a7464/cfg")"
}
expect 'stop before the first start fails in the hook only' 1 "$bin/stopService" a7464
configured 'configure' swordfish 10.0.0.5
check 'empty directories, as the hook sees them' test -s "$seen/directories"
for line in 'blog-configure: Configuring service a7464' 'blog-configure: Done with a7464' 'blog-configure: One line by a pipe'; do
	check "log: $line" grep -q ": $line\$" "$err"
done

expect 'start' 0 "$bin/startService" a7464
first=$(cat "$services/a7464/run.pid")
check_not 'it runs' gone "$first"
expect 'check' 0 "$bin/checkService" a7464
same 'check: the state' OK "$(cat "$out")"
expect 'start on the running service' 0 "$bin/startService" a7464
same 'which changes nothing' "$first" "$(cat "$services/a7464/run.pid")"

echo 'written by a visitor' >"$services/a7464/data/upload"
configured 'configure again' marlin 10.0.0.7
same 'the application tree is kept' 'written by a visitor' "$(cat "$services/a7464/data/upload")"
expect 'start after a change' 0 "$bin/startService" a7464
check 'restarts it' wait_until 60 gone "$first"
check_not 'with a new process' gone "$(cat "$services/a7464/run.pid")"
same 'the old password is nowhere' '' "$(grep -rlF swordfish "$services" "$shm" "$ENSTRATUS_TMP_DIR" 2>/dev/null)"
expect 'install again' 0 "$bin/installService" a7464 c100 "$user" "$root/blog.zip"
same 'the application tree is kept by an install too' 'written by a visitor' "$(cat "$services/a7464/data/upload")"
expect 'check after it' 0 "$bin/checkService" a7464
same 'check after it: the state' OK "$(cat "$out")"
expect 'stop' 0 "$bin/stopService" a7464
expect 'check after stop' 0 "$bin/checkService" a7464
same 'check after stop: the state' DOWN "$(cat "$out")"

# ---- the dialects

# Of 2011: both sections, the deprecated one marked, and the keys in the order of the manual.
hook new enstratus-configure <<'END'
#!/bin/sh
cp "$2" ../../seen/written
END
cat >"$root/w/new" <<'END'
[enstratus]
dataSource.blog.servicePassword=p
dataSource.blog.read=10.0.0.5
dataSources=blog
dependencies=DATA_SOURCE-1426
dependency.DATA_SOURCE-1426.password=p
dependency.DATA_SOURCE-1426.dependencyType=DATA_SOURCE
dependency.DATA_SOURCE-1426.readHosts=10.0.0.5
port.80.publicPort=80
port.80.protocol=TCP
serviceId=new
serverId=1
[custom]
# mine
x = y
END
run "$bin/configureService" --config - "$user" c100 new <"$root/w/new"
same 'both dialects' 0 "$status"
cat >"$root/w/wanted" <<'END'
[enstratus]
serverId=1
serviceId=new
port.80.protocol=TCP
port.80.publicPort=80
dependencies=DATA_SOURCE-1426
dependency.DATA_SOURCE-1426.dependencyType=DATA_SOURCE
dependency.DATA_SOURCE-1426.readHosts=10.0.0.5
dependency.DATA_SOURCE-1426.password=p
#BEGIN DEPRECATED SECTION
dataSources=blog
dataSource.blog.read=10.0.0.5
dataSource.blog.servicePassword=p
#END DEPRECATED SECTION
[custom]
# mine
x = y
END
sed 1,2d "$seen/written" >"$root/w/got"
check 'both dialects: the file' cmp -s "$root/w/wanted" "$root/w/got"
same 'its first line' '# enStratus service configuration file' "$(sed -n 1p "$seen/written")"
check 'its second line' grep -Eqx '# Generated (Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC [0-9]{4}' "$seen/written"
rm "$seen/written"
