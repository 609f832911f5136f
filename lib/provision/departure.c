/* SPDX-License-Identifier: MIT */
/* departure - the steps of a server that leaves, or is lost. */
#include "provision/departure.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "provision/told.h"

static int
plan_revokes(struct planner_making *m, struct ledger_server *server)
{
	const struct deployment *d = m->p->d;
	struct ledger *l = m->p->l;

	for (size_t i = 0; i < d->n_sources && server->address; i++) {
		const struct ledger_source *source = ledger_source(l, d->sources[i].name);
		struct ledger_server *writer =
			told_writer(l->tiers[d->services[d->sources[i].service].tier]);
		size_t len = strlen(server->address);
		const char *found =
			source && source->granted ? strstr(source->granted, server->address) : NULL;
		struct planner_step *step;

		while (found && !((found == source->granted || found[-1] == ',') &&
				  (found[len] == ',' || !found[len])))
			found = strstr(found + 1, server->address);
		/* A database that is new does not know it. */
		if (!found || !writer || strcmp(writer->id, source->server) != 0)
			continue;
		step = planner_add(m, STEP_REVOKE, writer, d->sources[i].service);
		if (!step)
			return -1;
		step->source = i;
		step->about = server;
		planner_because(step, "%s %s", server->id,
				server->state == SERVER_LOST ? "is lost" : "leaves");
	}
	return 0;
}

int
departure_plan(struct planner_making *m, struct ledger_server *server)
{
	const struct deployment *d = m->p->d;
	bool is_lost = server->state == SERVER_LOST;
	struct planner_step *step;

	for (size_t i = 0; i < server->n_nodes; i++) {
		struct ledger_server *balancer =
			ledger_find_server(m->p->l, server->nodes[i].balancer);

		if (!balancer || balancer->state == SERVER_LOST)
			continue;
		if (!(step = planner_add(m, STEP_UNPROXY, balancer, DEPLOYMENT_NONE)))
			return -1;
		step->about = server;
		planner_because(step, "%s %s", server->id, is_lost ? "is lost" : "leaves");
	}
	for (size_t i = 0; i < server->n_placed && !is_lost; i++) {
		if (!(step = planner_add(m, STEP_STOP, server,
					 deployment_service(d, server->placed[i].id))))
			return -1;
		snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
	}
	if (plan_revokes(m, server))
		return -1;
	if (server->n_placed && !is_lost &&
	    !planner_add(m, STEP_TERMINATE, server, DEPLOYMENT_NONE))
		return -1;
	for (size_t i = 0; i < server->n_placed && !is_lost; i++) {
		if (!(step = planner_add(m, STEP_REMOVE, server,
					 deployment_service(d, server->placed[i].id))))
			return -1;
		snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
	}
	step = planner_add(m, STEP_DESTROY, server, DEPLOYMENT_NONE);
	if (step)
		planner_because(step, is_lost ? "it is lost" : "it leaves");
	return step ? 0 : -1;
}
