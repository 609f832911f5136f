/* SPDX-License-Identifier: MIT */
/* staffing - how many servers a tier has, and on which hosts. */
#include "provision/staffing.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "provision/entry.h"
#include "provision/events.h"

long long
staffing_want(const struct deployment_tier *tier, long long wanted)
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

/* Whether a host of the tier is there again once those that leave or are lost are gone. */
static bool
comes_free(const struct planner *p, const struct deployment_tier *tier)
{
	for (size_t i = 0; i < p->l->n_tiers; i++)
		for (size_t j = 0; j < p->l->tiers[i]->n; j++) {
			const struct ledger_server *server = p->l->tiers[i]->servers[j];

			for (size_t k = 0; k < tier->hosts.n && !ledger_counts(server); k++)
				if (server->host && strcmp(server->host, tier->hosts.words[k]) == 0)
					return true;
		}
	return false;
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
	long long wanted = tier ? staffing_want(tier, known->wanted) : 0, n = count(known);

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
		if (comes_free(p, tier))
			break; /* and the next plan has it */
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
staffing_tiers(struct planner *p, struct err *e)
{
	/* Those that leave first: their hosts may be the ones that others need. */
	for (size_t i = 0; i < p->l->n_tiers; i++)
		if (staff_tier(p, i < p->d->n_tiers ? &p->d->tiers[i] : NULL, p->l->tiers[i], e))
			return -1;
	return 0;
}
