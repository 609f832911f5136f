/* SPDX-License-Identifier: MIT */
/* model - hosts that are only thought of: they do what they are asked, and vote by a load curve. */
#include "provision/model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

#define CURVE_MAX (16u << 20)
#define ADDRESS "sim-%zu-%llu"

static int
by_tier(const void *a, const void *b)
{
	const struct model_point *x = a, *y = b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	return (x->time > y->time) - (x->time < y->time);
}

static int
take_line(struct model *m, const char *line, unsigned number, struct err *e)
{
	char tier[64], load[32], *end;
	struct model_point *points, *point;
	long long time;

	if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	if (sscanf(line, "%lld %63s %31s", &time, tier, load) != 3 || time < 0)
		return err_set(e, ERR_UNSAFE, "line %u is not TIME TIER SERVERS", number);
	points = reallocarray(m->points, m->n_points + 1, sizeof *points);
	if (!points)
		return err_sys(e, "cannot read a load curve");
	m->points = points;
	point = &points[m->n_points++];
	*point =
		(struct model_point){.time = time, .tier = deployment_tier(m->d, tier), .load = -1};
	if (point->tier == DEPLOYMENT_NONE)
		return err_set(e, ERR_UNSAFE, "line %u: there is no [tier %s]", number, tier);
	if (strcmp(load, "dead") == 0)
		return 0;
	point->load = strtod(load, &end);
	return *end || point->load < 0
		       ? err_set(e, ERR_UNSAFE, "line %u: '%s' is no number of servers", number,
				 load)
		       : 0;
}

int
model_open(struct model *m, const struct deployment *d, struct ledger *l, const char *path,
	   struct err *e)
{
	struct buf text = BUF_INIT;
	unsigned number = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	*m = (struct model){.d = d, .l = l};
	m->first = calloc(d->n_tiers + 1, sizeof *m->first);
	if (fd < 0)
		return err_sys(e, "cannot open the load curve '%s'", path);
	result = m->first ? fd_read_all(fd, &text, CURVE_MAX, path, e)
			  : err_sys(e, "cannot simulate");
	fd_close(&fd);
	for (char *line = text.data; line && !result;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		result = take_line(m, line, ++number, e);
		line = end ? end + 1 : NULL;
	}
	if (m->n_points)
		qsort(m->points, m->n_points, sizeof *m->points, by_tier);
	for (size_t tier = 0, i = 0; tier <= d->n_tiers && !result; tier++) {
		while (i < m->n_points && m->points[i].tier < tier)
			i++;
		m->first[tier] = i;
	}
	buf_free(&text);
	return result ? err_wrap(e, "cannot use the load curve '%s'", path) : 0;
}

void
model_close(struct model *m)
{
	free(m->points);
	free(m->dead);
	free(m->first);
	*m = (struct model){.d = NULL};
}

double
model_load(const struct model *m, size_t tier)
{
	const struct model_point *before = NULL, *after = NULL;

	for (size_t i = m->first[tier]; i < m->first[tier + 1] && !after; i++) {
		const struct model_point *point = &m->points[i];

		if (point->load < 0)
			continue;
		if (point->time <= m->now)
			before = point;
		else
			after = point;
	}
	if (!before)
		return 0;
	if (!after)
		return before->load;
	return before->load + (after->load - before->load) * (double)(m->now - before->time) /
				      (double)(after->time - before->time);
}

static long long
count_running(const struct ledger_tier *tier)
{
	long long n = 0;

	for (size_t i = 0; i < tier->n; i++)
		n += ledger_counts(tier->servers[i]) && tier->servers[i]->state == SERVER_RUNNING;
	return n;
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

/* The oldest server of a tier that is not dead yet. */
static void
kill_one(struct model *m, size_t at)
{
	const struct ledger_tier *tier = m->l->tiers[at];

	for (size_t i = 0; i < tier->n; i++) {
		size_t ignored;
		unsigned long long number = number_of(tier->servers[i]->address, &ignored);

		if (number && !m->dead[number]) {
			m->dead[number] = true;
			return;
		}
	}
}

void
model_step(struct model *m, long long seconds)
{
	long long from = m->now;

	m->now += seconds;
	for (size_t i = 0; i < m->n_points; i++)
		if (m->points[i].load < 0 && m->points[i].time >= from &&
		    m->points[i].time < m->now)
			kill_one(m, m->points[i].tier);
}

/* ---- the agents */

long long
model_clock(void *arg)
{
	const struct model *m = arg;

	return MODEL_BEGINNING + m->now;
}

static int
make(void *arg, const char *id, char address[static 64], struct err *e)
{
	struct model *m = arg;
	const char *dash = strrchr(id, '-');
	char tier[LEDGER_ID_MAX];
	bool *longer = reallocarray(m->dead, m->n_made + 2, sizeof *longer);

	if (!longer)
		return err_sys(e, "cannot simulate");
	m->dead = longer;
	longer[m->n_made + 1] = false;
	snprintf(tier, sizeof tier, "%.*s", dash ? (int)(dash - id) : 0, id);
	snprintf(address, 64, ADDRESS, deployment_tier(m->d, tier), ++m->n_made);
	return 0;
}

static int
destroy(void *arg, const char *id, const char *address, struct err *e)
{
	(void)arg, (void)id, (void)address, (void)e;
	return 0;
}

static const char *
vote(const struct model *m, size_t tier)
{
	double load = 100 * model_load(m, tier);
	long long n = count_running(m->l->tiers[tier]);

	if (load > (double)n * MODEL_UPPER)
		return "1\n";
	return load < (double)n * MODEL_LOWER ? "-1\n" : "0\n";
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
	if (number && m->dead[number]) {
		call->status = AGENTS_LOST;
		return 0;
	}
	if (strcmp(call->words[0], "checkService") == 0)
		out = "OK\n";
	else if (strcmp(call->words[0], "receiveFile") == 0)
		out = "0 /image\n";
	else if (strcmp(call->words[0], "scaleCheck") == 0 && number)
		out = vote(m, tier);
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
