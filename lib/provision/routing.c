/* SPDX-License-Identifier: MIT */
/* routing - the steps of a balancer: which servers it sends clients to. */
#include "provision/routing.h"

#include <stdio.h>

#include "provision/entry.h"
#include "provision/events.h"

int
routing_add(struct act_task *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const struct deployment_balancer *b = &a->d->balancers[t->step->balancer];
	struct ledger_server *about = t->step->about;
	struct ledger_node node;
	const char *words[] = {"startProxy",
			       s->id,
			       s->primary_name ? s->primary_name : "*",
			       s->secondary_names ? s->secondary_names : "NONE",
			       b->address ? b->address : t->step->server->address,
			       about->address ? about->address : "",
			       s->ports[0].number,
			       NULL};
	int result;

	if (act_demand(t, t->step->server, words))
		return -1;
	snprintf(node.service, sizeof node.service, "%s", s->id);
	snprintf(node.balancer, sizeof node.balancer, "%s", t->step->server->id);
	snprintf(node.address, sizeof node.address, "%.240s:%s", about->address,
		 s->ports[0].number);
	act_lock(a);
	result = entry_drop_nodes(a->l, about, node.balancer, t->e) ||
				 entry_add_node(a->l, about, &node, t->e)
			 ? -1
			 : 0;
	events_add(a->l, "proxy_changed", "%s with %s", node.balancer, about->id);
	act_unlock(a);
	return result;
}

int
routing_drop(struct act_task *t)
{
	const struct ledger_server *about = t->step->about;
	const char *words[] = {"stopProxy", about->address ? about->address : "", NULL};

	if (act_demand(t, t->step->server, words))
		return -1;
	act_lock(t->a);
	if (entry_drop_nodes(t->a->l, t->step->about, t->step->server->id, t->e) == 0)
		events_add(t->a->l, "proxy_changed", "%s without %s", t->step->server->id,
			   about->id);
	act_unlock(t->a);
	return t->e->kind ? -1 : 0;
}
