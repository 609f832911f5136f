/* SPDX-License-Identifier: MIT */
/* events - what happened to servers, the latest of it. */
#include "provision/events.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int
events_take(struct ledger *l, long long number, const char *value)
{
	struct ledger_event *events = reallocarray(l->events, l->n_events + 1, sizeof *events);
	char *end;

	if (!events)
		return -1;
	l->events = events;
	events[l->n_events] =
		(struct ledger_event){.number = number, .time = strtoll(value, &end, 10)};
	events[l->n_events].text = strdup(*end == ' ' ? end + 1 : end);
	return events[l->n_events++].text ? 0 : -1;
}

void
events_add(struct ledger *l, const char *word, const char *fmt, ...)
{
	struct err ignored = ERR_INIT;
	char text[600], value[700], keys[2][STORE_KEY_MAX];
	struct store_item items[2] = {{.key = keys[0]}, {.key = keys[1]}};
	long long number = l->n_events ? l->events[l->n_events - 1].number + 1 : 1;
	bool is_full = false;
	va_list args;
	int len;

	if (!l->store)
		return;
	len = snprintf(text, sizeof text, "%s ", word);
	va_start(args, fmt);
	vsnprintf(text + len, sizeof text - (size_t)len, fmt, args);
	va_end(args);
	text_printable(text, text, strlen(text));
	snprintf(value, sizeof value, "%lld %s", ledger_now(l), text);
	/* Keys sort as their numbers do. */
	snprintf(keys[0], sizeof keys[0], "event/%012lld", number);
	items[0].value = value;
	items[0].len = strlen(value);
	if (events_take(l, number, value))
		return;
	is_full = l->n_events > EVENTS_MAX;
	if (is_full) {
		snprintf(keys[1], sizeof keys[1], "event/%012lld", l->events[0].number);
		free(l->events[0].text);
		l->n_events--;
		memmove(l->events, l->events + 1, l->n_events * sizeof *l->events);
	}
	(void)!store_put(l->store, items, is_full ? 2 : 1, &ignored);
	if (l->tell)
		l->tell(l->tell_arg, &l->events[l->n_events - 1]);
}
