/* SPDX-License-Identifier: MIT */
/* upkeep - the steps of a server that counts. */
#include "provision/upkeep.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "provision/backups.h"
#include "provision/told.h"

/* Which names are others than what it was told; "" for none. */
static int
compare(struct planner_making *m, struct ledger_server *server, size_t service,
	struct ledger_placed *placed, struct changes *changes)
{
	struct planner *p = m->p;
	const struct told told = {.d = p->d, .l = p->l, .references = p->references};
	struct secret text = SECRET_INIT;
	int result = -1;

	*changes = CHANGES_INIT;
	if (told_service(&told, &p->d->services[service], server, &text, m->e) == 0)
		result = told_compare(&text, placed, changes, m->e);
	secret_free(&text);
	return result;
}

static int
plan_configure(struct planner_making *m, struct ledger_server *server, size_t service,
	       struct ledger_placed *placed, bool is_new)
{
	struct planner *p = m->p;
	struct changes changes = CHANGES_INIT;
	struct planner_step *step;
	unsigned long long stamp = planner_stamp(p, &p->d->services[service]);
	bool is_known = placed && placed->told && !is_new && !p->again;
	bool differs = !is_known;
	int result = -1;

	if (is_known && placed->compared != stamp) {
		if (!p->shallow && compare(m, server, service, placed, &changes))
			goto out;
		differs = changes.names.len > 0;
		p->avoided += !differs;
		if (!differs)
			placed->compared = stamp;
	}
	if (differs) {
		if (!(step = planner_add(m, STEP_CONFIGURE, server, service)))
			goto out;
		if (is_new || !placed || !placed->told)
			planner_because(step, "it is new there");
		else if (p->again)
			planner_because(step, "it was asked for");
		else
			planner_because(step, "changed: %s",
					strcmp(changes.names.data, "*") == 0 ? "all"
									     : changes.names.data);
	}
	if (differs || !placed->started) {
		enum lifecycle_step rest[] = {STEP_QUIT, STEP_START, STEP_CHECK};

		for (size_t i = 0; i < 3; i++)
			if (!(step = planner_add(m, rest[i], server, service)))
				goto out;
	}
	result = 0;
out:
	changes_free(&changes);
	return result;
}

static int
plan_load(struct planner_making *m, struct ledger_server *server, size_t service)
{
	const struct deployment *d = m->p->d;

	for (size_t i = 0; i < d->n_sources; i++) {
		const struct ledger_source *known = ledger_source(m->p->l, d->sources[i].name);
		struct planner_step *step;
		char dump[PATH_MAX];

		if (d->sources[i].service != service || told_writer(server->tier) != server ||
		    m->p->shallow)
			continue;
		if ((known && known->loaded && strcmp(known->server, server->id) == 0) ||
		    !backups_dump(d, i, dump))
			continue;
		if (!(step = planner_add(m, STEP_LOAD, server, service)))
			return -1;
		step->source = i;
		planner_because(step, "%.40s is new there: %s", d->sources[i].name,
				strrchr(dump, '/') ? strrchr(dump, '/') + 1 : dump);
	}
	return 0;
}

static int
plan_proxies(struct planner_making *m, struct ledger_server *server, size_t service)
{
	const struct deployment *d = m->p->d;
	const struct deployment_service *s = &d->services[service];
	const struct ledger_tier *tier;

	if (s->balancer == DEPLOYMENT_NONE)
		return 0;
	tier = m->p->l->tiers[d->balancers[s->balancer].tier];
	for (size_t i = 0; i < tier->n; i++) {
		struct ledger_server *balancer = tier->servers[i];
		struct planner_step *step;
		char address[300];
		bool known = false;

		if (!ledger_counts(balancer))
			continue;
		snprintf(address, sizeof address, "%s:%s", server->address ? server->address : "?",
			 s->ports[0].number);
		for (size_t j = 0; j < server->n_nodes; j++)
			known |= strcmp(server->nodes[j].balancer, balancer->id) == 0 &&
				 strcmp(server->nodes[j].service, s->id) == 0 &&
				 strcmp(server->nodes[j].address, address) == 0;
		if (known)
			continue;
		if (!(step = planner_add(m, STEP_PROXY, balancer, service)))
			return -1;
		step->about = server;
		step->balancer = s->balancer;
		planner_because(step, "%s serves %s there", server->id, s->id);
	}
	return 0;
}

/* What is there and is not to be any more. */
static int
plan_leftovers(struct planner_making *m, struct ledger_server *server, size_t tier)
{
	const struct deployment *d = m->p->d;

	for (size_t i = 0; i < server->n_placed; i++) {
		size_t service = deployment_service(d, server->placed[i].id);
		struct planner_step *step;

		if (service != DEPLOYMENT_NONE && d->services[service].tier == tier)
			continue;
		for (int j = 0; j < 2; j++) {
			step = planner_add(m, j ? STEP_REMOVE : STEP_STOP, server, DEPLOYMENT_NONE);
			if (!step)
				return -1;
			snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
			planner_because(step, "it is in the deployment no more");
		}
	}
	return 0;
}

int
upkeep_plan(struct planner_making *m, struct ledger_server *server, size_t tier)
{
	const struct deployment *d = m->p->d;
	struct planner_step *step;

	if (!server->address && !planner_add(m, STEP_MAKE, server, DEPLOYMENT_NONE))
		return -1;
	if (plan_leftovers(m, server, tier))
		return -1;
	for (size_t i = 0; i < d->n_services; i++) {
		struct ledger_placed *placed;
		bool is_new;

		if (d->services[i].tier != tier)
			continue;
		placed = ledger_find_placed(server, d->services[i].id);
		is_new = !placed || strcmp(placed->digest, m->p->digests[i]) != 0;
		if (is_new) {
			if (!(step = planner_add(m, STEP_INSTALL, server, i)))
				return -1;
			planner_because(step, placed && placed->digest[0]
						      ? "the image is another"
						      : "the server has joined");
		}
		if (plan_configure(m, server, i, placed, is_new) || plan_load(m, server, i) ||
		    plan_proxies(m, server, i))
			return -1;
	}
	return 0;
}
