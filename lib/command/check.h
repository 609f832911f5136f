/* SPDX-License-Identifier: MIT */
/* check - the state word of a service. */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

#include <stdbool.h>

#include "base/err.h"
#include "hook/run.h"
#include "service/service.h"

#define CHECK_STATE_MAX 600

struct check {
	char state[CHECK_STATE_MAX]; /* "OK" or what the hook said; "UNKNOWN: REASON" */
	bool running;		     /* the state is exactly "OK" */
};

/*
 * check_service - ask a service's check hook.
 *
 * A hook that cannot be run, says nothing or runs past its time is no failure: the state tells.
 *
 * Fails:   as hook_open: no such service, busy; the state is then UNKNOWN with the reason.
 *          ERR_STATUS when a signal to this process ended the hook.
 */
int check_service(const char *id, const struct service_lock_request *lock,
		  const struct hook_options *options, struct check *check, struct err *e)
	__attribute__((warn_unused_result));

#endif
