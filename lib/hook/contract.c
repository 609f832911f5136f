/* SPDX-License-Identifier: MIT */
/* contract - the table of hooks: what each is called and what its absence means. */
#include "hook/contract.h"

/* Source: enstratus-agent(7), HOOKS. */
const struct hook HOOK_CONFIGURE = {
	.name = "enstratus-configure",
	.old_names = {"enStratus-configure"},
	.event = "deploy",
	.absent_status = 0,
	.not_executable_status = 10,
	.timeout_s = 1800,
	.as_caller = true,
};

const struct hook HOOK_START = {
	.name = "enstratus-start",
	.old_names = {"enStratus-start"},
	.event = "start",
	.absent_status = 10,
	.not_executable_status = 10,
	.timeout_s = 1800,
};

const struct hook HOOK_STOP = {
	.name = "enstratus-stop",
	.old_names = {"enStratus-stop"},
	.event = "stop",
	.absent_status = 10,
	.not_executable_status = 10,
	.timeout_s = 1800,
	.log_file = "stopService.log",
};

const struct hook HOOK_CHECK = {
	.name = "enstratus-check",
	.old_names = {"enStratus-check"},
	.event = "check",
	.absent_status = 0,
	.not_executable_status = 0,
	.timeout_s = 30,
	.is_question = true,
};

const struct hook HOOK_INSTALL_DATA = {
	.name = "enstratus-installds",
	.old_names = {"enStratus-installds", "enstratus-installDataSource",
		      "enStratus-installDataSource"},
	.event = "installds",
	.absent_status = 0,
	.not_executable_status = 22,
	.timeout_s = 1800,
};

const struct hook HOOK_BACKUP_DATA = {
	.name = "enstratus-backupDataSource",
	.old_names = {"enStratus-backupDataSource"},
	.event = "backup",
	.absent_status = 10,
	.not_executable_status = 10,
	.timeout_s = 1800,
};

const struct hook HOOK_GRANT = {
	.name = "enstratus-dbgrant",
	.old_names = {"enStratus-dbgrant", "enstratus-grantDatabaseAccess",
		      "enStratus-grantDatabaseAccess"},
	.event = "grant",
	.absent_status = 0,
	.not_executable_status = 10,
	.timeout_s = 1800,
};

const struct hook HOOK_REVOKE = {
	.name = "enstratus-dbrevoke",
	.old_names = {"enStratus-dbrevoke", "enstratus-revokeDatabaseAccess",
		      "enStratus-revokeDatabaseAccess"},
	.event = "revoke",
	.absent_status = 0,
	.not_executable_status = 10,
	.timeout_s = 1800,
	.log_file = "revokeDatabaseAccess.log",
};

const struct hook HOOK_BACKUP = {
	.name = "enstratus-backupService",
	.old_names = {"enStratus-backupService"},
	.event = "backup",
	.absent_status = 0,
	.not_executable_status = 0,
	.timeout_s = 1800,
};

const struct hook HOOK_LOCK = {
	.name = "enstratus-lock",
	.old_names = {"enStratus-lock"},
	.event = "lock",
	.absent_status = 0,
	.not_executable_status = 0,
	.timeout_s = 1800,
};

const struct hook HOOK_REMOVE = {
	.name = "enstratus-remove",
	.old_names = {"enStratus-remove"},
	.event = "remove",
	.absent_status = 0,
	.not_executable_status = 10,
	.timeout_s = 1800,
};
