/* SPDX-License-Identifier: MIT */
/* curve - what befalls a deployment in a simulation: load, deaths, silence, slow starts. */
#include "provision/curve.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"

#define CURVE_MAX (16u << 20)
#define TIME_MAX_S (366LL * 86400)
#define LOAD_MAX 1e6 /* servers */
#define WORD_SIZE 32

static int
by_tier(const void *a, const void *b)
{
	const struct curve_point *x = a, *y = b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	return (x->time > y->time) - (x->time < y->time);
}

/* A number of seconds; false for what is none. */
static bool
is_time(const char *word, long long *seconds)
{
	struct err ignored = ERR_INIT;

	return text_number("", word, 0, TIME_MAX_S, seconds, &ignored) == 0;
}

/* What stands behind dead, silent and start. */
static bool
take_words(struct curve_event *event, const char words[static 3][WORD_SIZE], int n)
{
	static const char *const names[] = {"dead", "silent", "start"};
	int kind = 0, at = 1;

	while (strcmp(words[0], names[kind]) != 0)
		if (++kind > CURVE_START)
			return false;
	event->kind = (enum curve_kind)kind;
	event->n = 1;
	if (kind == CURVE_START)
		return n == 3 && is_time(words[1], &event->least) &&
		       is_time(words[2], &event->most) && event->least <= event->most;
	if (kind == CURVE_SILENT && (n < 2 || !is_time(words[at++], &event->most)))
		return false;
	if (n == at)
		return true;
	if (n == at + 1 && strcmp(words[at], "all") == 0)
		event->n = CURVE_ALL;
	else if (n > at + 1 || !is_time(words[at], &event->n))
		return false;
	return true;
}

static int
take_event(struct curve *c, const struct curve_event *event, struct err *e)
{
	struct curve_event *events = reallocarray(c->events, c->n_events + 1, sizeof *events);

	if (!events)
		return err_sys(e, "cannot read a load curve");
	c->events = events;
	events[c->n_events++] = *event;
	return 0;
}

static int
take_point(struct curve *c, const struct curve_point *point, struct err *e)
{
	struct curve_point *points = reallocarray(c->points, c->n_points + 1, sizeof *points);

	if (!points)
		return err_sys(e, "cannot read a load curve");
	c->points = points;
	points[c->n_points++] = *point;
	return 0;
}

static int
take_line(struct curve *c, const struct deployment *d, const char *line, unsigned number,
	  struct err *e)
{
	char time[WORD_SIZE], tier[64], words[3][WORD_SIZE], *end, more;
	struct curve_point point;
	struct curve_event event = {.n = 0};
	int n;

	if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	n = sscanf(line, "%31s %63s %31s %31s %31s %c", time, tier, words[0], words[1], words[2],
		   &more);
	if (n < 3 || n > 5 || !is_time(time, &point.time))
		return err_set(e, ERR_UNSAFE, "line %u is not TIME TIER SERVERS", number);
	event.time = point.time;
	event.tier = point.tier = deployment_tier(d, tier);
	if (point.tier == DEPLOYMENT_NONE)
		return err_set(e, ERR_UNSAFE, "line %u: there is no [tier %s]", number, tier);
	if (take_words(&event, words, n - 2))
		return take_event(c, &event, e);
	point.load = strtod(words[0], &end);
	if (n == 3 && !*end && point.load >= 0 && point.load <= LOAD_MAX)
		return take_point(c, &point, e);
	return err_set(e, ERR_UNSAFE,
		       "line %u: '%s' is no number of servers, nor dead [N|all], silent SECONDS "
		       "[N|all], start LEAST MOST",
		       number, words[0]);
}

int
curve_open(struct curve *c, const struct deployment *d, const char *path, struct err *e)
{
	struct buf text = BUF_INIT;
	unsigned number = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	*c = CURVE_INIT;
	if (fd < 0)
		return err_sys(e, "cannot open the load curve '%s'", path);
	c->first = calloc(d->n_tiers + 1, sizeof *c->first);
	result = c->first ? fd_read_all(fd, &text, CURVE_MAX, path, e)
			  : err_sys(e, "cannot read a load curve");
	fd_close(&fd);
	for (char *line = text.data; line && !result;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		result = take_line(c, d, line, ++number, e);
		line = end ? end + 1 : NULL;
	}
	if (c->n_points)
		qsort(c->points, c->n_points, sizeof *c->points, by_tier);
	for (size_t tier = 0, i = 0; tier <= d->n_tiers && !result; tier++) {
		while (i < c->n_points && c->points[i].tier < tier)
			i++;
		c->first[tier] = i;
	}
	buf_free(&text);
	return result ? err_wrap(e, "cannot use the load curve '%s'", path) : 0;
}

void
curve_close(struct curve *c)
{
	free(c->points);
	free(c->events);
	free(c->first);
	*c = CURVE_INIT;
}

double
curve_load(const struct curve *c, size_t tier, long long time)
{
	const struct curve_point *before = NULL, *after = NULL;

	for (size_t i = c->first[tier]; i < c->first[tier + 1] && !after; i++) {
		if (c->points[i].time <= time)
			before = &c->points[i];
		else
			after = &c->points[i];
	}
	if (!before)
		return 0;
	if (!after)
		return before->load;
	return before->load + (after->load - before->load) * (double)(time - before->time) /
				      (double)(after->time - before->time);
}

const struct curve_event *
curve_start(const struct curve *c, size_t tier, long long time)
{
	const struct curve_event *last = NULL;

	for (size_t i = 0; i < c->n_events; i++) {
		const struct curve_event *event = &c->events[i];

		if (event->kind == CURVE_START && event->tier == tier && event->time <= time &&
		    (!last || event->time >= last->time))
			last = event;
	}
	return last;
}
