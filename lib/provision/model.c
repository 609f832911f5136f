/* SPDX-License-Identifier: MIT */
/* model - hosts that are only thought of: they do what they are asked, and vote by a load curve. */
#include "provision/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS "sim-%zu-%llu"

/* What was looked up of tiers is not so any more. */
static void
look_again(struct model *m)
{
	for (size_t i = 0; i < m->d->n_tiers; i++)
		m->tiers[i].serving = -1;
}

int
model_open(struct model *m, const struct deployment *d, struct ledger *l, const char *path,
	   struct err *e)
{
	*m = (struct model){.d = d, .l = l, .rule = MODEL_RULE};
	m->tiers = calloc(d->n_tiers + 1, sizeof *m->tiers);
	if (!m->tiers)
		return err_sys(e, "cannot simulate");
	look_again(m);
	return curve_open(&m->curve, d, path, e);
}

void
model_close(struct model *m)
{
	curve_close(&m->curve);
	free(m->hosts);
	free(m->tiers);
	*m = (struct model){.d = NULL};
}

double
model_load(const struct model *m, size_t tier)
{
	return curve_load(&m->curve, tier, m->now);
}

/* Its number; 0 for an address that is none of the model's. */
static unsigned long long
number_of(const char *address, size_t *tier)
{
	char *end;

	if (!address || strncmp(address, "sim-", 4) != 0)
		return 0;
	*tier = strtoull(address + 4, &end, 10);
	return *end == '-' ? strtoull(end + 1, NULL, 10) : 0;
}

/* The host of a server; NULL while it has none. */
static struct model_host *
host_of(const struct model *m, const struct ledger_server *server)
{
	size_t ignored;
	unsigned long long number = number_of(server->address, &ignored);

	return number ? &m->hosts[number] : NULL;
}

static const struct model_tier *
look_up(const struct model *m, size_t at)
{
	const struct ledger_tier *tier = m->l->tiers[at];
	struct model_tier *now = &m->tiers[at];

	if (now->serving >= 0)
		return now;
	*now = (struct model_tier){.load = model_load(m, at)};
	for (size_t i = 0; i < tier->n; i++) {
		const struct ledger_server *server = tier->servers[i];
		const struct model_host *host = host_of(m, server);

		now->serving += host && ledger_counts(server) && server->state == SERVER_RUNNING &&
				host->serves <= m->now && host->answers <= m->now;
	}
	return now;
}

bool
model_short(const struct model *m, size_t tier)
{
	const struct model_tier *now = look_up(m, tier);

	return m->d->tiers[tier].votes &&
	       100 * now->load > (double)now->serving * (double)m->rule.upper;
}

long long
model_serving(const struct model *m, size_t tier)
{
	return look_up(m, tier)->serving;
}

/* The oldest servers of a tier that answer, or are not dead, whatever is to befall them. */
static void
befall(struct model *m, const struct curve_event *event)
{
	const struct ledger_tier *tier = m->l->tiers[event->tier];
	bool dies = event->kind == CURVE_DEAD;
	long long n = 0;

	for (size_t i = 0; i < tier->n && n < event->n; i++) {
		struct model_host *host = host_of(m, tier->servers[i]);

		if (!host || (dies ? host->answers == MODEL_NEVER : host->answers > event->time))
			continue;
		host->answers = dies ? MODEL_NEVER : event->time + event->most;
		n++;
	}
}

static void
sum_up(struct model *m, long long seconds)
{
	double s = (double)seconds;

	m->sum.paid += (double)(m->n_made - m->n_ended) * s;
	for (size_t i = 0; i < m->d->n_tiers; i++) {
		const struct model_tier *tier = look_up(m, i);
		double beyond = tier->load - (double)tier->serving;

		m->sum.load += tier->load * s;
		m->sum.refused += beyond > 0 ? beyond * s : 0;
	}
}

void
model_step(struct model *m, long long seconds)
{
	long long from = m->now;

	look_again(m);
	sum_up(m, seconds);
	m->now += seconds;
	for (size_t i = 0; i < m->curve.n_events; i++)
		if (m->curve.events[i].kind != CURVE_START && m->curve.events[i].time >= from &&
		    m->curve.events[i].time < m->now)
			befall(m, &m->curve.events[i]);
	look_again(m);
}

/* ---- the agents */

long long
model_clock(void *arg)
{
	const struct model *m = arg;

	return MODEL_BEGINNING + m->now;
}

/* splitmix64 of the seed and a host's number: what others draw changes nothing. */
static uint64_t
draw(const struct model *m, unsigned long long number)
{
	uint64_t z = m->seed + number * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* How long the host that is made now takes to serve. */
static long long
start_time(const struct model *m, size_t tier, unsigned long long number)
{
	const struct curve_event *start = curve_start(&m->curve, tier, m->now);

	if (!start)
		return 0;
	return start->least +
	       (long long)(draw(m, number) % (uint64_t)(start->most - start->least + 1));
}

static int
make(void *arg, const char *id, char address[static 64], struct err *e)
{
	struct model *m = arg;
	const char *dash = strrchr(id, '-');
	char name[LEDGER_ID_MAX];
	struct model_host *longer = reallocarray(m->hosts, m->n_made + 2, sizeof *longer);
	size_t tier;

	if (!longer)
		return err_sys(e, "cannot simulate");
	m->hosts = longer;
	snprintf(name, sizeof name, "%.*s", dash ? (int)(dash - id) : 0, id);
	tier = deployment_tier(m->d, name);
	m->n_made++;
	longer[m->n_made] = (struct model_host){.serves = m->now + start_time(m, tier, m->n_made)};
	snprintf(address, 64, ADDRESS, tier, m->n_made);
	look_again(m);
	return 0;
}

static int
destroy(void *arg, const char *id, const char *address, struct err *e)
{
	struct model *m = arg;

	(void)id, (void)address, (void)e;
	m->n_ended++;
	look_again(m);
	return 0;
}

/* As scaleCheck does; one that does not serve yet has nothing to do, and has measured nothing. */
static const char *
vote(const struct model *m, size_t tier, unsigned long long number)
{
	const struct model_tier *now = look_up(m, tier);
	double load = 100 * now->load, n = (double)now->serving;

	if (m->hosts[number].serves > m->now)
		return "0\n";
	if (load > n * (double)m->rule.upper)
		return "1\n";
	return load < n * (double)m->rule.lower ? "-1\n" : "0\n";
}

static int
answer(void *arg, struct agents_call *call, struct err *e)
{
	const struct model *m = arg;
	size_t tier = 0;
	unsigned long long number = number_of(call->place.address, &tier);
	const char *out = "";

	buf_free(&call->out);
	call->why[0] = '\0';
	call->status = 0;
	if (number && m->hosts[number].answers > m->now) {
		call->status = AGENTS_LOST;
		return 0;
	}
	if (strcmp(call->words[0], "checkService") == 0)
		out = "OK\n";
	else if (strcmp(call->words[0], "receiveFile") == 0)
		out = "0 /image\n";
	else if (strcmp(call->words[0], "scaleCheck") == 0 && number)
		out = vote(m, tier, number);
	return buf_add(&call->out, out, strlen(out), e);
}

/* Nobody's time passes but the model's, by model_step. */
static int
rest(void *arg, int ms, struct err *e)
{
	(void)arg;
	(void)ms;
	(void)e;
	return 0;
}

struct agents
model_agents(struct model *m)
{
	return (struct agents){
		.fn = answer, .make = make, .destroy = destroy, .rest = rest, .arg = m};
}
