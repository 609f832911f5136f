/* SPDX-License-Identifier: MIT */
/* crew - do what a plan says, on several hosts at once, until nothing is left to do. */
#ifndef PROVISION_CREW_H
#define PROVISION_CREW_H

#include <stddef.h>

#include "base/err.h"
#include "provision/act.h"

/*
 * crew_each - call fn for 0..n-1, at most `parallel` at once; all of them, whatever becomes of
 *             some.
 *
 * Fails:   with the first failure.
 */
typedef int crew_fn(void *arg, size_t i, struct err *e);
int crew_each(size_t n, int parallel, crew_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

/*
 * crew_up - staff all tiers, plan and do, until a plan is empty; in the end wait for services
 *           that have not been OK since they were started.
 *
 * Steps of one stage that are of different servers are done at once.  After a stage in which one
 * failed no other is begun, for it may depend on it; what was done is kept, and the next call
 * goes on from there.
 *
 * Fails:   as step_do, staffing_tiers and difference_plan.
 */
int crew_up(struct act *a, int parallel, struct err *e) __attribute__((warn_unused_result));

/*
 * crew_check - ask once more for each service that was OK once and is not now.
 *
 * Fails:   ERR_UNAVAILABLE when one still is not.
 */
int crew_check(struct act *a, int parallel, struct err *e) __attribute__((warn_unused_result));

#endif
