/* SPDX-License-Identifier: MIT */
/* planner - what is to be done so that a deployment is as it should be, step by step. */
#include "provision/planner.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "image/digest.h"
#include "provision/backups.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/told.h"

/* ---- images */

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

/* ---- servers */

long long
planner_want(const struct deployment_tier *tier, long long wanted)
{
	if (wanted < tier->min)
		return tier->min;
	return wanted > tier->max ? tier->max : wanted;
}

/* xorshift64*: the same seed makes the same choices. */
static uint64_t
chance(struct planner *p)
{
	if (!p->random)
		p->random = 0x9e3779b97f4a7c15u;
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return p->random * 0x2545f4914f6cdd1du;
}

static bool
is_taken(const struct ledger *l, const char *host)
{
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			if (l->tiers[i]->servers[j]->host &&
			    strcmp(l->tiers[i]->servers[j]->host, host) == 0)
				return true;
	return false;
}

static bool
was_lost(const struct ledger *l, const char *host)
{
	for (size_t i = 0; i < l->n_lost; i++)
		if (strcmp(l->lost[i], host) == 0)
			return true;
	return false;
}

static const struct deployment_host *
find_host(const struct planner *p, const struct deployment_tier *tier)
{
	const struct deployment_host *last = NULL;

	for (size_t i = 0; i < tier->hosts.n; i++) {
		const struct deployment_host *host = &p->d->hosts[tier->hosts.at[i]];

		if (is_taken(p->l, host->name))
			continue;
		if (!was_lost(p->l, host->name))
			return host;
		if (!last)
			last = host;
	}
	return last;
}

static int
hire(struct planner *p, const struct deployment_tier *tier, struct ledger_tier *known, bool *none,
     struct err *e)
{
	const struct deployment_host *host = find_host(p, tier);
	struct ledger_server *server;

	*none = !host && !p->d->make;
	if (*none)
		return 0;
	if (entry_add_server(p->l, known, host, &server, e))
		return -1;
	p->hired++;
	events_add(p->l, "server_joins", "%s%s%s", server->id, host ? " on " : "",
		   host ? host->name : "");
	return 0;
}

static int
dismiss(struct planner *p, struct ledger_tier *known, long long n, struct err *e)
{
	long long nth = (long long)(chance(p) % (uint64_t)n);

	for (size_t i = 0; i < known->n; i++) {
		struct ledger_server *server = known->servers[i];

		if (!ledger_counts(server) || nth-- > 0)
			continue;
		server->leaving = true;
		ledger_touch(known);
		events_add(p->l, "server_leaves", "%s", server->id);
		return entry_save_server(p->l, server, e);
	}
	return 0;
}

static long long
count(const struct ledger_tier *known)
{
	long long n = 0;

	for (size_t i = 0; i < known->n; i++)
		n += ledger_counts(known->servers[i]);
	return n;
}

static int
staff_tier(struct planner *p, const struct deployment_tier *tier, struct ledger_tier *known,
	   struct err *e)
{
	long long wanted = tier ? planner_want(tier, known->wanted) : 0, n = count(known);

	if (tier && known->wanted == 0)
		wanted = 0; /* all is to go: provision down */
	for (; n > wanted; n--)
		if (dismiss(p, known, n, e))
			return -1;
	for (; n < wanted; n++) {
		bool none;

		if (hire(p, tier, known, &none, e))
			return -1;
		if (!none)
			continue;
		if (n < tier->min)
			return err_set(
				e, ERR_UNAVAILABLE,
				"[tier %s] is to have %lld servers, and there is no host left "
				"for number %lld",
				tier->name, wanted, n + 1);
		log_warning("[tier %s] is to have %lld servers, and there are hosts for %lld",
			    tier->name, wanted, n);
		break;
	}
	return 0;
}

int
planner_staff(struct planner *p, struct err *e)
{
	/* Those that leave first: their hosts may be the ones that others need. */
	for (size_t i = 0; i < p->l->n_tiers; i++)
		if (staff_tier(p, i < p->d->n_tiers ? &p->d->tiers[i] : NULL, p->l->tiers[i], e))
			return -1;
	return 0;
}

/* ---- steps */

struct making {
	struct planner *p;
	struct plan *plan;
	struct err *e;
};

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
	case STEP_PROXY:
		return 2 * levels + 7;
	case STEP_GRANT:
		return 2 * levels + 8;
	case STEP_SETTLE:
		return 2 * levels + 9;
	default:
		return levels + 7 + at;
	}
}

static struct planner_step *
add(struct making *m, enum lifecycle_step kind, struct ledger_server *server, size_t service)
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

static void __attribute__((format(printf, 2, 3)))
because(struct planner_step *step, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(step->why, sizeof step->why, fmt, args);
	va_end(args);
}

/* ---- a server that leaves, or is lost */

static int
plan_revokes(struct making *m, struct ledger_server *server)
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
		step = add(m, STEP_REVOKE, writer, d->sources[i].service);
		if (!step)
			return -1;
		step->source = i;
		step->about = server;
		because(step, "%s %s", server->id,
			server->state == SERVER_LOST ? "is lost" : "leaves");
	}
	return 0;
}

static int
plan_end(struct making *m, struct ledger_server *server)
{
	const struct deployment *d = m->p->d;
	bool is_lost = server->state == SERVER_LOST;
	struct planner_step *step;

	for (size_t i = 0; i < server->n_nodes; i++) {
		struct ledger_server *balancer =
			ledger_find_server(m->p->l, server->nodes[i].balancer);

		if (!balancer || balancer->state == SERVER_LOST)
			continue;
		if (!(step = add(m, STEP_UNPROXY, balancer, DEPLOYMENT_NONE)))
			return -1;
		step->about = server;
		because(step, "%s %s", server->id, is_lost ? "is lost" : "leaves");
	}
	for (size_t i = 0; i < server->n_placed && !is_lost; i++) {
		if (!(step = add(m, STEP_STOP, server,
				 deployment_service(d, server->placed[i].id))))
			return -1;
		snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
	}
	if (plan_revokes(m, server))
		return -1;
	if (server->n_placed && !is_lost && !add(m, STEP_TERMINATE, server, DEPLOYMENT_NONE))
		return -1;
	for (size_t i = 0; i < server->n_placed && !is_lost; i++) {
		if (!(step = add(m, STEP_REMOVE, server,
				 deployment_service(d, server->placed[i].id))))
			return -1;
		snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
	}
	step = add(m, STEP_DESTROY, server, DEPLOYMENT_NONE);
	if (step)
		because(step, is_lost ? "it is lost" : "it leaves");
	return step ? 0 : -1;
}

/* ---- a server that counts */

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

/* Which names are others than what it was told; "" for none. */
static int
compare(struct making *m, struct ledger_server *server, size_t service,
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
plan_configure(struct making *m, struct ledger_server *server, size_t service,
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
		if (!(step = add(m, STEP_CONFIGURE, server, service)))
			goto out;
		if (is_new || !placed || !placed->told)
			because(step, "it is new there");
		else if (p->again)
			because(step, "it was asked for");
		else
			because(step, "changed: %s",
				strcmp(changes.names.data, "*") == 0 ? "all" : changes.names.data);
	}
	if (differs || !placed->started) {
		enum lifecycle_step rest[] = {STEP_QUIT, STEP_START, STEP_CHECK};

		for (size_t i = 0; i < 3; i++)
			if (!(step = add(m, rest[i], server, service)))
				goto out;
	}
	result = 0;
out:
	changes_free(&changes);
	return result;
}

static int
plan_load(struct making *m, struct ledger_server *server, size_t service)
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
		if (!(step = add(m, STEP_LOAD, server, service)))
			return -1;
		step->source = i;
		because(step, "%.40s is new there: %s", d->sources[i].name,
			strrchr(dump, '/') ? strrchr(dump, '/') + 1 : dump);
	}
	return 0;
}

static int
plan_proxies(struct making *m, struct ledger_server *server, size_t service)
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
		if (!(step = add(m, STEP_PROXY, balancer, service)))
			return -1;
		step->about = server;
		step->balancer = s->balancer;
		because(step, "%s serves %s there", server->id, s->id);
	}
	return 0;
}

/* What is there and is not to be any more. */
static int
plan_leftovers(struct making *m, struct ledger_server *server, size_t tier)
{
	const struct deployment *d = m->p->d;

	for (size_t i = 0; i < server->n_placed; i++) {
		size_t service = deployment_service(d, server->placed[i].id);
		struct planner_step *step;

		if (service != DEPLOYMENT_NONE && d->services[service].tier == tier)
			continue;
		for (int j = 0; j < 2; j++) {
			step = add(m, j ? STEP_REMOVE : STEP_STOP, server, DEPLOYMENT_NONE);
			if (!step)
				return -1;
			snprintf(step->id, sizeof step->id, "%s", server->placed[i].id);
			because(step, "it is in the deployment no more");
		}
	}
	return 0;
}

static struct ledger_placed *
find_placed(struct ledger_server *server, const char *id)
{
	for (size_t i = 0; i < server->n_placed; i++)
		if (strcmp(server->placed[i].id, id) == 0)
			return &server->placed[i];
	return NULL;
}

static int
plan_life(struct making *m, struct ledger_server *server, size_t tier)
{
	const struct deployment *d = m->p->d;
	struct planner_step *step;

	if (!server->address && !add(m, STEP_MAKE, server, DEPLOYMENT_NONE))
		return -1;
	if (plan_leftovers(m, server, tier))
		return -1;
	for (size_t i = 0; i < d->n_services; i++) {
		struct ledger_placed *placed;
		bool is_new;

		if (d->services[i].tier != tier)
			continue;
		placed = find_placed(server, d->services[i].id);
		is_new = !placed || strcmp(placed->digest, m->p->digests[i]) != 0;
		if (is_new) {
			if (!(step = add(m, STEP_INSTALL, server, i)))
				return -1;
			because(step, placed && placed->digest[0] ? "the image is another"
								  : "the server has joined");
		}
		if (plan_configure(m, server, i, placed, is_new) || plan_load(m, server, i) ||
		    plan_proxies(m, server, i))
			return -1;
	}
	return 0;
}

/* ---- databases */

static int
plan_grant(struct making *m, size_t source)
{
	struct planner *p = m->p;
	const struct deployment *d = p->d;
	const struct told told = {.d = d, .l = p->l, .references = p->references};
	struct ledger_server *writer =
		told_writer(p->l->tiers[d->services[d->sources[source].service].tier]);
	const struct ledger_source *known = ledger_source(p->l, d->sources[source].name);
	struct secret text = SECRET_INIT;
	struct buf addresses = BUF_INIT;
	struct planner_step *step;
	char hash[33];
	int result = -1;

	if (!writer || p->shallow)
		return 0;
	if (told_addresses(d, p->l, source, NULL, &addresses, m->e) ||
	    told_source(&told, &d->sources[source], addresses.data ? addresses.data : "", &text,
			m->e))
		goto out;
	told_hash(p->l, &text, hash);
	result = 0;
	if (!p->again && known && strcmp(known->hash, hash) == 0 &&
	    strcmp(known->server, writer->id) == 0)
		goto out;
	step = add(m, STEP_GRANT, writer, d->sources[source].service);
	if (step) {
		step->source = source;
		because(step, "%s is used from %s", d->sources[source].name,
			addresses.len ? addresses.data : "nowhere");
	}
	result = step ? 0 : -1;
out:
	secret_free(&text);
	buf_free(&addresses);
	return result;
}

static int
by_order(const void *a, const void *b)
{
	const struct planner_step *x = a, *y = b;

	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
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

static void
sort(struct plan *plan)
{
	if (plan->n)
		qsort(plan->steps, plan->n, sizeof *plan->steps, by_order);
}

int
planner_plan(struct planner *p, struct plan *plan, struct err *e)
{
	struct making m = {.p = p, .plan = plan, .e = e};
	struct ledger *l = p->l;

	*plan = PLAN_INIT;
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++) {
			struct ledger_server *server = l->tiers[i]->servers[j];

			if (ledger_counts(server) && i < p->d->n_tiers ? plan_life(&m, server, i)
								       : plan_end(&m, server))
				return -1;
		}
	for (size_t i = 0; i < p->d->n_sources; i++)
		if (plan_grant(&m, i))
			return -1;
	sort(plan);
	return 0;
}

int
planner_unsettled(struct planner *p, bool all, struct plan *plan, struct err *e)
{
	struct making m = {.p = p, .plan = plan, .e = e};

	*plan = PLAN_INIT;
	for (size_t i = 0; i < p->d->n_services; i++) {
		struct ledger_tier *tier = p->l->tiers[p->d->services[i].tier];

		for (size_t j = 0; j < tier->n; j++) {
			struct ledger_placed *placed =
				find_placed(tier->servers[j], p->d->services[i].id);

			if (ledger_counts(tier->servers[j]) && placed && placed->started &&
			    (!placed->settled || (all && strcmp(placed->word, "OK") != 0)) &&
			    !add(&m, STEP_SETTLE, tier->servers[j], i))
				return -1;
		}
	}
	sort(plan);
	return 0;
}

void
plan_free(struct plan *plan)
{
	free(plan->steps);
	*plan = PLAN_INIT;
}
