/* SPDX-License-Identifier: MIT */
/* rounds - rounds of votes, one after the other, what follows from each, and how it all went. */
#ifndef PROVISION_ROUNDS_H
#define PROVISION_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "provision/act.h"
#include "provision/ballot.h"

/* rounds_tell_fn - what came of asking a tier; wanted: how many servers it is to have now. */
typedef void rounds_tell_fn(void *arg, size_t tier, const struct ballot *ballot, long long wanted);

/* rounds_short_fn - whether a tier has too few servers. */
typedef bool rounds_short_fn(void *arg, size_t tier);

struct rounds {
	struct act *a;
	int parallel;
	rounds_tell_fn *tell;	   /* NULL: nobody is told */
	void *tell_arg;		   /* of both */
	rounds_short_fn *is_short; /* NULL: one that votes for more has */
	bool *asked;		   /* of each tier: in this round */
	struct ballot *ballots;	   /* of each tier */
	long long *short_since;	   /* of each tier: since when it has too few; 0: it has not */
	int *directions;	   /* of each tier: of the last decision; 0: none yet */
	long long n_shorts;	/* how often a tier had too few servers, and came to have enough */
	long long short_s;	/* how long, in all; seconds */
	long long oscillations; /* decisions for more after one for fewer, and the other way */
	long long peak;		/* most servers at once */
	bool unfinished;	/* there may be something to do, whatever the votes */
};

#define ROUNDS_INIT ((struct rounds){.a = NULL})

/* rounds_open - for all tiers of a deployment.  Fails: ERR_SYSTEM. */
int rounds_open(struct rounds *r, struct act *a, int parallel, struct err *e)
	__attribute__((warn_unused_result));
/* rounds_rebind - the same rounds, when the deployment has become another. */
int rounds_rebind(struct rounds *r, struct err *e) __attribute__((warn_unused_result));
void rounds_close(struct rounds *r);

/*
 * rounds_take - ask the tiers whose vote interval is over, or all; and when another number of
 *               servers follows, one is lost, or the last time was not brought to its end, do
 *               what is to be done.
 *
 * A tier that is down is not asked.
 *
 * What was decided is kept before anything is done: a crash in between neither loses nor doubles
 * it.
 *
 * Fails:   as ballot_take and crew_up.
 */
int rounds_take(struct rounds *r, bool all, struct err *e) __attribute__((warn_unused_result));

/* rounds_shortest - the shortest vote interval of a deployment's tiers, seconds; 0 for no tier. */
long long rounds_shortest(const struct deployment *d);

#endif
