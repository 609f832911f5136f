/* SPDX-License-Identifier: MIT */
/* machine - hosts that are made, and what is done with them at their end. */
#include "provision/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "provision/child.h"
#include "provision/entry.h"
#include "provision/events.h"

#define COMMAND_S 900 /* to make or to destroy a host */

/* A command of [hosts], with the server's id and its address; what it prints is in result. */
static int
run_command(struct act_task *t, const char *line, struct child_result *result)
{
	const struct ledger_server *server = t->step->server;
	struct words words = WORDS_INIT;
	char *argv[WORDS_MAX + 3], why[256];
	struct child_spec spec = {
		.argv = argv, .input_fd = -1, .output_fd = -1, .timeout_s = COMMAND_S};
	char address[256];
	size_t n = 0;
	int outcome = -1;

	*result = CHILD_RESULT_INIT;
	if (words_split(&words, line, t->e))
		goto out;
	for (; n < words.n; n++)
		argv[n] = words.argv[n];
	argv[n++] = t->step->server->id;
	if (server->address) {
		snprintf(address, sizeof address, "%s", server->address);
		argv[n++] = address;
	}
	argv[n] = NULL;
	outcome = child_run(&spec, result, t->e);
	if (!outcome && result->status)
		outcome = err_set(t->e, ERR_UNAVAILABLE, "'%s %s' ended with status %d: %s",
				  argv[0], server->id, result->status, child_why(result, why));
out:
	words_free(&words);
	return outcome;
}

/* "ADDRESS [PORT [USER]]" */
static int
take_host(struct act_task *t, const char *text)
{
	struct ledger_server *server = t->step->server;
	char address[256], user[64] = "";
	int port = 0, n = sscanf(text ? text : "", "%255s %d %63s", address, &port, user);

	if (n < 1 || port < 0 || port > 65535)
		return err_set(t->e, ERR_UNAVAILABLE,
			       "[hosts] make printed no ADDRESS [PORT [USER]] for %s", server->id);
	server->address = strdup(address);
	server->user = user[0] ? strdup(user) : NULL;
	server->port = port;
	return server->address && (!user[0] || server->user) ? 0
							     : err_sys(t->e, "cannot keep a host");
}

int
machine_make(struct act_task *t)
{
	struct act *a = t->a;
	struct child_result answer = CHILD_RESULT_INIT;
	char address[64];
	int result;

	if (!a->agents.make && !a->d->make)
		return err_set(t->e, ERR_UNAVAILABLE,
			       "%s is to be on a host that is made, and there is no [hosts] make",
			       t->step->server->id);
	result = a->agents.make ? a->agents.make(a->agents.arg, t->step->server->id, address, t->e)
				: run_command(t, a->d->make, &answer);
	act_lock(a);
	if (!result)
		result = take_host(t, a->agents.make ? address : answer.out.data);
	if (!result) {
		ledger_touch(t->step->server->tier);
		result = entry_save_server(a->l, t->step->server, t->e);
		events_add(a->l, "host_made", "%s at %s", t->step->server->id,
			   t->step->server->address);
	}
	act_unlock(a);
	child_result_free(&answer);
	return result;
}

int
machine_terminate(struct act_task *t)
{
	const char *words[] = {"terminate", NULL};

	return act_demand(t, t->step->server, words);
}

/* Called with the lock: what a server that is gone leaves in the state of others. */
static int
forget(struct act_task *t, struct ledger_server *server)
{
	struct ledger *l = t->a->l;

	for (size_t i = 0; i < l->n_sources; i++) {
		struct ledger_source *source = &l->sources[i];

		if (strcmp(source->server, server->id) != 0)
			continue;
		source->loaded = false;
		source->hash[0] = source->server[0] = '\0';
		free(source->granted);
		source->granted = NULL;
		if (entry_save_source(l, source, t->e))
			return -1;
	}
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			if (l->tiers[i]->servers[j]->n_nodes &&
			    entry_drop_nodes(l, l->tiers[i]->servers[j], server->id, t->e))
				return -1;
	events_add(l, "server_ended", "%s%s", server->id,
		   server->state == SERVER_LOST ? ": it was lost" : "");
	return entry_drop_server(l, server, t->e);
}

int
machine_destroy(struct act_task *t)
{
	struct ledger_server *server = t->step->server;
	struct act *a = t->a;
	int result = 0;

	if (!server->host && server->address && a->agents.destroy) {
		result = a->agents.destroy(a->agents.arg, server->id, server->address, t->e);
	} else if (!server->host && server->address && a->d->destroy) {
		struct child_result answer;

		result = run_command(t, a->d->destroy, &answer);
		child_result_free(&answer);
	}
	if (result)
		return -1;
	act_lock(a);
	if (server->state == SERVER_LOST && server->host)
		result = entry_mark_lost(a->l, server->host, true, t->e);
	if (!result)
		result = forget(t, server);
	a->ended++;
	act_unlock(a);
	return result;
}
