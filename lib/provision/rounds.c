/* SPDX-License-Identifier: MIT */
/* rounds - rounds of votes, one after the other, what follows from each, and how it all went. */
#include "provision/rounds.h"

#include <stdlib.h>

#include "provision/crew.h"
#include "provision/entry.h"
#include "provision/events.h"

int
rounds_open(struct rounds *r, struct act *a, int parallel, struct err *e)
{
	/* The run before may have been cut off. */
	*r = (struct rounds){.a = a, .parallel = parallel, .unfinished = true};
	r->short_since = calloc(a->d->n_tiers + 1, sizeof *r->short_since);
	return r->short_since ? 0 : err_sys(e, "cannot count votes");
}

void
rounds_close(struct rounds *r)
{
	free(r->short_since);
	*r = ROUNDS_INIT;
}

/* How long a tier has been short of servers, from the first such vote to the first other one. */
static void
measure(struct rounds *r, size_t tier, const struct ballot *ballot)
{
	long long now = ledger_now(r->a->l);
	bool is_short = ballot_majority(ballot) > 0;

	if (is_short && !r->short_since[tier]) {
		r->short_since[tier] = now;
	} else if (!is_short && r->short_since[tier]) {
		r->n_shorts++;
		r->short_s += now - r->short_since[tier];
		r->short_since[tier] = 0;
	}
}

/* Whether something is to be done then: another number of servers, or one is lost. */
static int
take_tier(struct rounds *r, size_t at, bool *acts, struct err *e)
{
	const struct deployment_tier *tier = &r->a->d->tiers[at];
	struct ledger_tier *known = r->a->l->tiers[at];
	struct ballot ballot;
	long long wanted;

	if (ballot_take(r->a, at, r->parallel, &ballot, e))
		return -1;
	wanted = tier->votes ? ballot_decide(tier, &ballot, known->wanted) : known->wanted;
	measure(r, at, &ballot);
	if (r->tell)
		r->tell(r->tell_arg, at, &ballot, wanted);
	for (size_t i = 0; i < known->n; i++)
		*acts |= known->servers[i]->state == SERVER_LOST;
	if (wanted == known->wanted)
		return 0;
	*acts = true;
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
	const struct deployment *d = r->a->d;
	struct ledger *l = r->a->l;
	long long now = ledger_now(l);
	bool acts = false, asked = false;

	for (size_t i = 0; i < d->n_tiers; i++) {
		if (l->tiers[i]->wanted <= 0 ||
		    (!all && now - l->tiers[i]->voted < d->tiers[i].interval_s))
			continue;
		asked = true;
		l->tiers[i]->voted = now;
		if (take_tier(r, i, &acts, e))
			return -1;
	}
	if (acts || ((asked || all) && r->unfinished)) {
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
