/* SPDX-License-Identifier: MIT */
/* step - do one step of a plan, and keep that it was done. */
#ifndef PROVISION_STEP_H
#define PROVISION_STEP_H

#include "base/err.h"
#include "provision/act.h"

/*
 * step_do - do it; several threads may do others, of other servers, at once.
 *
 * All steps may be done twice.  Those that may fail (provision/lifecycle) are told, and succeed.
 *
 * Fails:   ERR_UNAVAILABLE when the host does not answer; ERR_STATUS with the status of a program
 *          of the agent; ERR_BUSY when the state is another's now; as store_put, references_get.
 */
int step_do(struct act *a, const struct planner_step *step, struct err *e)
	__attribute__((warn_unused_result));

#endif
