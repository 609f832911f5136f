/* SPDX-License-Identifier: MIT */
/* ledger - what is known of a deployment's servers and of what was done with them. */
#include "provision/ledger.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ledger_tier *
ledger_tier(struct ledger *l, const char *name)
{
	struct ledger_tier **tiers, *new;

	for (size_t i = 0; i < l->n_tiers; i++)
		if (strcmp(l->tiers[i]->name, name) == 0)
			return l->tiers[i];
	tiers = reallocarray(l->tiers, l->n_tiers + 1, sizeof(struct ledger_tier *));
	if (!tiers)
		return NULL;
	l->tiers = tiers;
	new = calloc(1, sizeof *new);
	if (!new)
		return NULL;
	snprintf(new->name, sizeof new->name, "%s", name);
	new->wanted = -1;
	new->next = 1;
	l->tiers[l->n_tiers++] = new;
	return new;
}

/* The place in the order of numbers is the end: they only grow, but when they are read. */
struct ledger_server *
ledger_server(struct ledger *l, const char *id)
{
	const char *dash = strrchr(id, '-');
	char name[40];
	struct ledger_tier *tier;
	struct ledger_server **servers, *new;
	char *end = NULL;
	unsigned long number = dash ? strtoul(dash + 1, &end, 10) : 0;
	size_t at = 0;

	/* The next one has to have a number too. */
	if (!dash || !number || number >= UINT_MAX || *end || dash - id >= (ptrdiff_t)sizeof name)
		return NULL;
	snprintf(name, sizeof name, "%.*s", (int)(dash - id), id);
	tier = ledger_tier(l, name);
	if (!tier)
		return NULL;
	for (at = tier->n; at > 0 && tier->servers[at - 1]->number >= number; at--)
		if (tier->servers[at - 1]->number == number)
			return tier->servers[at - 1];
	servers = reallocarray(tier->servers, tier->n + 1, sizeof(struct ledger_server *));
	if (!servers)
		return NULL;
	tier->servers = servers;
	new = calloc(1, sizeof *new);
	if (!new)
		return NULL;
	snprintf(new->id, sizeof new->id, "%s", id);
	new->tier = tier;
	new->number = (unsigned)number;
	memmove(&servers[at + 1], &servers[at], (tier->n - at) * sizeof(struct ledger_server *));
	servers[at] = new;
	tier->n++;
	if (tier->next <= number)
		tier->next = (unsigned)number + 1;
	return new;
}

struct ledger_server *
ledger_find_server(const struct ledger *l, const char *id)
{
	const char *dash = strrchr(id, '-');

	for (size_t i = 0; dash && i < l->n_tiers; i++) {
		struct ledger_tier *tier = l->tiers[i];

		if (strlen(tier->name) != (size_t)(dash - id) ||
		    strncmp(tier->name, id, (size_t)(dash - id)) != 0)
			continue;
		for (size_t j = 0; j < tier->n; j++)
			if (strcmp(tier->servers[j]->id, id) == 0)
				return tier->servers[j];
	}
	return NULL;
}

struct ledger_placed *
ledger_find_placed(struct ledger_server *server, const char *id)
{
	for (size_t i = 0; i < server->n_placed; i++)
		if (strcmp(server->placed[i].id, id) == 0)
			return &server->placed[i];
	return NULL;
}

struct ledger_placed *
ledger_placed(struct ledger_server *server, const char *id)
{
	struct ledger_placed *all;

	for (size_t i = 0; i < server->n_placed; i++)
		if (strcmp(server->placed[i].id, id) == 0)
			return &server->placed[i];
	all = reallocarray(server->placed, server->n_placed + 1, sizeof *all);
	if (!all)
		return NULL;
	server->placed = all;
	memset(&all[server->n_placed], 0, sizeof *all);
	snprintf(all[server->n_placed].id, sizeof all->id, "%s", id);
	return &all[server->n_placed++];
}

struct ledger_source *
ledger_source(struct ledger *l, const char *name)
{
	struct ledger_source *all;

	for (size_t i = 0; i < l->n_sources; i++)
		if (strcmp(l->sources[i].name, name) == 0)
			return &l->sources[i];
	all = reallocarray(l->sources, l->n_sources + 1, sizeof *all);
	if (!all)
		return NULL;
	l->sources = all;
	memset(&all[l->n_sources], 0, sizeof *all);
	snprintf(all[l->n_sources].name, sizeof all->name, "%s", name);
	return &all[l->n_sources++];
}

int
ledger_take_node(struct ledger_server *server, const char *service, const char *balancer,
		 const char *address)
{
	struct ledger_node *nodes = reallocarray(server->nodes, server->n_nodes + 1, sizeof *nodes);

	if (!nodes)
		return -1;
	server->nodes = nodes;
	snprintf(nodes[server->n_nodes].service, sizeof nodes->service, "%s", service);
	snprintf(nodes[server->n_nodes].balancer, sizeof nodes->balancer, "%s", balancer);
	snprintf(nodes[server->n_nodes].address, sizeof nodes->address, "%s", address);
	server->n_nodes++;
	return 0;
}

int
ledger_take_lost(struct ledger *l, const char *host)
{
	char(*lost)[40] = reallocarray(l->lost, l->n_lost + 1, sizeof *lost);

	if (!lost)
		return -1;
	l->lost = lost;
	snprintf(lost[l->n_lost++], sizeof *lost, "%s", host);
	return 0;
}

bool
ledger_counts(const struct ledger_server *server)
{
	return !server->leaving && server->state != SERVER_LOST;
}

struct agents_place
ledger_place(const struct ledger_server *server)
{
	return (struct agents_place){.address = server->address,
				     .user = server->user,
				     .key = server->key,
				     .port = server->port};
}

long long
ledger_now(const struct ledger *l)
{
	return l->clock ? l->clock(l->clock_arg) : (long long)time(NULL);
}

void
ledger_touch(struct ledger_tier *tier)
{
	tier->stamp++;
}

int
ledger_bind(struct ledger *l, const struct deployment *d, struct err *e)
{
	for (size_t i = 0; i < d->n_tiers; i++) {
		struct ledger_tier *tier = ledger_tier(l, d->tiers[i].name);
		size_t at = i;

		if (!tier)
			return err_sys(e, "cannot read the state");
		while (l->tiers[at] != tier)
			at++;
		l->tiers[at] = l->tiers[i];
		l->tiers[i] = tier;
	}
	return 0;
}

void
ledger_free_server(struct ledger_server *server)
{
	for (size_t i = 0; i < server->n_placed; i++)
		free(server->placed[i].told);
	free(server->placed);
	free(server->nodes);
	free(server->host);
	free(server->address);
	free(server->user);
	free(server->key);
	free(server);
}

void
ledger_close(struct ledger *l)
{
	for (size_t i = 0; i < l->n_tiers; i++) {
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			ledger_free_server(l->tiers[i]->servers[j]);
		free(l->tiers[i]->servers);
		free(l->tiers[i]);
	}
	for (size_t i = 0; i < l->n_sources; i++)
		free(l->sources[i].granted);
	for (size_t i = 0; i < l->n_events; i++)
		free(l->events[i].text);
	free(l->tiers);
	free(l->sources);
	free(l->events);
	free(l->lost);
	free(l->spec);
	free(l->directory);
	pthread_mutex_destroy(&l->mutex);
	*l = (struct ledger){.store = NULL};
}
