/* SPDX-License-Identifier: MIT */
/* health - what checkService says of services. */
#include "provision/health.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "provision/entry.h"
#include "provision/events.h"

void
health_word(const char *state, char word[static LEDGER_WORD_MAX])
{
	snprintf(word, LEDGER_WORD_MAX, "%.*s", (int)strcspn(state, " :\n"), state);
	text_printable(word, word, strlen(word));
	if (!word[0])
		snprintf(word, LEDGER_WORD_MAX, "UNKNOWN");
}

int
health_changed(struct ledger *l, struct ledger_server *server, struct ledger_placed *placed,
	       const char *word, struct err *e)
{
	if (strcmp(placed->word, word) == 0)
		return 0;
	if (placed->word[0])
		events_add(l, "health_changed", "%s on %s: %s", placed->id, server->id, word);
	snprintf(placed->word, sizeof placed->word, "%s", word);
	placed->settled |= strcmp(word, "OK") == 0;
	return entry_save_placed(l, server, placed, e);
}

/* The state in the line of a service; NULL for none. */
static const char *
state_of(const char *lines, const char *id)
{
	size_t len = strlen(id);

	for (const char *p = lines; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, id, len) == 0 && p[len] == '\t')
			return p + len + 1;
	}
	return NULL;
}

int
health_take(struct ledger *l, struct ledger_server *server, const char *lines, struct err *e)
{
	for (size_t i = 0; i < server->n_placed; i++) {
		struct ledger_placed *placed = &server->placed[i];
		const char *state = state_of(lines, placed->id);
		char word[LEDGER_WORD_MAX];

		if (!state || !placed->word[0])
			continue;
		health_word(state, word);
		if (health_changed(l, server, placed, word, e))
			return -1;
	}
	return 0;
}
