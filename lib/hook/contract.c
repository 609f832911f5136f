/* SPDX-License-Identifier: MIT */
/* contract - the table of hooks: what each is called and what its absence means. */
#include "hook/contract.h"

#include <string.h>

/* Source: enstratus-agent(7), HOOKS. */
const struct hook contract_hooks[CONTRACT_N] = {
	[CONTRACT_CONFIGURE] =
		{
			.name = "enstratus-configure",
			.old_names = {"enStratus-configure"},
			.event = "deploy",
			.absent_status = 0,
			.not_executable_status = 10,
			.timeout_s = 1800,
			.as_caller = true,
		},
	[CONTRACT_START] =
		{
			.name = "enstratus-start",
			.old_names = {"enStratus-start"},
			.event = "start",
			.absent_status = 10,
			.not_executable_status = 10,
			.timeout_s = 1800,
		},
	[CONTRACT_STOP] =
		{
			.name = "enstratus-stop",
			.old_names = {"enStratus-stop"},
			.event = "stop",
			.absent_status = 10,
			.not_executable_status = 10,
			.timeout_s = 1800,
			.log_file = "stopService.log",
		},
	[CONTRACT_CHECK] =
		{
			.name = "enstratus-check",
			.old_names = {"enStratus-check"},
			.event = "check",
			.absent_status = 0,
			.not_executable_status = 0,
			.timeout_s = 30,
			.is_question = true,
		},
	[CONTRACT_INSTALL_DATA] =
		{
			.name = "enstratus-installds",
			.old_names = {"enStratus-installds", "enstratus-installDataSource",
				      "enStratus-installDataSource"},
			.event = "installds",
			.absent_status = 0,
			.not_executable_status = 22,
			.timeout_s = 1800,
		},
	[CONTRACT_BACKUP_DATA] =
		{
			.name = "enstratus-backupDataSource",
			.old_names = {"enStratus-backupDataSource"},
			.event = "backup",
			.absent_status = 10,
			.not_executable_status = 10,
			.timeout_s = 1800,
		},
	[CONTRACT_GRANT] =
		{
			.name = "enstratus-dbgrant",
			.old_names = {"enStratus-dbgrant", "enstratus-grantDatabaseAccess",
				      "enStratus-grantDatabaseAccess"},
			.event = "grant",
			.absent_status = 0,
			.not_executable_status = 10,
			.timeout_s = 1800,
		},
	[CONTRACT_REVOKE] =
		{
			.name = "enstratus-dbrevoke",
			.old_names = {"enStratus-dbrevoke", "enstratus-revokeDatabaseAccess",
				      "enStratus-revokeDatabaseAccess"},
			.event = "revoke",
			.absent_status = 0,
			.not_executable_status = 10,
			.timeout_s = 1800,
			.log_file = "revokeDatabaseAccess.log",
		},
	[CONTRACT_BACKUP] =
		{
			.name = "enstratus-backupService",
			.old_names = {"enStratus-backupService"},
			.event = "backup",
			.absent_status = 0,
			.not_executable_status = 0,
			.timeout_s = 1800,
		},
	[CONTRACT_LOCK] =
		{
			.name = "enstratus-lock",
			.old_names = {"enStratus-lock"},
			.event = "lock",
			.absent_status = 0,
			.not_executable_status = 0,
			.timeout_s = 1800,
		},
	[CONTRACT_REMOVE] =
		{
			.name = "enstratus-remove",
			.old_names = {"enStratus-remove"},
			.event = "remove",
			.absent_status = 0,
			.not_executable_status = 10,
			.timeout_s = 1800,
		},
};

static bool
has_name(const struct hook *hook, const char *name)
{
	if (strcmp(hook->name, name) == 0)
		return true;
	for (size_t i = 0; i < CONTRACT_OLD_NAMES_MAX && hook->old_names[i]; i++)
		if (strcmp(hook->old_names[i], name) == 0)
			return true;
	return false;
}

const struct hook *
contract_find(const char *name)
{
	for (size_t i = 0; i < CONTRACT_N; i++)
		if (has_name(&contract_hooks[i], name))
			return &contract_hooks[i];
	return NULL;
}
