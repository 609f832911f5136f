/* SPDX-License-Identifier: MIT */
/* check - the state word of a service. */
#include "hook/check.h"

#include <stdio.h>
#include <string.h>

static void
unknown(struct check *check, const char *reason)
{
	snprintf(check->state, sizeof check->state, "UNKNOWN: %s", reason);
}

static void
ask(struct service *svc, const struct hook_options *options, struct check *check)
{
	const char *const args[] = {svc->id, NULL};
	struct hook_outcome outcome;
	struct err e = ERR_INIT;
	int result = hook_run(svc, &HOOK_CHECK, args, options, &outcome, &e);

	/* Its own exit status is not asked: the word that it printed is what counts. */
	if (result && (e.kind != ERR_STATUS || !outcome.first[0]))
		unknown(check, e.msg);
	else if (outcome.absent)
		snprintf(check->state, sizeof check->state, "OK");
	else if (!outcome.first[0])
		unknown(check, "the hook printed nothing");
	else
		snprintf(check->state, sizeof check->state, "%s", outcome.first);
}

int
check_service(const char *id, const struct service_claim *claim, const struct hook_options *options,
	      struct check *check, struct err *e)
{
	struct service svc = SERVICE_INIT;
	int result;

	*check = (struct check){.running = false};
	result = hook_open(&svc, id, claim, e);

	if (result)
		unknown(check, e->msg);
	else
		ask(&svc, options, check);
	check->running = strcmp(check->state, "OK") == 0;
	service_close(&svc);
	return result;
}
