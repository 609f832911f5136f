/* SPDX-License-Identifier: MIT */
/* inquiry - ask servers for their votes and how their services are, many at once. */
#include "provision/inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "provision/crew.h"
#include "provision/health.h"

#define ANSWER_S 30
#define AT_ONCE 4 /* so many are asked where one would be worked on */

struct asking {
	struct act *a;
	struct inquiry_answer *all;
	bool votes;
};

bool
inquiry_read(const char *out, int *vote)
{
	static const char *const texts[] = {"-1\n", "0\n", "1\n"};

	for (int i = 0; out && i < 3; i++)
		if (strcmp(out, texts[i]) == 0) {
			*vote = i - 1;
			return true;
		}
	return false;
}

/* 0 without a vote. */
static int
ask_vote(const struct agents *agents, struct agents_call *call, struct inquiry_answer *answer,
	 struct err *e)
{
	const char *words[] = {"scaleCheck", NULL};
	bool voted;

	call->words = words;
	if (agents_call(agents, call, e))
		return -1;
	voted = inquiry_read(call->out.data, &answer->vote);
	/* A vote of -1 has the status 255 as well. */
	answer->answers = call->status != AGENTS_LOST || voted;
	return 0;
}

/* How its services are, which also tells whether it answers. */
static int
ask_health(const struct agents *agents, struct agents_call *call, struct inquiry_answer *answer,
	   struct err *e)
{
	const char *words[] = {"checkService", "--wait", "5", NULL};

	call->words = words;
	if (agents_call(agents, call, e))
		return -1;
	answer->answers = call->status != AGENTS_LOST;
	answer->health = call->out;
	call->out = BUF_INIT;
	return 0;
}

static int
ask(void *arg, size_t i, struct err *e)
{
	const struct asking *asking = arg;
	struct act *a = asking->a;
	struct inquiry_answer *answer = &asking->all[i];
	struct agents_call call = AGENTS_CALL_INIT;
	int result = 0;

	call.place = ledger_place(answer->server);
	call.timeout_s = ANSWER_S;
	if (asking->votes && a->d->tiers[answer->tier].votes)
		result = ask_vote(&a->agents, &call, answer, e);
	if (!result && answer->answers)
		result = ask_health(&a->agents, &call, answer, e);
	agents_call_free(&call);
	return result;
}

int
inquiry_ask(struct act *a, const bool *asked, bool votes, int parallel, struct inquiry *inquiry,
	    struct err *e)
{
	struct asking asking = {.a = a, .votes = votes};
	size_t most = 0;

	*inquiry = INQUIRY_INIT;
	for (size_t i = 0; i < a->d->n_tiers; i++)
		most += asked[i] ? a->l->tiers[i]->n : 0;
	inquiry->all = calloc(most + 1, sizeof *inquiry->all);
	if (!inquiry->all)
		return err_sys(e, "cannot ask servers");
	for (size_t i = 0; i < a->d->n_tiers; i++)
		for (size_t j = 0; asked[i] && j < a->l->tiers[i]->n; j++) {
			struct ledger_server *server = a->l->tiers[i]->servers[j];

			if (ledger_counts(server) && server->address)
				inquiry->all[inquiry->n++] = (struct inquiry_answer){
					.server = server, .tier = i, .answers = true};
		}
	asking.all = inquiry->all;
	return crew_each(inquiry->n, parallel == 1 ? 1 : parallel * AT_ONCE, ask, &asking, e);
}

void
inquiry_free(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->n; i++)
		buf_free(&inquiry->all[i].health);
	free(inquiry->all);
	*inquiry = INQUIRY_INIT;
}

bool
inquiry_note(struct ledger *l, const struct inquiry_answer *answer)
{
	struct ledger_server *server = answer->server;

	if (answer->answers == !server->silent)
		return false;
	server->silent = answer->answers ? 0 : ledger_now(l);
	return true;
}

/* Services that were not checked before are not there yet. */
static int
take_answer(struct ledger *l, const struct inquiry_answer *answer, struct inquiry_sum *sum,
	    struct err *e)
{
	const struct ledger_server *server = answer->server;

	inquiry_note(l, answer);
	if (!answer->answers) {
		sum->silent++;
		return 0;
	}
	if (answer->health.data && health_take(l, answer->server, answer->health.data, e))
		return -1;
	for (size_t i = 0; i < server->n_placed; i++)
		sum->bad += server->placed[i].word[0] && strcmp(server->placed[i].word, "OK") != 0;
	return 0;
}

int
inquiry_health(struct act *a, int parallel, struct inquiry_sum *sum, struct err *e)
{
	bool *asked = calloc(a->d->n_tiers + 1, sizeof *asked);
	struct inquiry inquiry = INQUIRY_INIT;
	int result = asked ? 0 : err_sys(e, "cannot ask servers");

	*sum = (struct inquiry_sum){.silent = 0};
	for (size_t i = 0; asked && i < a->d->n_tiers; i++)
		asked[i] = true;
	if (!result)
		result = inquiry_ask(a, asked, false, parallel, &inquiry, e);
	for (size_t i = 0; i < inquiry.n && !result; i++)
		result = take_answer(a->l, &inquiry.all[i], sum, e);
	inquiry_free(&inquiry);
	free(asked);
	return result;
}
