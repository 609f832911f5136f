# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# enstratus-agent.bash - completion of the agent's programs: options, ids of services, files.

_enstratus_agent() {
	local cur=${COMP_WORDS[COMP_CWORD]} dir=${ENSTRATUS_SERVICES_DIR:-/mnt/services} words=''
	case $cur in
	-*) words=$("$1" --help 2>/dev/null | grep -o -e '--[a-z0-9-]*' | sort -u) ;;
	*)
		case ${1##*/} in
		esboot) words='start stop' ;;
		provision) words='check plan up status events scale recover change vote watch backup down simulate trust ssh' ;;
		enstratusCfg) words='get keys list shell json render' ;;
		*) words=$(cd "$dir" 2>/dev/null && printf '%s\n' */ | sed -n 's|^\([A-Za-z0-9][A-Za-z0-9._-]*\)/$|\1|p' | grep -vx lost+found) ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o default -F _enstratus_agent agentKeys agentShell backupDataSource backupService \
	calculateAgentData checkService configureService enstratusCfg esboot grantDatabaseAccess \
	haproxy-startProxy haproxy-stopProxy installDataSource installService listServices lockServices \
	makeTemp nginx-startProxy nginx-stopProxy provision receiveFile removeService \
	revokeDatabaseAccess rollbackService scaleCheck sealConfig secureDelete sendFile serviceHistory \
	startProxy startService stopProxy stopService terminate verifyService
