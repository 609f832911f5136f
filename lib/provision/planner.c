/* SPDX-License-Identifier: MIT */
/* planner - a plan that is made, step by step. */
#include "provision/planner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"

int
planner_digests(struct planner *p, struct err *e)
{
	const struct deployment *d = p->d;

	p->digests = calloc(d->n_services + 1, sizeof *p->digests);
	if (!p->digests)
		return err_sys(e, "cannot look at the images");
	for (size_t i = 0; i < d->n_services; i++) {
		const struct deployment_service *s = &d->services[i];

		if (s->image[0] != '/')
			snprintf(p->digests[i], sizeof *p->digests, "%s", s->sha256);
		else if (digest_path(s->image, p->digests[i], e))
			return -1;
		if (s->sha256 && strcmp(p->digests[i], s->sha256) != 0)
			return err_set(
				e, ERR_UNSAFE,
				"the image '%s' has the sha256 %s, not the one that [service "
				"%s] says",
				s->image, p->digests[i], s->id);
	}
	return 0;
}

void
planner_free(struct planner *p)
{
	free(p->digests);
	p->digests = NULL;
}

unsigned long long
planner_stamp(const struct planner *p, const struct deployment_service *s)
{
	const struct deployment *d = p->d;
	unsigned long long stamp = 1 + p->l->tiers[s->tier]->stamp;

	for (size_t i = 0; i < s->depends.n; i++)
		stamp = stamp * 1000003 + p->l->tiers[d->services[s->depends.at[i]].tier]->stamp;
	for (size_t i = 0; i < s->sources.n; i++)
		stamp = stamp * 1000003 +
			p->l->tiers[d->services[d->sources[s->sources.at[i]].service].tier]->stamp;
	return stamp;
}

/* In the order of the table; services that depend on others stop before them and start after. */
static unsigned
stage_of(const struct deployment *d, enum lifecycle_step kind, size_t level)
{
	unsigned levels = (unsigned)d->n_levels, at = (unsigned)level;

	switch (kind) {
	case STEP_UNPROXY:
		return 0;
	case STEP_STOP:
		return 1 + (levels - 1 - at);
	case STEP_REVOKE:
		return levels + 1;
	case STEP_TERMINATE:
		return levels + 2;
	case STEP_REMOVE:
		return levels + 3;
	case STEP_DESTROY:
		return levels + 4;
	case STEP_MAKE:
		return levels + 5;
	case STEP_INSTALL:
		return levels + 6;
	case STEP_ADMIT:
		return levels + 7;
	case STEP_PROXY:
		return 2 * levels + 8;
	case STEP_GRANT:
		return 2 * levels + 9;
	case STEP_SETTLE:
		return 2 * levels + 10;
	default:
		return levels + 8 + at;
	}
}

struct planner_step *
planner_add(struct planner_making *m, enum lifecycle_step kind, struct ledger_server *server,
	    size_t service)
{
	const struct deployment *d = m->p->d;
	struct plan *plan = m->plan;
	struct planner_step *step;

	if (plan->n == plan->capacity) {
		size_t capacity = plan->capacity ? plan->capacity * 2 : 64;

		step = reallocarray(plan->steps, capacity, sizeof *step);
		if (!step) {
			err_sys(m->e, "cannot make a plan");
			return NULL;
		}
		plan->steps = step;
		plan->capacity = capacity;
	}
	step = &plan->steps[plan->n++];
	*step = (struct planner_step){.kind = kind,
				      .stage = stage_of(d, kind,
							service == DEPLOYMENT_NONE
								? d->n_levels - 1
								: d->services[service].level),
				      .server = server,
				      .about = server,
				      .service = service,
				      .source = DEPLOYMENT_NONE,
				      .balancer = DEPLOYMENT_NONE};
	if (service != DEPLOYMENT_NONE)
		snprintf(step->id, sizeof step->id, "%s", d->services[service].id);
	snprintf(step->why, sizeof step->why, "%s", lifecycle_row(kind)->when);
	return step;
}

void
planner_because(struct planner_step *step, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(step->why, sizeof step->why, fmt, args);
	va_end(args);
}

static int
by_order(const void *a, const void *b)
{
	const struct planner_step *x = a, *y = b;

	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	if (x->server != y->server) {
		int order = strcmp(x->server->tier->name, y->server->tier->name);

		return order ? order : x->server->number < y->server->number ? -1 : 1;
	}
	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->about != y->about)
		return strcmp(x->about->id, y->about->id);
	return x->source < y->source ? -1 : x->source > y->source;
}

/* How many servers of a tier may be restarted at once. */
static size_t
most_at_once(const struct ledger_tier *tier)
{
	size_t n = 0;

	for (size_t i = 0; i < tier->n; i++)
		n += tier->servers[i]->state == SERVER_RUNNING;
	return n > 3 ? n / 2 : 1;
}

/*
 * Gives turns to the steps of one stage and tier; whether there is more than one.  Those that do
 * not run come first: what fails there fails before one that runs is touched.
 */
static bool
take_turns(struct planner_step *steps, size_t n)
{
	size_t most = most_at_once(steps[0].server->tier), nth = 0, first = 0;

	for (size_t i = 0; i < n; i++)
		if (steps[i].server->state != SERVER_RUNNING)
			first = 1;
	for (size_t i = 0; i < n; i++) {
		const struct ledger_server *server = steps[i].server;

		nth += i && server != steps[i - 1].server &&
		       steps[i - 1].server->state == SERVER_RUNNING;
		if (server->state == SERVER_RUNNING)
			steps[i].turn = (unsigned)(first + nth / most);
	}
	return first + nth > 0;
}

static bool
is_of_level(const struct planner_step *step)
{
	return step->kind >= STEP_CONFIGURE && step->kind <= STEP_LOAD;
}

void
planner_sort(struct plan *plan)
{
	bool any = false;

	if (plan->n == 0)
		return;
	qsort(plan->steps, plan->n, sizeof *plan->steps, by_order);
	for (size_t i = 0, end; i < plan->n; i = end) {
		const struct planner_step *step = &plan->steps[i];

		for (end = i + 1; end < plan->n && plan->steps[end].stage == step->stage &&
				  plan->steps[end].server->tier == step->server->tier;)
			end++;
		if (is_of_level(step))
			any |= take_turns(&plan->steps[i], end - i);
	}
	if (any)
		qsort(plan->steps, plan->n, sizeof *plan->steps, by_order);
}

void
plan_free(struct plan *plan)
{
	free(plan->steps);
	*plan = PLAN_INIT;
}
