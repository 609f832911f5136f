/* SPDX-License-Identifier: MIT */
/* environment - what a hook finds in its environment: a fixed list, nothing of the caller's. */
#ifndef HOOK_ENVIRONMENT_H
#define HOOK_ENVIRONMENT_H

#include <limits.h>

#include "base/err.h"
#include "host/account.h"
#include "service/service.h"

#define ENVIRONMENT_MAX 16

struct environment {
	char *entries[ENVIRONMENT_MAX]; /* for execve: "NAME=value", NULL at the end */
	size_t n;
};

#define ENVIRONMENT_INIT ((struct environment){.n = 0})

/*
 * environment_make - PATH HOME USER LOGNAME SHELL LANG TZ, and for a hook ENSTRATUS_SERVICE_ID,
 * _SERVICE_DIR, _CUSTOMER_ID, _EVENT and _RUN_ID, and ENSTRATUS_CHANGED where changed is not NULL.
 *
 * svc  NULL for a program that is no hook: event and changed are then not used, and it gets the
 *      caller's ENSTRATUS_HOME and the like, where they are set
 *
 * Never holds a secret.  Fails: ERR_SYSTEM for memory; the caller frees in any case.
 * Source:  enstratus-agent(7), ENVIRONMENT OF A HOOK.
 */
int environment_make(struct environment *env, const struct account *account,
		     const struct service *svc, const char *event, const char *changed,
		     struct err *e) __attribute__((warn_unused_result));
/* environment_program - the path of one of the agent's own programs; -1 when it cannot be told. */
int environment_program(const char *name, char path[static PATH_MAX])
	__attribute__((warn_unused_result));

void environment_free(struct environment *env);

#endif
