/* SPDX-License-Identifier: MIT */
/* ballot - count the votes of tiers' servers, and look for servers that do not answer. */
#include "provision/ballot.h"

#include "provision/entry.h"
#include "provision/events.h"
#include "provision/flapping.h"
#include "provision/health.h"
#include "provision/inquiry.h"
#include "provision/staffing.h"

int
ballot_majority(const struct ballot *ballot)
{
	return (2 * ballot->up > ballot->n) - (2 * ballot->down > ballot->n);
}

long long
ballot_decide(const struct deployment_tier *tier, const struct ballot *ballot, long long wanted)
{
	int majority = ballot_majority(ballot);

	if ((majority > 0 && wanted <= ballot->n) || (majority < 0 && wanted >= ballot->n))
		wanted = ballot->n + majority * tier->increment;
	return staffing_want(tier, wanted);
}

static int
lose(struct act *a, struct ledger_server *server, struct err *e)
{
	struct ledger *l = a->l;
	long long now = ledger_now(l);

	flapping_note(a->d, server->tier, now);
	server->state = SERVER_LOST;
	server->since = now;
	ledger_touch(server->tier);
	a->recovered++;
	events_add(l, "server_lost", "%s: no answer for %lld s", server->id, now - server->silent);
	return entry_save_server(l, server, e) || entry_save_tier(l, server->tier, e) ? -1 : 0;
}

static void
delay(struct act *a, struct ledger_server *server, long long wait)
{
	if (server->waits)
		return;
	server->waits = true;
	a->delayed++;
	events_add(a->l, "recovery_delayed", "%s: its tier flaps, %lld s more", server->id, wait);
}

/* What an answer, or none, says of a server. */
static int
note(struct act *a, const struct inquiry_answer *answer, struct err *e)
{
	struct ledger_server *server = answer->server;
	bool is_new = inquiry_note(a->l, answer);
	long long quiet = server->silent ? ledger_now(a->l) - server->silent : 0;
	long long wait = flapping_wait(a->d, server);

	if (!server->silent)
		server->waits = false;
	else if (quiet >= a->d->recovery_s + wait)
		return lose(a, server, e);
	else if (quiet >= a->d->recovery_s)
		delay(a, server, wait);
	return is_new ? entry_save_server(a->l, server, e) : 0;
}

static int
count(struct act *a, const struct inquiry_answer *answer, struct ballot *ballot, struct err *e)
{
	ballot->n++;
	ballot->up += answer->vote == 1;
	ballot->down += answer->vote == -1;
	if (note(a, answer, e))
		return -1;
	return answer->answers && answer->health.data
		       ? health_take(a->l, answer->server, answer->health.data, e)
		       : 0;
}

int
ballot_take(struct act *a, const bool *asked, int parallel, struct ballot *ballots, struct err *e)
{
	struct inquiry inquiry;
	int result = inquiry_ask(a, asked, true, parallel, &inquiry, e);

	for (size_t i = 0; i < a->d->n_tiers; i++)
		ballots[i] = (struct ballot){.n = 0};
	for (size_t i = 0; i < inquiry.n && !result; i++)
		result = count(a, &inquiry.all[i], &ballots[inquiry.all[i].tier], e);
	inquiry_free(&inquiry);
	return result;
}
