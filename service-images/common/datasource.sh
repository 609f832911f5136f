# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
# datasource.sh - which database a service depends on, in the words of 2011, or as it was before; a
# configure hook sources it after daemon.sh. pack lays it into bin/.

# get_data_source - the host, with its port, to $host, and the database to $name; the keys of the
# account to $user_key and $password_key, for those values are only to be rendered.
get_data_source() {
	# The first name is the one; hooks of any age take the list for a single name.
	source=$(cfg list dataSources | head -n 1)
	dependency=''
	for name in $(cfg list dependencies); do
		[ "$(cfg get "dependency.$name.dependencyType")" != DATA_SOURCE ] || dependency=${dependency:-$name}
	done
	if [ -n "$dependency" ]; then
		set -- "dependency.$dependency.dependencyName" "dependency.$dependency.writeHosts"
		user_key=dependency.$dependency.user password_key=dependency.$dependency.password
	elif [ -n "$source" ]; then
		set -- dataSources "dataSource.$source.write"
		user_key=dataSource.$source.serviceUser password_key=dataSource.$source.servicePassword
	else
		die 'dependencies: no data source, and dataSources has none either'
	fi
	host=$(cfg list "$2" --required | head -n 1)
	name=$(cfg list "$1" --required | head -n 1)
	cfg get "$user_key" --required >/dev/null
	cfg get "$password_key" --required >/dev/null
	database_port=$(cfg get custom.databasePort)
	[ -z "$database_port" ] || must_be_port custom.databasePort "$database_port"
	case $host in
	'') die "$2: no host" ;;
	*[!A-Za-z0-9.:_-]*) die "$2: not a host" ;;
	*:*) ;;
	*) host=$host${database_port:+:$database_port} ;;
	esac
	case $name in
	'' | *[!A-Za-z0-9_-]*) die "$1: not a name of a database" ;;
	esac
}
