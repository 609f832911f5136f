/* SPDX-License-Identifier: MIT */
/* act - do one step of a plan, and keep that it was done. */
#ifndef PROVISION_ACT_H
#define PROVISION_ACT_H

#include "base/err.h"
#include "provision/agents.h"
#include "provision/planner.h"

/* What is told while it goes on; done -1: it begins, 0: done, else it failed and why says it. */
typedef void act_tell_fn(void *arg, const struct planner_step *step, int done, const char *why);

struct act {
	const struct deployment *d;
	struct ledger *l;
	struct references *references;
	struct planner *planner;
	struct agents agents;
	act_tell_fn *tell; /* one at a time; NULL: nobody is told */
	void *tell_arg;
	unsigned long long configured, started, ended; /* how often that was done */
};

/*
 * act_step - do it; several threads may do others, of other servers, at once.
 *
 * All steps may be done twice.  Those that may fail (provision/lifecycle) are told, and succeed.
 *
 * Fails:   ERR_UNAVAILABLE when the host does not answer; ERR_STATUS with the status of a program
 *          of the agent; ERR_BUSY when the state is another's now; as store_put, references_get.
 */
int act_step(struct act *a, const struct planner_step *step, struct err *e)
	__attribute__((warn_unused_result));

/* act_backup - fetch a backup of a data source, or of a service from one of its servers. */
int act_backup_source(struct act *a, size_t source, struct err *e)
	__attribute__((warn_unused_result));
int act_backup_service(struct act *a, size_t service, struct err *e)
	__attribute__((warn_unused_result));

#endif
