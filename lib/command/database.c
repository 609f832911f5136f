/* SPDX-License-Identifier: MIT */
/* database - the hooks of a database's service, which are told in a configuration of their own. */
#include "command/database.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "command/backup.h"

struct database {
	const struct database_request *request;
	struct settings settings;
	struct document document;
	struct handover handover;
	struct handover_file file; /* the configuration */
	char config[SERVICE_PATH_MAX + RUNDIR_NAME_MAX + 8];
	char path[PATH_MAX]; /* of the image or the backup; "" for none */
};

static int
find_image(struct database *d, struct err *e)
{
	const char *given = d->request->image;
	struct stat st;

	if (stat(given, &st))
		return err_set(e, ERR_UNAVAILABLE, "'%s': %s", given, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNAVAILABLE, "'%s' is not a file", given);
	/* The hook's working directory is another than the caller's. */
	return fd_absolute_path(given, d->path, e);
}

static int
accept_inputs(struct database *d, struct err *e)
{
	struct handover *h = &d->handover;

	if (handover_find_accounts(h, h->svc->state.user_id, e) ||
	    (d->request->image && find_image(d, e)) ||
	    (d->request->backup && backup_place(d->request->backup, d->path, e)))
		return -1;
	rundir_name(h->svc, RUNDIR_DATABASE, d->file.name);
	d->file.text = &d->document.text;
	snprintf(d->config, sizeof d->config, "%s/cfg/%s", h->svc->path, d->file.name);
	return inputs_accept(&h->inputs, d->request->hook->event, e);
}

static int
run_hook(struct database *d, const struct hook_options *options, struct hook_outcome *outcome,
	 struct err *e)
{
	struct handover *h = &d->handover;
	const char *args[HOOK_ARGS_MAX] = {h->svc->id};
	size_t n = 1;

	if (d->request->data_source)
		args[n++] = d->request->data_source;
	args[n++] = d->config;
	if (d->path[0])
		args[n++] = d->path;
	return handover_hide(h, &d->document, &d->settings, e) ||
			       handover_place(h, &d->file, 1, e) ||
			       handover_fill(h, &d->file, 1, e) ||
			       handover_run(h, d->request->hook, args, options, outcome, e)
		       ? -1
		       : 0;
}

static int
use(struct database *d, const struct hook_options *options, struct err *e)
{
	struct hook_outcome outcome = {.absent = true};
	int result = accept_inputs(d, e);

	if (!result)
		result = run_hook(d, options, &outcome, e);
	result = handover_wipe(&d->handover, result, e);
	return !result && d->request->backup && !outcome.absent ? backup_check(d->path, e) : result;
}

int
database_run(struct service *svc, const struct database_request *request,
	     const struct service_lock_request *lock, const struct hook_options *options,
	     struct err *e)
{
	struct database d = {
		.request = request, .settings = SETTINGS_INIT, .document = DOCUMENT_INIT};
	int result = -1;

	handover_init(&d.handover, svc);
	if (!settings_load(&d.settings, &svc->paths, e) &&
	    !inputs_read_config(&d.handover.inputs, &request->config, &d.settings, &d.document,
				e) &&
	    !hook_lock(svc, lock, e)) {
		proc_hold_signals();
		result = use(&d, options, e);
	}
	document_free(&d.document);
	settings_free(&d.settings);
	handover_close(&d.handover);
	return result;
}
