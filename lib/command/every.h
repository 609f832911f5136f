/* SPDX-License-Identifier: MIT */
/* every - one hook of every service, one service after the other. */
#ifndef COMMAND_EVERY_H
#define COMMAND_EVERY_H

#include <stddef.h>

#include "base/err.h"
#include "hook/run.h"

struct every {
	size_t n_done, n_skipped, n_failed;
	int status; /* of the first one that failed; 0 for none */
};

/*
 * every_run - run a hook of each installed service, in name order.
 *
 * A service that has no such hook is skipped; one whose hook fails, or that is busy, is logged, and
 * the next one follows.  No services directory is no service.
 *
 * Fails:   ERR_STATUS when a signal to this process ended a hook; as paths_load and listing_read.
 *          *every is filled in any case.
 */
int every_run(const struct hook *hook, const struct service_lock_request *lock,
	      const struct hook_options *options, struct every *every, struct err *e)
	__attribute__((warn_unused_result));

#endif
