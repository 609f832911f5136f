/* SPDX-License-Identifier: MIT */
/* configure - hand a service its enstratus.cfg, and remember what it was told. */
#include "command/configure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/secret.h"
#include "cfg/document.h"
#include "cfg/hidden.h"
#include "cfg/writer.h"
#include "command/residue.h"
#include "host/account.h"
#include "host/settings.h"
#include "service/brief.h"
#include "service/changes.h"
#include "service/manifest.h"

#define REQUIRED_SHOWN 256 /* bytes of names in a message */
#define SSL_KEY 1	   /* of the three files */

struct configure {
	struct service *svc;
	const struct configure_request *request;
	struct settings settings;
	struct manifest manifest; /* of the service as it is */
	struct document document;
	struct secret text, ssl[CONFIGURE_SSL_FILES];
	struct handover handover;
	struct handover_file files[1 + CONFIGURE_SSL_FILES]; /* the configuration first */
	size_t n_files;
	struct changes changes;
	struct configure_report *report;
	char customer_before[TEXT_ACCOUNT_MAX + 1]; /* as recorded before this run */
};

static int
check_service_id(const struct configure *c, struct err *e)
{
	size_t len;
	const char *id = document_get(&c->document, "serviceId", &len);

	if (id && (len != strlen(c->svc->id) || memcmp(id, c->svc->id, len) != 0))
		return err_set(e, ERR_UNSAFE,
			       "the configuration is of another service: its serviceId is not '%s'",
			       c->svc->id);
	return 0;
}

/* All that is missing is told at once. */
static int
check_required(const struct configure *c, struct err *e)
{
	const struct manifest *m = &c->manifest;
	struct buf names = BUF_INIT;
	size_t n = 0;
	int result = 0;

	for (size_t i = 0; i < m->n_required && !result; i++)
		if (!document_has(&c->document, m->required[i]))
			result = buf_addf(&names, e, "%s%s", n++ ? ", " : "", m->required[i]);
	/* More than a message holds: each in a line of its own. */
	for (size_t i = 0; i < m->n_required && names.len > REQUIRED_SHOWN && !result; i++)
		if (!document_has(&c->document, m->required[i]))
			log_error("required key '%s' is missing", m->required[i]);
	if (!result && names.len > REQUIRED_SHOWN)
		result = err_set(e, ERR_LACKING, "the configuration lacks %zu required keys", n);
	else if (!result && n)
		result = err_set(e, ERR_LACKING, "the configuration lacks %s: %s",
				 n == 1 ? "a required key" : "required keys", names.data);
	buf_free(&names);
	return result;
}

static void
add_file(struct configure *c, size_t name, const struct secret *text)
{
	struct handover_file *file = &c->files[c->n_files++];

	rundir_name(c->svc, name, file->name);
	file->text = text;
}

static int
read_config(struct configure *c, struct err *e)
{
	return inputs_read_config(&c->handover.inputs, &c->request->config, &c->settings,
				  &c->document, e);
}

static const char *
event_of(const struct configure *c)
{
	return c->svc->state.configured ? "change" : "deploy";
}

/* All that can be refused, before anything is written. */
static int
accept_inputs(struct configure *c, struct err *e)
{
	const struct configure_request *request = c->request;

	if ((!request->config.path && read_config(c, e)) ||
	    handover_find_accounts(&c->handover, request->user_id, e) || check_service_id(c, e) ||
	    manifest_read_installed(&c->manifest, c->svc->dir_fd, e) || check_required(c, e))
		return -1;
	add_file(c, 0, &c->text);
	for (size_t i = 0; i < CONFIGURE_SSL_FILES && request->ssl_files[i]; i++) {
		if (inputs_read_file(&c->handover.inputs, request->ssl_files[i], &c->ssl[i], e))
			return -1;
		add_file(c, i + 1, &c->ssl[i]);
	}
	if (writer_generate(&c->document, time(NULL), &c->text, e))
		return -1;
	if (c->document.n_repeated)
		log_note("%zu repeated keys: the last value of each counts",
			 c->document.n_repeated);
	return inputs_accept(&c->handover.inputs, event_of(c), e);
}

static int
deliver(struct configure *c, struct err *e)
{
	if (handover_hide(&c->handover, &c->document, &c->settings, e))
		return -1;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		if (hidden_add_keys(&c->handover.mask, &c->ssl[i], i == SSL_KEY, e))
			return -1;
	return handover_place(&c->handover, c->files, c->n_files, e) ||
			       handover_fill(&c->handover, c->files, c->n_files, e)
		       ? -1
		       : 0;
}

static int
run_hook(struct configure *c, const struct hook_options *options, struct err *e)
{
	struct hook_options own = *options;
	struct hook_outcome outcome;
	char paths[1 + CONFIGURE_SSL_FILES][SERVICE_PATH_MAX + RUNDIR_NAME_MAX + 8];
	const char *args[HOOK_ARGS_MAX] = {c->svc->id};
	size_t n = 1;
	int result;

	own.changed = c->changes.names.data ? c->changes.names.data : "";
	own.event = event_of(c);
	for (size_t i = 0; i < c->n_files; i++) {
		snprintf(paths[i], sizeof paths[i], "%s/cfg/%s", c->svc->path, c->files[i].name);
		args[n++] = paths[i];
		if (i == 0 && c->request->ssl_address)
			args[n++] = c->request->ssl_address;
	}
	result = handover_run(&c->handover, &HOOK_CONFIGURE, args, &own, &outcome, e);
	c->report->run = outcome.run;
	return result;
}

/* What the hook is told beside the document, and is no secret but for the SSL files. */
static int
find_changes(struct configure *c, struct err *e)
{
	const char *address = c->request->ssl_address ? c->request->ssl_address : "";
	const struct changes_part parts[] = {
		{"[account]", c->request->user_id, strlen(c->request->user_id)},
		{"[customer]", c->request->customer_id, strlen(c->request->customer_id)},
		{"[image]", c->svc->state.kept[0], strlen(c->svc->state.kept[0])},
		{"[ssl.address]", address, strlen(address)},
		{"[ssl.cert]", secret_reveal(&c->ssl[0]), c->ssl[0].len},
		{"[ssl.chain]", secret_reveal(&c->ssl[2]), c->ssl[2].len},
		{"[ssl.key]", secret_reveal(&c->ssl[SSL_KEY]), c->ssl[SSL_KEY].len},
	};

	return changes_find(&c->changes, &c->document, parts, sizeof parts / sizeof *parts,
			    c->svc->meta_fd, e);
}

static bool
differs(const struct configure *c)
{
	return c->changes.names.len > 0;
}

/* Should this process be killed meanwhile, nobody knows any more what the service was told. */
static int
tell(struct configure *c, const struct hook_options *options, struct err *e)
{
	if (differs(c) && changes_forget(c->svc->meta_fd, e))
		return -1;
	return deliver(c, e) || run_hook(c, options, e) ? -1 : 0;
}

/* Without the record all counts as changed the next time, which is no failure of this one. */
static void
remember(const struct configure *c, bool is_done)
{
	struct err e = ERR_INIT;
	int result = 0;

	if (!is_done)
		result = changes_forget(c->svc->meta_fd, &e);
	else if (differs(c))
		result = changes_keep(&c->changes, c->svc->meta_fd, &e);
	if (result)
		log_warning("what the service was told is not remembered: %s", e.msg);
}

/* After the wipe: what is found now was left by the hook. */
static int
check_residue(const struct configure *c, struct timespec since, struct err *e)
{
	static const char *const words[] = {
		[RESIDUE_WARN] = "warn", [RESIDUE_FAIL] = "fail", [RESIDUE_OFF] = "off"};
	size_t n = 0;

	c->report->residue = words[c->manifest.residue];
	if (c->manifest.residue == RESIDUE_OFF)
		return 0;
	if (residue_search(&c->handover.mask, c->svc, &c->manifest, since, &n, e)) {
		c->report->residue = NULL;
		return -1;
	}
	c->report->n_residue = n;
	return n && c->manifest.residue == RESIDUE_FAIL
		       ? err_set(e, ERR_REFUSED,
				 "the hook left secrets in %zu file%s, and image.ini says "
				 "residue=fail",
				 n, n == 1 ? "" : "s")
		       : 0;
}

static int
record(struct configure *c, struct err *e)
{
	struct state *state = &c->svc->state;

	/* Nothing new: a write that is synced costs as much as all the rest. */
	if (state->configured && strcmp(state->user_id, c->request->user_id) == 0 &&
	    strcmp(c->customer_before, c->request->customer_id) == 0)
		return 0;
	snprintf(state->user_id, sizeof state->user_id, "%s", c->request->user_id);
	if (!state->configured)
		state->configured = time(NULL);
	if (state_save(state, c->svc->meta_fd, e))
		return -1;
	if (!brief_renew(c->svc))
		log_warning("listServices does not tell of this configuration");
	return 0;
}

/* The hook was told of a customer that the service does not get now. */
static void
withdraw_customer(const struct configure *c)
{
	struct state *state = &c->svc->state;

	if (strcmp(state->customer_id, c->customer_before) == 0)
		return;
	snprintf(state->customer_id, sizeof state->customer_id, "%s", c->customer_before);
	(void)brief_renew(c->svc); /* the history has warned already */
}

/* From the delivered configuration to the hook's end and the wipe, the service locked. */
static int
use(struct configure *c, const struct hook_options *options, struct err *e)
{
	struct timespec since = residue_now();
	struct err residue = ERR_INIT;
	int result = accept_inputs(c, e);
	bool is_told = false;

	if (!result) {
		if (c->svc->state.user_id[0] &&
		    strcmp(c->svc->state.user_id, c->request->user_id) != 0)
			log_warning("service '%s' was installed for user '%s', and is configured "
				    "for '%s'",
				    c->svc->id, c->svc->state.user_id, c->request->user_id);
		snprintf(c->customer_before, sizeof c->customer_before, "%s",
			 c->svc->state.customer_id);
		snprintf(c->svc->state.customer_id, sizeof c->svc->state.customer_id, "%s",
			 c->request->customer_id);
		result = find_changes(c, e);
		c->report->event = event_of(c);
	}
	if (!result && c->request->if_changed && !differs(c))
		log_note("nothing has changed since service '%s' was configured: its hook is not "
			 "run",
			 c->svc->id);
	else if (!result && (is_told = true))
		result = tell(c, options, e);
	result = handover_wipe(&c->handover, result, e);
	c->report->is_told = is_told;
	c->report->facts = c->handover.facts;
	/* What a hook that failed has left is told as well, and changes nothing of its error. */
	if (is_told && check_residue(c, since, &residue) && !result) {
		*e = residue;
		result = -1;
	}
	if (is_told)
		remember(c, result == 0);
	if (is_told && result)
		withdraw_customer(c);
	return result ? result : record(c, e);
}

void
configure_report_free(struct configure_report *report)
{
	free(report->changed);
	*report = CONFIGURE_REPORT_INIT;
}

int
configure_service(struct service *svc, const struct configure_request *request,
		  const struct service_lock_request *lock, const struct hook_options *options,
		  struct configure_report *report, struct err *e)
{
	struct configure c = {.svc = svc,
			      .request = request,
			      .report = report,
			      .settings = SETTINGS_INIT,
			      .manifest = MANIFEST_INIT,
			      .document = DOCUMENT_INIT,
			      .text = SECRET_INIT,
			      .changes = CHANGES_INIT};
	int result = 0;

	handover_init(&c.handover, svc);
	if (account_check_name(request->user_id, e) ||
	    text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e) ||
	    settings_load(&c.settings, &svc->paths, e))
		return -1;
	if (request->config.path)
		result = read_config(&c, e);
	if (!result)
		result = hook_lock(svc, lock, e);
	if (!result) {
		proc_hold_signals();
		result = use(&c, options, e);
	}
	secret_free(&c.text);
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		secret_free(&c.ssl[i]);
	document_free(&c.document);
	report->changed = c.changes.names.data;
	c.changes.names = BUF_INIT;
	changes_free(&c.changes);
	manifest_free(&c.manifest);
	settings_free(&c.settings);
	handover_close(&c.handover);
	return result;
}
