/* SPDX-License-Identifier: MIT */
/* timeline - how many servers a tier had during the last day, as a picture (SVG). */
#include "cli/timeline.h"

#include <stdio.h>
#include <string.h>

#include "provision/events.h"

#define DAY_S 86400
#define WIDTH 280
#define HEIGHT 40
#define EDGE 5 /* around the line, which is thicker than nothing */
#define FOOT 16

/* From a time on there were so many. */
struct level {
	long long time, n;
};

struct timeline {
	struct level levels[EVENTS_MAX + 1]; /* the newest first; the last one is where it begins */
	size_t n;
	long long begin, now, least, most;
};

/* What stands behind the word and the tier's name, when the event has them; else NULL. */
static const char *
behind(const struct ledger_event *event, const char *word, const struct ledger_tier *tier)
{
	size_t len = strlen(word), name = strlen(tier->name);
	const char *id = event->text + len;

	return strncmp(event->text, word, len) == 0 && *id++ == ' ' &&
			       strncmp(id, tier->name, name) == 0
		       ? id + name
		       : NULL;
}

/* Names of tiers may have a dash too. */
static bool
is_of_server(const struct ledger_event *event, const char *word, const struct ledger_tier *tier)
{
	const char *rest = behind(event, word, tier);
	size_t digits;

	if (!rest || *rest++ != '-')
		return false;
	digits = strspn(rest, "0123456789");
	return digits && strchr(" :", rest[digits]);
}

static bool
is_of_tier(const struct ledger_event *event, const char *word, const struct ledger_tier *tier)
{
	const char *rest = behind(event, word, tier);

	return rest && *rest == ' ';
}

/* By how many an event changed the tier; one that was lost did not count any more at its end. */
static int
change_of(const struct ledger_event *event, const struct ledger_tier *tier)
{
	if (is_of_server(event, "server_joins", tier) || is_of_server(event, "observed", tier))
		return 1;
	if (is_of_server(event, "server_lost", tier))
		return -1;
	return is_of_server(event, "server_ended", tier) && !strchr(event->text, ':') ? -1 : 0;
}

static void
take_level(struct timeline *t, long long time, long long n)
{
	t->levels[t->n++] = (struct level){time, n};
	if (n < t->least)
		t->least = n;
	if (n > t->most)
		t->most = n;
}

/* Back from what is there now. */
static void
read_events(struct timeline *t, const struct ledger *l, const struct ledger_tier *tier)
{
	long long n = 0;

	for (size_t i = 0; i < tier->n; i++)
		n += tier->servers[i]->state != SERVER_LOST;
	t->least = t->most = n;
	for (size_t i = l->n_events; i-- > 0 && t->n < EVENTS_MAX;) {
		int change = l->events[i].time < t->begin ? 0 : change_of(&l->events[i], tier);

		if (change)
			take_level(t, l->events[i].time, n);
		n = n > change ? n - change : 0;
	}
	take_level(t, t->begin, n);
}

static double
x_of(const struct timeline *t, long long time)
{
	double part = (double)(time - t->begin) / (double)(t->now - t->begin);

	return EDGE + (WIDTH - 2 * EDGE) * (part < 0 ? 0 : part > 1 ? 1 : part);
}

static double
y_of(const struct timeline *t, long long n)
{
	double part = (double)n / (double)(t->most > 0 ? t->most : 1);

	return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * part;
}

static void
draw_line(struct markup *m, const struct timeline *t)
{
	markup_raw(m, "<path class=\"line\" d=\"M%d %.1f", WIDTH - EDGE, y_of(t, t->levels[0].n));
	for (size_t i = 0; i < t->n; i++) {
		markup_raw(m, "H%.1f", x_of(t, t->levels[i].time));
		if (i + 1 < t->n)
			markup_raw(m, "V%.1f", y_of(t, t->levels[i + 1].n));
	}
	markup_raw(m, "\"/>\n");
}

static void
draw_marks(struct markup *m, const struct timeline *t, const struct ledger *l,
	   const struct ledger_tier *tier)
{
	for (size_t i = 0; i < l->n_events; i++) {
		const struct ledger_event *event = &l->events[i];

		if (event->time < t->begin ||
		    (!is_of_tier(event, "scale_out", tier) && !is_of_tier(event, "scale_in", tier)))
			continue;
		markup_raw(m, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%d\" r=\"3\"><title>",
			   x_of(t, event->time), HEIGHT - EDGE);
		markup_text(m, "%s", event->text);
		markup_raw(m, "</title></circle>\n");
	}
}

static void
label(struct markup *m, int x, const char *anchor, const char *text)
{
	markup_raw(m, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x,
		   HEIGHT + FOOT - 4, anchor, text);
}

void
timeline_add(struct markup *m, const struct ledger *l, const struct ledger_tier *tier)
{
	long long now = ledger_now(l), hours;
	struct timeline t = {.begin = now - DAY_S, .now = now};
	char since[32];

	if (l->n_events && l->events[0].time > t.begin)
		t.begin = l->events[0].time < now ? l->events[0].time : now - 1;
	read_events(&t, l, tier);
	hours = (now - t.begin) / 3600;
	if (hours)
		snprintf(since, sizeof since, "%lld h ago", hours);
	else
		snprintf(since, sizeof since, "%lld min ago", (now - t.begin) / 60);
	markup_raw(m,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" "
		   "viewBox=\"0 0 %d %d\" aria-label=\"",
		   WIDTH, HEIGHT + FOOT);
	markup_text(m, "servers of %s since %s: %lld to %lld", tier->name, since, t.least, t.most);
	markup_raw(m, "\">\n");
	draw_line(m, &t);
	draw_marks(m, &t, l, tier);
	label(m, EDGE, "start", since);
	label(m, WIDTH - EDGE, "end", "now");
	markup_raw(m, "</svg>\n");
}
