/* SPDX-License-Identifier: MIT */
/* staffing - how many servers a tier has, and on which hosts. */
#ifndef PROVISION_STAFFING_H
#define PROVISION_STAFFING_H

#include "base/err.h"
#include "provision/planner.h"

/*
 * staffing_tiers - give each tier the servers that it is to have, and mark those that are to
 *                  leave.
 *
 * New ones get a host: the first of the tier's that nobody has, at last one that was lost before;
 * else one is made.  Which leave is a matter of chance.
 *
 * Fails:   ERR_UNAVAILABLE when a tier's min is not reached for want of hosts; a wish for more
 *          than there are is cut, and told.  As entry_add_server.
 */
int staffing_tiers(struct planner *p, struct err *e) __attribute__((warn_unused_result));

/* staffing_want - how many servers a tier is to have, between its min and max. */
long long staffing_want(const struct deployment_tier *tier, long long wanted);

#endif
