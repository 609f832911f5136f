# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# database.sh - what the hooks of databases share; their lib.sh sources it after daemon.sh. pack lays it
# into bin/.

# find_database [DEFAULT] - of a data source's configuration, to $database; in $user_key and
# $password_key what the keys of its account are called.
#
# A configuration without the key user may be that of a service which depends on one data source.
find_database() {
	database=$(cfg get name --default "${1:-}") user_key=user password_key=password
	if [ -z "$(cfg get user)" ]; then
		for item in $(cfg list dataSources | head -n 1); do
			database=$item user_key=dataSource.$item.serviceUser password_key=dataSource.$item.servicePassword
		done
		for item in $(cfg list dependencies); do
			[ "$(cfg get "dependency.$item.dependencyType")" = DATA_SOURCE ] || continue
			database=$(cfg get "dependency.$item.dependencyName")
			user_key=dependency.$item.user password_key=dependency.$item.password
			break
		done
	fi
	[ -n "$database" ] || cfg get name --required
}

# must_can_listen KEY - $owner at $address and $port, which KEY gave; only a server that runs already may
# be in the way.
must_can_listen() {
	# shellcheck disable=SC2016 # Perl's variables
	why=$(as_owner perl -MIO::Socket::IP -MSocket=AI_NUMERICHOST -e '
		IO::Socket::IP->new(LocalHost => $ARGV[0], LocalService => $ARGV[1], Listen => 1, ReuseAddr => 1,
			GetAddrInfoFlags => AI_NUMERICHOST) or $!{EADDRINUSE} or die "$@\n"' \
		"${address:-0.0.0.0}" "$port" 2>&1) || die "$1${address:+ or listen}: $why"
}
