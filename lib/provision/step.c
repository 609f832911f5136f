/* SPDX-License-Identifier: MIT */
/* step - do one step of a plan, and keep that it was done. */
#include "provision/step.h"

#include <stdio.h>

#include "base/proc.h"
#include "provision/datasource.h"
#include "provision/events.h"
#include "provision/lifecycle.h"
#include "provision/machine.h"
#include "provision/placement.h"
#include "provision/routing.h"

static int (*const doers[N_STEPS])(struct act_task *t) = {
	[STEP_UNPROXY] = routing_drop,	   [STEP_STOP] = placement_stop,
	[STEP_REVOKE] = datasource_revoke, [STEP_TERMINATE] = machine_terminate,
	[STEP_REMOVE] = placement_remove,  [STEP_DESTROY] = machine_destroy,
	[STEP_MAKE] = machine_make,	   [STEP_INSTALL] = placement_install,
	[STEP_ADMIT] = datasource_grant,   [STEP_CONFIGURE] = placement_configure,
	[STEP_QUIT] = placement_stop,	   [STEP_START] = placement_start,
	[STEP_CHECK] = placement_check,	   [STEP_LOAD] = datasource_load,
	[STEP_PROXY] = routing_add,	   [STEP_GRANT] = datasource_grant,
	[STEP_SETTLE] = placement_settle,
};

static void
report(struct act *a, const struct planner_step *step, int done, const char *why)
{
	if (!a->tell)
		return;
	act_lock(a);
	a->tell(a->tell_arg, step, done, why);
	act_unlock(a);
}

/* What is said of a server that is forgotten by then. */
struct shown {
	struct ledger_server server;
	char host[64], address[256];
};

static void
show(struct shown *shown, const struct ledger_server *server)
{
	shown->server = *server;
	snprintf(shown->host, sizeof shown->host, "%s", server->host ? server->host : "");
	snprintf(shown->address, sizeof shown->address, "%s",
		 server->address ? server->address : "");
	shown->server.host = server->host ? shown->host : NULL;
	shown->server.address = server->address ? shown->address : NULL;
}

int
step_do(struct act *a, const struct planner_step *step, struct err *e)
{
	const struct lifecycle_row *row = lifecycle_row(step->kind);
	struct act_task t = {.a = a, .step = step, .call = AGENTS_CALL_INIT, .e = e};
	struct planner_step last = *step;
	struct shown shown;
	bool ends_all;
	int result;

	act_lock(a);
	show(&shown, step->server);
	last.server = &shown.server;
	result = store_is_ours(a->l->store, e);
	if (!result && step->about == step->server && step->kind != STEP_LOAD &&
	    step->kind != STEP_ADMIT && step->kind != STEP_GRANT && step->kind != STEP_SETTLE)
		result = act_state(&t, row->during);
	act_unlock(a);
	report(a, step, -1, NULL);
	if (!result)
		result = doers[step->kind](&t);
	/* A signal, a lost lock and a state that cannot be written. */
	ends_all = e->kind == ERR_BUSY || e->kind == ERR_IO || proc_signal_pending();
	agents_call_free(&t.call);
	report(a, &last, result ? 1 : 0, e->msg);
	if (result && row->may_fail && !ends_all) {
		*e = ERR_INIT;
		result = 0;
	}
	if (result) {
		act_lock(a);
		events_add(a->l, "step_failed", "%s", e->msg);
		act_unlock(a);
	}
	return result;
}
