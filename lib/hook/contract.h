/* SPDX-License-Identifier: MIT */
/* contract - the table of hooks: what each is called and what its absence means. */
#ifndef HOOK_CONTRACT_H
#define HOOK_CONTRACT_H

#include <stdbool.h>

#define CONTRACT_OLD_NAMES_MAX 3

/* A new hook is a row of this, in contract.c, and its name below. */
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

/* Its place among all of them. */
enum contract_row {
	CONTRACT_CONFIGURE,
	CONTRACT_START,
	CONTRACT_STOP,
	CONTRACT_CHECK,
	CONTRACT_INSTALL_DATA,
	CONTRACT_BACKUP_DATA,
	CONTRACT_GRANT,
	CONTRACT_REVOKE,
	CONTRACT_BACKUP,
	CONTRACT_LOCK,
	CONTRACT_REMOVE,
	CONTRACT_N
};

extern const struct hook contract_hooks[CONTRACT_N];

#define HOOK_CONFIGURE contract_hooks[CONTRACT_CONFIGURE]
#define HOOK_START contract_hooks[CONTRACT_START]
#define HOOK_STOP contract_hooks[CONTRACT_STOP]
#define HOOK_CHECK contract_hooks[CONTRACT_CHECK]
#define HOOK_INSTALL_DATA contract_hooks[CONTRACT_INSTALL_DATA]
#define HOOK_BACKUP_DATA contract_hooks[CONTRACT_BACKUP_DATA]
#define HOOK_GRANT contract_hooks[CONTRACT_GRANT]
#define HOOK_REVOKE contract_hooks[CONTRACT_REVOKE]
#define HOOK_BACKUP contract_hooks[CONTRACT_BACKUP]
#define HOOK_LOCK contract_hooks[CONTRACT_LOCK]
#define HOOK_REMOVE contract_hooks[CONTRACT_REMOVE]

/* contract_find - the hook that has this name in bin/, an old one too; NULL for none. */
const struct hook *contract_find(const char *name);

#endif
