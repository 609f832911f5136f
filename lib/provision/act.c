/* SPDX-License-Identifier: MIT */
/* act - one step under way: the calls of its server, and what is kept of them. */
#include "provision/act.h"

#include "provision/entry.h"

void
act_lock(struct act *a)
{
	pthread_mutex_lock(&a->l->mutex);
}

void
act_unlock(struct act *a)
{
	pthread_mutex_unlock(&a->l->mutex);
}

int
act_ask(struct act_task *t, const struct ledger_server *server, const char *const *words)
{
	t->call.place = ledger_place(server);
	t->call.words = words;
	return agents_call(&t->a->agents, &t->call, t->e);
}

int
act_refuse(const struct act_task *t, const struct ledger_server *server)
{
	const struct agents_call *call = &t->call;

	if (call->status == AGENTS_LOST)
		return err_set(t->e, ERR_UNAVAILABLE, "the connection to %s was lost: %s",
			       server->id, call->why);
	return err_hook(t->e, call->status, "%s on %s: status %d%s%s", call->words[0], server->id,
			call->status, call->why[0] ? ": " : "", call->why);
}

int
act_demand(struct act_task *t, const struct ledger_server *server, const char *const *words)
{
	if (act_ask(t, server, words))
		return -1;
	return t->call.status == 0 ? 0 : act_refuse(t, server);
}

struct ledger_placed *
act_placed(struct act_task *t)
{
	struct ledger_placed *placed = ledger_placed(t->step->server, t->step->id);

	if (!placed)
		err_sys(t->e, "cannot keep what was done");
	return placed;
}

int
act_keep(struct act_task *t, struct ledger_placed *placed)
{
	return entry_save_placed(t->a->l, t->step->server, placed, t->e);
}

int
act_state(struct act_task *t, enum lifecycle_state state)
{
	struct ledger_server *server = t->step->server;

	if (server->state == state || server->state == SERVER_LOST)
		return 0;
	server->state = state;
	server->since = ledger_now(t->a->l);
	return entry_save_server(t->a->l, server, t->e);
}
