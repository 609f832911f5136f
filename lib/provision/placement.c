/* SPDX-License-Identifier: MIT */
/* placement - the steps of a service on its server. */
#include "provision/placement.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provision/engine.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/health.h"
#include "provision/told.h"
#include "provision/transfer.h"

#define SETTLE_TRIES 60
#define SETTLE_MS 500

int
placement_install(struct act_task *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const char *digest = a->planner->digests[t->step->service];
	char remote[PATH_MAX];
	const char *words[] = {"installService", "--sha256", digest, s->id,
			       a->d->customer,	 s->run_as,  remote, NULL};
	bool is_file = s->image[0] == '/';
	struct ledger_placed *placed;
	int result = 0;

	snprintf(remote, sizeof remote, "%s", s->image);
	if ((is_file && transfer_send(t, s->image, digest, remote)) ||
	    act_demand(t, t->step->server, words) ||
	    (is_file && transfer_drop(t, s->image, digest)))
		return -1;
	act_lock(a);
	placed = act_placed(t);
	if (placed) {
		/* Its hooks may be others: it is configured again. */
		snprintf(placed->digest, sizeof placed->digest, "%s", digest);
		free(placed->told);
		placed->told = NULL;
		placed->told_len = 0;
		placed->started = false;
		result = act_keep(t, placed);
		events_add(a->l, "installed", "%s on %s", s->id, t->step->server->id);
	}
	if (placed && !result && t->step->server->host)
		result = entry_mark_lost(a->l, t->step->server->host, false, t->e);
	act_unlock(a);
	return result || !placed ? -1 : 0;
}

/* What it is told, as text and as hashes, of one moment. */
static int
tell(struct act_task *t, struct secret *text, struct changes *changes, unsigned long long *stamp)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const struct told told = {.d = a->d, .l = a->l, .references = a->references};
	struct ledger_placed *placed;
	struct secret copy = SECRET_INIT;
	int result = -1;

	act_lock(a);
	placed = act_placed(t);
	*stamp = planner_stamp(a->planner, s);
	if (placed && told_service(&told, s, t->step->server, text, t->e) == 0 &&
	    secret_append(&copy, secret_reveal(text), text->len, t->e) == 0 &&
	    told_compare(&copy, placed, changes, t->e) == 0)
		result = told_finish(text, t->e);
	act_unlock(a);
	secret_free(&copy);
	return result;
}

int
placement_configure(struct act_task *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const char *words[] = {"configureService", "--config", "-", s->run_as,
			       a->d->customer,	   s->id,      NULL};
	struct secret text = SECRET_INIT;
	struct changes changes = CHANGES_INIT;
	struct ledger_placed *placed;
	unsigned long long stamp;
	int result = -1;

	if (!a->planner->shallow && tell(t, &text, &changes, &stamp))
		goto out;
	if (a->planner->shallow)
		stamp = planner_stamp(a->planner, s);
	t->call.input = a->planner->shallow ? NULL : &text;
	result = act_demand(t, t->step->server, words);
	t->call.input = NULL;
	if (result)
		goto out;
	act_lock(a);
	placed = act_placed(t);
	result = placed ? 0 : -1;
	if (placed) {
		bool is_first = !placed->told;

		free(placed->told);
		placed->told = strdup(changes.now.data ? changes.now.data : "");
		placed->told_len = changes.now.len;
		placed->compared = stamp;
		placed->started = false;
		placed->word[0] = '\0';
		a->configured++;
		result = placed->told ? act_keep(t, placed) : err_sys(t->e, "cannot keep it");
		if (!is_first)
			events_add(a->l, "config_changed", "%s on %s: %s", s->id,
				   t->step->server->id,
				   changes.names.data ? changes.names.data : "");
	}
	act_unlock(a);
out:
	t->call.input = NULL;
	secret_free(&text);
	changes_free(&changes);
	return result;
}

int
placement_start(struct act_task *t)
{
	const char *words[] = {"startService", t->step->id, NULL};
	struct ledger_placed *placed;
	int result = act_demand(t, t->step->server, words);

	if (result)
		return -1;
	act_lock(t->a);
	placed = act_placed(t);
	if (placed) {
		placed->started = true;
		placed->settled = false;
		t->a->started++;
		result = act_keep(t, placed);
	}
	act_unlock(t->a);
	return result || !placed ? -1 : 0;
}

/* Called with the lock: all services of a server run. */
static bool
is_running(const struct act *a, const struct ledger_server *server)
{
	for (size_t i = 0; i < a->d->n_services; i++) {
		const struct ledger_placed *found = NULL;

		if (strcmp(a->d->tiers[a->d->services[i].tier].name, server->tier->name) != 0)
			continue;
		for (size_t j = 0; j < server->n_placed; j++)
			if (strcmp(server->placed[j].id, a->d->services[i].id) == 0)
				found = &server->placed[j];
		if (!found || !found->started)
			return false;
	}
	return true;
}

/* The state word of a service: the first line of what checkService prints. */
int
placement_check(struct act_task *t)
{
	const char *words[] = {"checkService", t->step->id, NULL};
	struct ledger_server *server = t->step->server;
	char word[LEDGER_WORD_MAX];
	struct ledger_placed *placed;
	int result = act_demand(t, server, words);
	const char *said = t->call.out.data ? t->call.out.data : "";

	if (result)
		return -1;
	health_word(said, word);
	act_lock(t->a);
	placed = act_placed(t);
	if (placed) {
		/* The word comes last: without it the next run looks again. */
		if (is_running(t->a, server))
			result = act_state(t, SERVER_RUNNING);
		if (!result)
			result = health_changed(t->a->l, server, placed, word, t->e);
	}
	act_unlock(t->a);
	if (result || !placed)
		return -1;
	return strcmp(word, "OK") == 0
		       ? 0
		       : err_set(t->e, ERR_UNAVAILABLE, "%s on %s: %.*s", t->step->id, server->id,
				 (int)strcspn(said, "\n"), said);
}

int
placement_settle(struct act_task *t)
{
	const struct ledger_placed *placed;
	int most;

	act_lock(t->a);
	placed = act_placed(t);
	most = placed && placed->settled ? 1 : SETTLE_TRIES;
	act_unlock(t->a);
	for (int tries = 1; placed; tries++) {
		if (placement_check(t) == 0)
			return 0;
		if (tries == most || t->e->kind != ERR_UNAVAILABLE || t->call.status == AGENTS_LOST)
			return -1;
		*t->e = ERR_INIT;
		if (engine_rest(SETTLE_MS, t->e))
			return -1;
	}
	return -1;
}

int
placement_stop(struct act_task *t)
{
	const char *words[] = {"stopService", t->step->id, NULL};
	struct ledger_placed *placed;
	int result = act_demand(t, t->step->server, words);

	act_lock(t->a);
	placed = result ? NULL : act_placed(t);
	if (placed) {
		placed->started = false;
		placed->word[0] = '\0';
		result = act_keep(t, placed);
	}
	act_unlock(t->a);
	return result || !placed ? -1 : 0;
}

int
placement_remove(struct act_task *t)
{
	const char *words[] = {"removeService", "--yes", "--purge", "--force", t->step->id, NULL};
	struct ledger_server *server = t->step->server;
	struct ledger_placed *placed;
	int result = act_ask(t, server, words);

	/* 66: it is gone already. */
	if (!result && t->call.status && t->call.status != 66)
		result = act_refuse(t, server);
	if (result)
		return -1;
	act_lock(t->a);
	placed = act_placed(t);
	if (placed) {
		placed->digest[0] = placed->word[0] = '\0';
		placed->started = false;
		free(placed->told);
		placed->told = NULL;
		placed->told_len = 0;
		result = act_keep(t, placed);
	}
	act_unlock(t->a);
	return result || !placed ? -1 : 0;
}
