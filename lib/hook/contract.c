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
};
