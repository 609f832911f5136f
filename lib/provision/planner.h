/* SPDX-License-Identifier: MIT */
/* planner - what is to be done so that a deployment is as it should be, step by step. */
#ifndef PROVISION_PLANNER_H
#define PROVISION_PLANNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "provision/deployment.h"
#include "provision/ledger.h"
#include "provision/lifecycle.h"
#include "provision/reference.h"

#define PLANNER_WHY_MAX 160

struct planner {
	const struct deployment *d;
	struct ledger *l;
	struct references *references;
	char (*digests)[65]; /* of each service's image; planner_digests makes them */
	uint64_t random;     /* which servers leave when there are too many */
	bool again;	     /* every configuration is sent anew */
	bool shallow;	     /* what services are told is not looked at: a simulation of hosts */
	unsigned long long hired;   /* servers that were given to tiers */
	unsigned long long avoided; /* configurations that were compared and not sent */
};

/* One step.  Those of one server and stage are done one after the other, all others at once. */
struct planner_step {
	enum lifecycle_step kind;
	unsigned stage;
	struct ledger_server *server;	  /* that is called */
	struct ledger_server *about;	  /* that a balancer is told of; else server */
	size_t service, source, balancer; /* places in the deployment; DEPLOYMENT_NONE */
	char id[65];			  /* of a service that may be in it no more */
	char why[PLANNER_WHY_MAX];
};

struct plan {
	struct planner_step *steps; /* in their order */
	size_t n, capacity;
};

#define PLAN_INIT ((struct plan){.steps = NULL})

/*
 * planner_digests - compute the digests of all images; those by URL have one.
 *
 * Fails:   ERR_IMAGE for an image that cannot be read; ERR_UNSAFE for one of another digest than
 *          the deployment says.
 */
int planner_digests(struct planner *p, struct err *e) __attribute__((warn_unused_result));
void planner_free(struct planner *p);

/*
 * planner_staff - give each tier the servers that it is to have, and mark those that are to
 *                 leave.
 *
 * New ones get a host: the first of the tier's that nobody has, at last one that was lost before;
 * else one is made.  Which leave is a matter of chance.
 *
 * Fails:   ERR_UNAVAILABLE when a tier's min is not reached for want of hosts; a wish for more
 *          than there are is cut, and told.  As entry_add_server.
 */
int planner_staff(struct planner *p, struct err *e) __attribute__((warn_unused_result));

/* planner_want - how many servers a tier is to have, between its min and max. */
long long planner_want(const struct deployment_tier *tier, long long wanted);

/*
 * planner_plan - all steps from how it is to how it should be; nothing is done, and nothing kept.
 *
 * Fails:   as references_get; ERR_SYSTEM.
 */
int planner_plan(struct planner *p, struct plan *plan, struct err *e)
	__attribute__((warn_unused_result));

/*
 * planner_unsettled - a step of checking for each service that has not been OK since it was
 *                     started, or of all that are not OK now.
 */
int planner_unsettled(struct planner *p, bool all, struct plan *plan, struct err *e)
	__attribute__((warn_unused_result));

/* planner_stamp - one number for all that a service is told of other servers. */
unsigned long long planner_stamp(const struct planner *p, const struct deployment_service *s);
void plan_free(struct plan *plan);

#endif
