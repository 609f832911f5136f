/* SPDX-License-Identifier: MIT */
/* act - one step under way: the calls of its server, and what is kept of them. */
#ifndef PROVISION_ACT_H
#define PROVISION_ACT_H

#include "base/err.h"
#include "provision/agents.h"
#include "provision/planner.h"

/* What is told while it goes on; done -1: it begins, 0: done, else it failed and why says it. */
typedef void act_tell_fn(void *arg, const struct planner_step *step, int done, const char *why);

struct act {
	const struct deployment *d;
	struct ledger *l;
	struct references *references;
	struct planner *planner;
	struct agents agents;
	act_tell_fn *tell; /* one at a time; NULL: nobody is told */
	void *tell_arg;
	unsigned long long configured, started, ended; /* how often that was done */
	unsigned long long recovered, delayed; /* servers that were lost; and those that flapped */
};

/* One step under way. */
struct act_task {
	struct act *a;
	const struct planner_step *step;
	struct agents_call call;
	struct err *e;
};

/* act_lock - hold the ledger's lock, until act_unlock. */
void act_lock(struct act *a);
void act_unlock(struct act *a);

/*
 * act_ask - call a program on a server; its status, which may be any, is in call.status.
 * act_demand - the same, and any other status than 0 is a failure.
 *
 * words  the program and its arguments; ends with NULL
 *
 * Fails:   as agents_call; act_demand as act_refuse.
 */
int act_ask(struct act_task *t, const struct ledger_server *server, const char *const *words)
	__attribute__((warn_unused_result));
int act_demand(struct act_task *t, const struct ledger_server *server, const char *const *words)
	__attribute__((warn_unused_result));

/*
 * act_refuse - make a status that is no success an error, and return -1.
 *
 * Fails:   ERR_UNAVAILABLE when the connection was lost; ERR_STATUS with the program's status.
 */
int act_refuse(const struct act_task *t, const struct ledger_server *server);

/*
 * act_placed - the service on the server that a step is of; called with the lock.
 *
 * Fails:   NULL, with ERR_SYSTEM.
 */
struct ledger_placed *act_placed(struct act_task *t);

/* act_keep, act_state - keep it; keep in which state the server is.  Fail: as store_put. */
int act_keep(struct act_task *t, struct ledger_placed *placed) __attribute__((warn_unused_result));
int act_state(struct act_task *t, enum lifecycle_state state) __attribute__((warn_unused_result));

#endif
