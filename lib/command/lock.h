/* SPDX-License-Identifier: MIT */
/* lock - all services held still at once, for a snapshot of the disk that they are on. */
#ifndef COMMAND_LOCK_H
#define COMMAND_LOCK_H

#include "base/err.h"
#include "hook/run.h"

#define LOCK_TIMEOUT_MIN_MS 10000

struct lock_request {
	const char *services_dir; /* in the place of ENSTRATUS_SERVICES_DIR */
	const char *lock_file;	  /* a relative one is each service's own; see lock_services */
	int timeout_ms;		  /* until all are locked, and once more until they are unlocked */
	struct service_lock_request lock;
};

/*
 * lock_services - start the hook enstratus-lock of every service that has one, all at once; when
 *                 all have locked print LOCKED, and wait until standard input says UNLOCK or ends.
 *
 * A hook has locked when its lock file's time of change has grown, and holds on until its own
 * standard input says UNLOCK or ends.  A lock file from the root is one for each service too: its
 * id is added behind a dot.
 *
 * Whatever goes wrong, this process's death included, every hook that was started is unlocked.
 *
 * Fails:   ERR_TIMEOUT when a hook does not lock, or is held, for longer than the time; ERR_STATUS
 *          with a hook's status or a signal to this process; ERR_UNAVAILABLE for a hook that ended
 *          before it was told to; as listing_read, hook_open.
 * Source:  enstratus-agent(7), SNAPSHOTS.
 */
int lock_services(const struct lock_request *request, struct err *e)
	__attribute__((warn_unused_result));

#endif
