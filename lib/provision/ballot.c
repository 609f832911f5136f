/* SPDX-License-Identifier: MIT */
/* ballot - count the votes of tiers' servers, and look for servers that do not answer. */
#include "provision/ballot.h"

#include "provision/entry.h"
#include "provision/events.h"
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

/* What an answer, or none, says of a server. */
static int
note(struct act *a, const struct inquiry_answer *answer, struct err *e)
{
	struct ledger_server *server = answer->server;
	struct ledger *l = a->l;
	long long now = ledger_now(l);
	bool is_new = inquiry_note(l, answer);

	if (server->silent && now - server->silent >= a->d->recovery_s) {
		server->state = SERVER_LOST;
		server->since = now;
		ledger_touch(server->tier);
		events_add(l, "server_lost", "%s: no answer for %lld s", server->id,
			   now - server->silent);
		is_new = true;
	}
	return is_new ? entry_save_server(l, server, e) : 0;
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
