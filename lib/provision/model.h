/* SPDX-License-Identifier: MIT */
/* model - hosts that are only thought of: they do what they are asked, and vote by a load curve. */
#ifndef PROVISION_MODEL_H
#define PROVISION_MODEL_H

#include <stdbool.h>

#include "base/err.h"
#include "provision/agents.h"
#include "provision/deployment.h"
#include "provision/ledger.h"

/* Percent of what a server can do, as the agent's built-in rule has them. */
#define MODEL_UPPER 75
#define MODEL_LOWER 25

/* One point of a curve, or the death of a server. */
struct model_point {
	long long time; /* seconds from the beginning */
	size_t tier;
	double load; /* of so many servers that do all they can; below 0: one server dies */
};

struct model {
	const struct deployment *d;
	struct ledger *l;
	struct model_point *points; /* by tier, then by time */
	size_t n_points, *first;    /* first: where each tier's begin, and all end */
	long long now;		    /* seconds from the beginning */
	unsigned long long n_made;
	bool *dead; /* each of them, by its number */
};

#define MODEL_BEGINNING 1000000000LL /* its clock, at the beginning */

/*
 * model_open - read a load curve: lines TIME TIER SERVERS, or TIME TIER dead, by their time.
 *
 * Between two points of a tier its load is on the line from one to the other.
 *
 * Fails:   ERR_UNSAFE with the line's number.
 */
int model_open(struct model *m, const struct deployment *d, struct ledger *l, const char *path,
	       struct err *e) __attribute__((warn_unused_result));
void model_close(struct model *m);

/* model_load - of a tier, now. */
double model_load(const struct model *m, size_t tier);

/* model_step - so much later: servers die whose time has come. */
void model_step(struct model *m, long long seconds);

/* model_clock - the ledger's; model_agents - as agents, with arg the model. */
long long model_clock(void *arg);
struct agents model_agents(struct model *m);

#endif
