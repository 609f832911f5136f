/* SPDX-License-Identifier: MIT */
/* model - hosts that are only thought of: they do what they are asked, and vote by a load curve. */
#ifndef PROVISION_MODEL_H
#define PROVISION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "provision/agents.h"
#include "provision/curve.h"
#include "provision/deployment.h"
#include "provision/ledger.h"

/* When servers vote for more and for fewer: percent of what they can do. */
struct model_rule {
	long long upper, lower;
};

/* As the agent's built-in rule has it. */
#define MODEL_RULE ((struct model_rule){.upper = 75, .lower = 25})

#define MODEL_NEVER __LONG_LONG_MAX__

struct model_host {
	long long serves;  /* from when on it does, seconds from the beginning */
	long long answers; /* likewise; MODEL_NEVER: it is dead */
};

/* How a tier stands now. */
struct model_tier {
	double load;
	long long serving; /* servers that do; -1: neither has been looked up yet */
};

/* How it all went so far, in seconds of one server. */
struct model_sum {
	double paid;	/* hosts that were there */
	double load;	/* work for servers at their limit */
	double refused; /* of it, what those that serve could not do at that moment */
};

struct model {
	const struct deployment *d;
	struct ledger *l;
	struct curve curve;
	long long now; /* seconds from the beginning */
	uint64_t seed; /* of start-up times; a host's is the same whatever befalls others */
	struct model_rule rule;
	unsigned long long n_made, n_ended;
	struct model_host *hosts; /* each of them, by its number */
	struct model_tier *tiers;
	struct model_sum sum;
};

#define MODEL_BEGINNING 1000000000LL /* its clock, at the beginning */

/* model_open - hosts that a load curve is played on, yet to be made.  Fails: as curve_open. */
int model_open(struct model *m, const struct deployment *d, struct ledger *l, const char *path,
	       struct err *e) __attribute__((warn_unused_result));
void model_close(struct model *m);

/* model_load - of a tier, now. */
double model_load(const struct model *m, size_t tier);

/* model_short - whether a tier whose size votes change has too few servers that serve, now. */
bool model_short(const struct model *m, size_t tier);

/* model_serving - how many servers of a tier serve, now. */
long long model_serving(const struct model *m, size_t tier);

/* model_step - so much later: it is summed up, and what has its time by then befalls servers. */
void model_step(struct model *m, long long seconds);

/* model_clock - the ledger's; model_agents - as agents, with arg the model. */
long long model_clock(void *arg);
struct agents model_agents(struct model *m);

#endif
