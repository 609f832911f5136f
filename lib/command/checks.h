/* SPDX-License-Identifier: MIT */
/* checks - the states of many services, asked side by side. */
#ifndef COMMAND_CHECKS_H
#define COMMAND_CHECKS_H

#include <stddef.h>

#include "command/check.h"

#define CHECKS_AT_ONCE 32

/*
 * checks_fn - gets a state, in the order of the ids: as soon as it and those before it are known.
 *
 * i  the id's place; that of a service which was removed meanwhile is left out
 */
typedef void checks_fn(void *arg, size_t i, const struct check *check);

struct checks_request {
	const struct service_lock_request *lock;
	const struct hook_options *options;
	checks_fn *fn;
	void *arg;
};

/*
 * checks_run - ask n services, CHECKS_AT_ONCE at a time, each in a process of its own.
 *
 * One that is busy or cannot be asked is UNKNOWN with the reason.  SIGCHLD and the signals that
 * end a run are blocked after it.  When this process dies, the checks end.
 *
 * Fails:   ERR_STATUS when a signal to this process ended the checks; ERR_SYSTEM.
 */
int checks_run(const struct checks_request *request, char *const *ids, size_t n, struct err *e)
	__attribute__((warn_unused_result));

#endif
