/* SPDX-License-Identifier: MIT */
/* remove - stop a service, let it clean up outside, and take it away. */
#ifndef COMMAND_REMOVE_H
#define COMMAND_REMOVE_H

#include <stdbool.h>

#include "base/err.h"
#include "hook/run.h"

struct remove_request {
	const char *service_id;
	bool keep_data; /* what image.ini lists to persist */
	bool purge;	/* the agent's memory and the kept images too */
	bool force;	/* past a hook that fails */
	struct service_lock_request lock;
};

/*
 * remove_service - run enstratus-stop and enstratus-remove, where they are there, then remove.
 *
 * The signals that end a run stay held when it returns.
 *
 * Fails:   as hook_lock, hook_run, removal_judge and removal_perform; nothing is removed after a
 *          hook that failed, unless that is forced.  ERR_NO_SERVICE for one that is not there and
 *          of which the agent knows nothing, or has nothing to purge.
 * Source:  removeService(1).
 */
int remove_service(const struct remove_request *request, const struct hook_options *options,
		   struct err *e) __attribute__((warn_unused_result));

#endif
