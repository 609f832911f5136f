/* SPDX-License-Identifier: MIT */
/* export - backups that are made on a server, and fetched. */
#include "provision/export.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "provision/backups.h"
#include "provision/datasource.h"
#include "provision/events.h"
#include "provision/told.h"
#include "provision/transfer.h"

/* Have a file made on a server, and fetch it. */
static int
fetch(struct act_task *t, const char *stem, const char *suffix, const char **words, size_t at,
      bool is_source)
{
	struct act *a = t->a;
	struct backup backup = {.fd = -1};
	char remote[PATH_MAX], hash[33];
	const char *where[] = {"sendFile", "--where", NULL, NULL};
	const char *send[] = {"sendFile", NULL, NULL};
	const char *name;
	int result;

	if (backups_begin(a->d, stem, suffix, ledger_now(a->l), &backup, t->e))
		return -1;
	name = strrchr(backup.path, '/') + 1;
	where[2] = send[1] = name;
	words[at] = remote;
	result = act_demand(t, t->step->server, where);
	if (!result)
		result = transfer_path(t, t->call.out.data, remote);
	if (!result)
		result = is_source ? datasource_ask(t, words, "", hash)
				   : act_demand(t, t->step->server, words);
	t->call.output_fd = backup.fd;
	if (!result)
		result = act_demand(t, t->step->server, send);
	t->call.output_fd = -1;
	if (backups_end(&backup, !result, t->e))
		result = -1;
	act_lock(a);
	if (!result)
		events_add(a->l, "backup_done", "%s", backup.path);
	act_unlock(a);
	if (!result)
		log_note("%s", backup.path);
	return result;
}

int
export_source(struct act *a, size_t source, struct err *e)
{
	const struct deployment_source *s = &a->d->sources[source];
	const struct deployment_service *service = &a->d->services[s->service];
	struct planner_step step = {.server = told_writer(a->l->tiers[service->tier]),
				    .source = source};
	struct act_task t = {.a = a, .step = &step, .call = AGENTS_CALL_INIT, .e = e};
	const char *words[] = {"backupDataSource", service->id, s->database, "-", NULL, NULL};
	int result;

	if (!step.server)
		return err_set(e, ERR_UNAVAILABLE, "no server has the data source %s", s->name);
	result = fetch(&t, s->name, ".gz", words, 4, true);
	agents_call_free(&t.call);
	return result;
}

int
export_service(struct act *a, size_t service, struct err *e)
{
	const struct deployment_service *s = &a->d->services[service];
	struct planner_step step = {.server = told_writer(a->l->tiers[s->tier])};
	struct act_task t = {.a = a, .step = &step, .call = AGENTS_CALL_INIT, .e = e};
	const char *words[] = {"backupService", s->id, NULL, NULL};
	char stem[128];
	int result;

	if (!step.server)
		return err_set(e, ERR_UNAVAILABLE, "no server has the service %s", s->id);
	snprintf(stem, sizeof stem, "%s-%s", s->id, step.server->id);
	result = fetch(&t, stem, ".zip", words, 2, false);
	agents_call_free(&t.call);
	return result;
}
