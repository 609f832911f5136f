/* SPDX-License-Identifier: MIT */
/* difference - all steps from how a deployment is to how it should be. */
#ifndef PROVISION_DIFFERENCE_H
#define PROVISION_DIFFERENCE_H

#include <stdbool.h>

#include "base/err.h"
#include "provision/planner.h"

/*
 * difference_plan - make a plan of them; nothing is done, and nothing kept.
 *
 * Fails:   as references_get; ERR_SYSTEM.
 */
int difference_plan(struct planner *p, struct plan *plan, struct err *e)
	__attribute__((warn_unused_result));

/*
 * difference_unsettled - a step of checking for each service that has not been OK since it was
 *                        started, or of all that are not OK now.
 */
int difference_unsettled(struct planner *p, bool all, struct plan *plan, struct err *e)
	__attribute__((warn_unused_result));

#endif
