/* SPDX-License-Identifier: MIT */
/* difference - all steps from how a deployment is to how it should be. */
#include "provision/difference.h"

#include <stdbool.h>
#include <string.h>

#include "provision/departure.h"
#include "provision/told.h"
#include "provision/upkeep.h"

static int
add_grant(struct planner_making *m, enum lifecycle_step kind, struct ledger_server *writer,
	  size_t source, const char *addresses)
{
	const struct deployment_source *s = &m->p->d->sources[source];
	struct planner_step *step = planner_add(m, kind, writer, s->service);

	if (!step)
		return -1;
	step->source = source;
	if (kind == STEP_GRANT)
		planner_because(step, "%s is used from %s", s->name,
				addresses ? addresses : "nowhere");
	else
		planner_because(step, "%s: its password is another, and the one before still good",
				s->name);
	return 0;
}

/* Those that know one password only are let in by it until they are told of another. */
static bool
needs_both(const struct ledger_source *known, const struct ledger_server *writer, const char *login)
{
	return known && known->login[0] && strcmp(known->login, login) != 0 &&
	       strcmp(known->admitted, login) != 0 && strcmp(known->server, writer->id) == 0;
}

static int
plan_grant(struct planner_making *m, size_t source)
{
	struct planner *p = m->p;
	const struct deployment *d = p->d;
	const struct told told = {.d = d, .l = p->l, .references = p->references};
	struct ledger_server *writer =
		told_writer(p->l->tiers[d->services[d->sources[source].service].tier]);
	const struct ledger_source *known = ledger_source(p->l, d->sources[source].name);
	struct secret text = SECRET_INIT;
	struct buf addresses = BUF_INIT;
	char hash[33], login[33];
	int result = -1;

	if (!writer || p->shallow)
		return 0;
	if (told_addresses(d, p->l, source, NULL, &addresses, m->e) ||
	    told_source(&told, &d->sources[source], addresses.data ? addresses.data : "", &text,
			m->e) ||
	    told_login(&told, &d->sources[source], login, m->e))
		goto out;
	told_hash(p->l, &text, hash);
	result = 0;
	if (!p->again && known && strcmp(known->hash, hash) == 0 &&
	    strcmp(known->server, writer->id) == 0)
		goto out;
	if (needs_both(known, writer, login))
		result = add_grant(m, STEP_ADMIT, writer, source, NULL);
	if (!result)
		result = add_grant(m, STEP_GRANT, writer, source, addresses.data);
out:
	secret_free(&text);
	buf_free(&addresses);
	return result;
}

int
difference_plan(struct planner *p, struct plan *plan, struct err *e)
{
	struct planner_making m = {.p = p, .plan = plan, .e = e};
	struct ledger *l = p->l;

	*plan = PLAN_INIT;
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++) {
			struct ledger_server *server = l->tiers[i]->servers[j];

			if (ledger_counts(server) && i < p->d->n_tiers ? upkeep_plan(&m, server, i)
								       : departure_plan(&m, server))
				return -1;
		}
	for (size_t i = 0; i < p->d->n_sources; i++)
		if (plan_grant(&m, i))
			return -1;
	planner_sort(plan);
	return 0;
}

int
difference_unsettled(struct planner *p, bool all, struct plan *plan, struct err *e)
{
	struct planner_making m = {.p = p, .plan = plan, .e = e};

	*plan = PLAN_INIT;
	for (size_t i = 0; i < p->d->n_services; i++) {
		struct ledger_tier *tier = p->l->tiers[p->d->services[i].tier];

		for (size_t j = 0; j < tier->n; j++) {
			struct ledger_placed *placed =
				ledger_find_placed(tier->servers[j], p->d->services[i].id);

			if (ledger_counts(tier->servers[j]) && placed && placed->started &&
			    (!placed->settled || (all && strcmp(placed->word, "OK") != 0)) &&
			    !planner_add(&m, STEP_SETTLE, tier->servers[j], i))
				return -1;
		}
	}
	planner_sort(plan);
	return 0;
}
