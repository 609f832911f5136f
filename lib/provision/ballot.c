/* SPDX-License-Identifier: MIT */
/* ballot - count the votes of a tier's servers, and look for servers that do not answer. */
#include "provision/ballot.h"

#include <string.h>

#include "provision/crew.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/health.h"
#include "provision/staffing.h"

#define ANSWER_S 30

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

bool
ballot_read(const char *out, int *vote)
{
	static const char *const texts[] = {"-1\n", "0\n", "1\n"};

	for (int i = 0; out && i < 3; i++)
		if (strcmp(out, texts[i]) == 0) {
			*vote = i - 1;
			return true;
		}
	return false;
}

struct round {
	struct act *a;
	const struct deployment_tier *tier;
	struct ledger_tier *known;
	struct ballot *ballot;
};

/* Called with the lock: what an answer, or none, says of a server. */
static int
note(struct round *r, struct ledger_server *server, bool answers, struct err *e)
{
	struct ledger *l = r->a->l;
	long long now = ledger_now(l);

	if (answers) {
		if (!server->silent)
			return 0;
		server->silent = 0;
		return entry_save_server(l, server, e);
	}
	if (!server->silent)
		server->silent = now;
	if (now - server->silent >= r->a->d->recovery_s) {
		server->state = SERVER_LOST;
		server->since = now;
		ledger_touch(server->tier);
		events_add(l, "server_lost", "%s: no answer for %lld s", server->id,
			   now - server->silent);
	}
	return entry_save_server(l, server, e);
}

/* What the server votes; 0 without a vote.  Its answer, or none, is in call. */
static int
ask_vote(struct round *r, struct agents_call *call, int *vote, bool *answers, struct err *e)
{
	const char *words[] = {"scaleCheck", NULL};
	bool voted;

	call->words = words;
	if (agents_call(&r->a->agents, call, e))
		return -1;
	voted = ballot_read(call->out.data, vote);
	/* A vote of -1 has the status 255 as well. */
	*answers = call->status != AGENTS_LOST || voted;
	return 0;
}

/* How its services are, which also tells whether it answers. */
static int
ask_health(struct round *r, struct agents_call *call, bool *answers, struct err *e)
{
	const char *words[] = {"checkService", "--wait", "5", NULL};

	call->words = words;
	if (agents_call(&r->a->agents, call, e))
		return -1;
	*answers = call->status != AGENTS_LOST;
	return 0;
}

static int
ask(void *arg, size_t i, struct err *e)
{
	struct round *r = arg;
	struct ledger_server *server = r->known->servers[i];
	struct agents_call call = AGENTS_CALL_INIT;
	int vote = 0, result = 0;
	bool answers = true;

	if (!ledger_counts(server) || !server->address)
		return 0;
	call.place = ledger_place(server);
	call.timeout_s = ANSWER_S;
	if (r->tier->votes)
		result = ask_vote(r, &call, &vote, &answers, e);
	if (!result && answers)
		result = ask_health(r, &call, &answers, e);
	if (!result) {
		pthread_mutex_lock(&r->a->l->mutex);
		r->ballot->n++;
		r->ballot->up += vote == 1;
		r->ballot->down += vote == -1;
		result = note(r, server, answers, e);
		if (!result && answers && call.out.data)
			result = health_take(r->a->l, server, call.out.data, e);
		pthread_mutex_unlock(&r->a->l->mutex);
	}
	agents_call_free(&call);
	return result;
}

int
ballot_take(struct act *a, size_t tier, int parallel, struct ballot *ballot, struct err *e)
{
	struct round r = {
		.a = a, .tier = &a->d->tiers[tier], .known = a->l->tiers[tier], .ballot = ballot};

	*ballot = (struct ballot){.n = 0};
	return crew_each(r.known->n, parallel, ask, &r, e);
}
