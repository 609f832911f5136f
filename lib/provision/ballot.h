/* SPDX-License-Identifier: MIT */
/* ballot - count the votes of tiers' servers, and look for servers that do not answer. */
#ifndef PROVISION_BALLOT_H
#define PROVISION_BALLOT_H

#include <stdbool.h>

#include "base/err.h"
#include "provision/act.h"

/* What came of a round. */
struct ballot {
	long long n, up, down; /* servers of the tier, and their votes; the others count as 0 */
};

/* ballot_majority - what a strict majority of all servers wants: 1 more, -1 fewer, else 0. */
int ballot_majority(const struct ballot *ballot);

/*
 * ballot_decide - how many servers a tier is to have after a round.
 *
 * wanted  what was decided before: that stays while it is not brought to its end
 *
 * What the majority wants, by breach-increment, within min and max.
 *
 * Source:  enstratus-agent(7), SCALING.
 */
long long ballot_decide(const struct deployment_tier *tier, const struct ballot *ballot,
			long long wanted);

/*
 * ballot_take - ask each server of some tiers, all at once: for its vote, or where the size of its
 *               tier does not change whether it answers at all.
 *
 * asked    of each tier, whether it is asked
 * ballots  of each tier; those of the others are empty
 *
 * A server that does not answer for the recovery delay is lost from then on; later, and an event
 * tells it, where its tier flaps.
 *
 * Fails:   as inquiry_ask and store_put.
 */
int ballot_take(struct act *a, const bool *asked, int parallel, struct ballot *ballots,
		struct err *e) __attribute__((warn_unused_result));

#endif
