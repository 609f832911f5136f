/* SPDX-License-Identifier: MIT */
/* rounds - rounds of votes, one after the other, what follows from each, and how it all went. */
#include "provision/rounds.h"

#include <stdlib.h>

#include "provision/crew.h"
#include "provision/entry.h"
#include "provision/events.h"

int
rounds_rebind(struct rounds *r, struct err *e)
{
	size_t n = r->a->d->n_tiers + 1;

	free(r->asked);
	free(r->ballots);
	free(r->short_since);
	free(r->directions);
	r->asked = calloc(n, sizeof *r->asked);
	r->ballots = calloc(n, sizeof *r->ballots);
	r->short_since = calloc(n, sizeof *r->short_since);
	r->directions = calloc(n, sizeof *r->directions);
	r->unfinished = true;
	return r->asked && r->ballots && r->short_since && r->directions
		       ? 0
		       : err_sys(e, "cannot count votes");
}

int
rounds_open(struct rounds *r, struct act *a, int parallel, struct err *e)
{
	/* The run before may have been cut off, so it is unfinished. */
	*r = (struct rounds){.a = a, .parallel = parallel};
	return rounds_rebind(r, e);
}

void
rounds_close(struct rounds *r)
{
	free(r->asked);
	free(r->ballots);
	free(r->short_since);
	free(r->directions);
	*r = ROUNDS_INIT;
}

/* How long a tier has been short of servers, from the first such round to the first other one. */
static void
measure(struct rounds *r, size_t tier, const struct ballot *ballot)
{
	long long now = ledger_now(r->a->l);
	bool is_short = r->is_short ? r->is_short(r->tell_arg, tier) : ballot_majority(ballot) > 0;

	if (is_short && !r->short_since[tier]) {
		r->short_since[tier] = now;
	} else if (!is_short && r->short_since[tier]) {
		r->n_shorts++;
		r->short_s += now - r->short_since[tier];
		r->short_since[tier] = 0;
	}
}

/* Which tiers are asked now; false for none. */
static bool
choose(struct rounds *r, bool all)
{
	const struct deployment *d = r->a->d;
	long long now = ledger_now(r->a->l);
	bool any = false;

	for (size_t i = 0; i < d->n_tiers; i++) {
		struct ledger_tier *tier = r->a->l->tiers[i];

		r->asked[i] =
			tier->wanted > 0 && (all || now - tier->voted >= d->tiers[i].interval_s);
		if (!r->asked[i])
			continue;
		tier->voted = now;
		any = true;
	}
	return any;
}

/* A decision against the one before it, of the same tier. */
static void
measure_direction(struct rounds *r, size_t tier, int direction)
{
	r->oscillations += r->directions[tier] == -direction;
	r->directions[tier] = direction;
}

/* What follows from a vote: another number of servers, or one that is lost. */
static int
decide(struct rounds *r, size_t at, bool *acts, struct err *e)
{
	const struct deployment_tier *tier = &r->a->d->tiers[at];
	struct ledger_tier *known = r->a->l->tiers[at];
	const struct ballot *ballot = &r->ballots[at];
	long long wanted = tier->votes ? ballot_decide(tier, ballot, known->wanted) : known->wanted;

	measure(r, at, ballot);
	if (r->tell)
		r->tell(r->tell_arg, at, ballot, wanted);
	for (size_t i = 0; i < known->n; i++)
		*acts |= known->servers[i]->state == SERVER_LOST;
	if (wanted == known->wanted)
		return 0;
	*acts = true;
	measure_direction(r, at, wanted > known->wanted ? 1 : -1);
	events_add(r->a->l, wanted > known->wanted ? "scale_out" : "scale_in", "%s to %lld",
		   tier->name, wanted);
	known->wanted = wanted;
	return entry_save_tier(r->a->l, known, e);
}

static void
measure_peak(struct rounds *r)
{
	const struct ledger *l = r->a->l;
	long long n = 0;

	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			n += ledger_counts(l->tiers[i]->servers[j]);
	if (n > r->peak)
		r->peak = n;
}

int
rounds_take(struct rounds *r, bool all, struct err *e)
{
	bool acts = false, any = choose(r, all);

	if (any && ballot_take(r->a, r->asked, r->parallel, r->ballots, e))
		return -1;
	for (size_t i = 0; i < r->a->d->n_tiers; i++)
		if (r->asked[i] && decide(r, i, &acts, e))
			return -1;
	if (acts || ((any || all) && r->unfinished)) {
		r->unfinished = true;
		if (crew_up(r->a, r->parallel, e))
			return -1;
		r->unfinished = false;
	}
	measure_peak(r);
	return 0;
}

long long
rounds_shortest(const struct deployment *d)
{
	long long shortest = d->n_tiers ? d->tiers[0].interval_s : 0;

	for (size_t i = 1; i < d->n_tiers; i++)
		if (d->tiers[i].interval_s < shortest)
			shortest = d->tiers[i].interval_s;
	return shortest;
}
