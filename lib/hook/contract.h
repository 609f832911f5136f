/* SPDX-License-Identifier: MIT */
/* contract - the table of hooks: what each is called and what its absence means. */
#ifndef HOOK_CONTRACT_H
#define HOOK_CONTRACT_H

#include <stdbool.h>

#define CONTRACT_OLD_NAMES_MAX 3

/* A new hook is a row of this, in contract.c, and nothing else. */
struct hook {
	const char *name; /* in bin/; it wins over the old ones when both are there */
	const char *old_names[CONTRACT_OLD_NAMES_MAX]; /* spellings that old pages print */
	const char *event;			       /* ENSTRATUS_EVENT */
	int absent_status;			       /* 0: nothing to do, a success */
	int not_executable_status;		       /* likewise */
	int timeout_s;	      /* unless agent.cfg or --timeout says otherwise */
	bool is_question;     /* it changes nothing, and is not in the service's history */
	bool as_caller;	      /* root stays root; the others run as the agent's account */
	const char *log_file; /* in the temp directory: its output is appended there too; or NULL */
};

extern const struct hook HOOK_CONFIGURE, HOOK_START, HOOK_STOP, HOOK_CHECK, HOOK_INSTALL_DATA,
	HOOK_BACKUP_DATA, HOOK_GRANT, HOOK_REVOKE, HOOK_BACKUP, HOOK_LOCK, HOOK_REMOVE;

#endif
