/* SPDX-License-Identifier: MIT */
/* planner - a plan that is made, step by step. */
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

/*
 * One step.  Those of one server, stage and turn are done one after the other, all others of the
 * stage and turn at once.
 */
struct planner_step {
	enum lifecycle_step kind;
	unsigned stage, turn;
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

/* A plan that is being made. */
struct planner_making {
	struct planner *p;
	struct plan *plan;
	struct err *e;
};

/*
 * planner_digests - compute the digests of all images; those by URL have one.
 *
 * Fails:   ERR_IMAGE for an image that cannot be read; ERR_UNSAFE for one of another digest than
 *          the deployment says.
 */
int planner_digests(struct planner *p, struct err *e) __attribute__((warn_unused_result));
void planner_free(struct planner *p);

/* planner_stamp - one number for all that a service is told of other servers. */
unsigned long long planner_stamp(const struct planner *p, const struct deployment_service *s);

/* planner_add - one step more, of a service by its place; NULL, with ERR_SYSTEM, when it fails. */
struct planner_step *planner_add(struct planner_making *m, enum lifecycle_step kind,
				 struct ledger_server *server, size_t service);

/* planner_because - why that step is done, when it is not for the reason of the table. */
void planner_because(struct planner_step *step, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * planner_sort - in the order of stages, and of servers.
 *
 * Servers of a tier that run are restarted in turns, half of them at once at most, or one.
 */
void planner_sort(struct plan *plan);

void plan_free(struct plan *plan);

#endif
