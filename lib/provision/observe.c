/* SPDX-License-Identifier: MIT */
/* observe - a state that was lost, made anew from what is on the hosts. */
#include "provision/observe.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "provision/crew.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/told.h"

#define NO_SERVICES 66 /* a host without any, or a service that the agent does not know */

struct observing {
	struct act *a;
	struct buf *said; /* of each host, what its listServices says */
	struct ledger_server **taken;
};

/* ---- a host is asked */

/* The field of a line of words with tabs between them; "" for none. */
static const char *
field(const char *line, size_t nth, size_t *len)
{
	for (; nth && *line && *line != '\n'; line++)
		nth -= *line == '\t';
	*len = nth ? 0 : strcspn(line, "\t\n");
	return line;
}

static bool
is_field(const char *line, size_t nth, const char *word)
{
	size_t len;
	const char *at = field(line, nth, &len);

	return len == strlen(word) && memcmp(at, word, len) == 0;
}

static const char *
next_line(const char *p)
{
	p += strcspn(p, "\n");
	return p + (*p == '\n');
}

static bool
is_meant(const struct deployment *d, size_t host)
{
	for (size_t i = 0; i < d->n_tiers; i++)
		for (size_t j = 0; j < d->tiers[i].hosts.n; j++)
			if (d->tiers[i].hosts.at[j] == host)
				return true;
	return false;
}

static int
ask(void *arg, size_t i, struct err *e)
{
	static const char *const words[] = {"listServices", NULL};
	struct observing *o = arg;
	const struct deployment_host *host = &o->a->d->hosts[i];
	struct agents_call call = AGENTS_CALL_INIT;
	int result;

	if (!is_meant(o->a->d, i))
		return 0;
	call.place = (struct agents_place){.address = host->address,
					   .user = host->user,
					   .key = host->key,
					   .port = (int)host->port};
	call.words = words;
	result = agents_call(&o->a->agents, &call, e);
	if (!result && call.status && call.status != NO_SERVICES)
		result = err_set(e, ERR_UNAVAILABLE,
				 "cannot ask host %s: %s; without it in the file it is not asked",
				 host->name, call.why);
	o->said[i] = call.out;
	call.out = BUF_INIT;
	agents_call_free(&call);
	return result;
}

/* ---- what it says */

/* The digest of a service of the tier that the line tells of; NULL for another one, or none. */
static const char *
find_digest(const struct deployment *d, size_t tier, const char *line, char digest[static 65],
	    size_t *service)
{
	size_t len;
	const char *at;

	if (!is_field(line, 1, "running") && !is_field(line, 1, "installed"))
		return NULL;
	for (*service = 0; *service < d->n_services; ++*service)
		if (d->services[*service].tier == tier &&
		    is_field(line, 0, d->services[*service].id))
			break;
	if (*service == d->n_services)
		return NULL;
	at = field(line, 4, &len);
	snprintf(digest, 65, "%.*s", len == 64 ? 64 : 0, at);
	return digest;
}

static int
take_host(struct observing *o, size_t tier, size_t host, struct err *e)
{
	const struct deployment *d = o->a->d;
	struct ledger *l = o->a->l;
	const char *p = o->said[host].data ? o->said[host].data : "";

	for (; *p && (!o->taken[host] || o->taken[host]->tier == l->tiers[tier]);
	     p = next_line(p)) {
		struct ledger_placed *placed;
		char digest[65];
		size_t service;

		if (!find_digest(d, tier, p, digest, &service))
			continue;
		if (!o->taken[host] &&
		    entry_add_server(l, l->tiers[tier], &d->hosts[host], &o->taken[host], e))
			return -1;
		placed = ledger_placed(o->taken[host], d->services[service].id);
		if (!placed)
			return err_sys(e, "cannot keep what is on the hosts");
		snprintf(placed->digest, sizeof placed->digest, "%s", digest);
	}
	return 0;
}

/* Whether a history begins with an installation, and no data source was loaded in it. */
static bool
was_never_loaded(const char *history)
{
	if (!is_field(history, 1, "install"))
		return false;
	for (const char *p = history; *p; p = next_line(p))
		if (is_field(p, 1, "installds"))
			return false;
	return true;
}

static int
take_source(struct observing *o, size_t i, struct err *e)
{
	const struct deployment *d = o->a->d;
	const struct deployment_service *s = &d->services[d->sources[i].service];
	struct ledger_server *writer = told_writer(o->a->l->tiers[s->tier]);
	const char *words[] = {"serviceHistory", s->id, NULL};
	struct agents_call call = AGENTS_CALL_INIT;
	struct ledger_source *source = ledger_source(o->a->l, d->sources[i].name);
	int result;

	if (!source)
		return err_sys(e, "cannot keep what is on the hosts");
	if (!writer || !ledger_find_placed(writer, s->id))
		return 0;
	call.place = ledger_place(writer);
	call.words = words;
	result = agents_call(&o->a->agents, &call, e);
	if (!result && call.status && call.status != NO_SERVICES)
		result = err_set(e, ERR_UNAVAILABLE, "serviceHistory on %s: status %d: %s",
				 writer->id, call.status, call.why);
	source->loaded = !was_never_loaded(call.out.data ? call.out.data : "");
	snprintf(source->server, sizeof source->server, "%s", writer->id);
	agents_call_free(&call);
	return result;
}

int
observe_hosts(struct act *a, int parallel, struct err *e)
{
	const struct deployment *d = a->d;
	struct observing o = {.a = a,
			      .said = calloc(d->n_hosts + 1, sizeof *o.said),
			      .taken = calloc(d->n_hosts + 1, sizeof(struct ledger_server *))};
	int result = o.said && o.taken ? 0 : err_sys(e, "cannot ask hosts");

	if (!result)
		result = crew_each(d->n_hosts, parallel, ask, &o, e);
	for (size_t i = 0; i < d->n_tiers && !result; i++) {
		const struct deployment_list *hosts = &d->tiers[i].hosts;

		for (size_t j = 0; j < hosts->n && !result; j++)
			result = take_host(&o, i, hosts->at[j], e);
		a->l->tiers[i]->wanted = (long long)a->l->tiers[i]->n;
	}
	for (size_t i = 0; i < d->n_sources && !result; i++)
		result = take_source(&o, i, e);
	for (size_t i = 0; o.said && i < d->n_hosts; i++)
		buf_free(&o.said[i]);
	free(o.said);
	free(o.taken);
	return result;
}

/* ---- it is kept */

static int
keep_tier(struct ledger *l, struct ledger_tier *tier, struct err *e)
{
	if (entry_save_tier(l, tier, e))
		return -1;
	for (size_t i = 0; i < tier->n; i++) {
		struct ledger_server *server = tier->servers[i];

		if (entry_save_server(l, server, e))
			return -1;
		for (size_t j = 0; j < server->n_placed; j++)
			if (entry_save_placed(l, server, &server->placed[j], e))
				return -1;
		events_add(l, "observed", "%s on %s", server->id, server->host);
	}
	return 0;
}

int
observe_keep(struct ledger *l, struct store *store, struct err *e)
{
	struct store_item mark = {"unfinished", "1", 1};

	if (store_clear(store, e) || store_put(store, &mark, 1, e))
		return -1;
	l->store = store;
	for (size_t i = 0; i < l->n_sources; i++)
		if (entry_save_source(l, &l->sources[i], e))
			return -1;
	for (size_t i = 0; i < l->n_tiers; i++)
		if (keep_tier(l, l->tiers[i], e))
			return -1;
	mark.value = NULL;
	return entry_save_spec(l, e) || store_put(store, &mark, 1, e) ? -1 : 0;
}
