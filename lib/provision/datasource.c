/* SPDX-License-Identifier: MIT */
/* datasource - the steps of a data source on its server. */
#include "provision/datasource.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "image/digest.h"
#include "provision/backups.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/told.h"
#include "provision/transfer.h"

#define RUN_ID_LEN 8   /* digits.  Source: serviceHistory(1), as the next two */
#define STATUS_FIELD 4 /* of a line, from 0 */
#define RUN_WAIT_S "86400"
#define NOT_THERE 66 /* the agent knows nothing of it */
#define LOAD_TRIES 3

/* Call a program of a data source; what it is told ends with a trailer. */
int
datasource_ask(struct act_task *t, const char *const *words, const char *addresses,
	       char hash[static 33])
{
	struct act *a = t->a;
	const struct told told = {.d = a->d, .l = a->l, .references = a->references};
	struct secret text = SECRET_INIT;
	int result;

	act_lock(a);
	result = told_source(&told, &a->d->sources[t->step->source], addresses, &text, t->e);
	if (!result) {
		told_hash(a->l, &text, hash);
		result = (t->step->kind == STEP_ADMIT && told_keep(&text, t->e)) ||
					 told_finish(&text, t->e)
				 ? -1
				 : 0;
	}
	act_unlock(a);
	if (!result) {
		t->call.input = &text;
		result = act_demand(t, t->step->server, words);
		t->call.input = NULL;
	}
	secret_free(&text);
	return result;
}

int
datasource_revoke(struct act_task *t)
{
	const char *words[] = {"revokeDatabaseAccess", t->step->id, "-", NULL};
	const char *address = t->step->about->address;
	char hash[33];

	/* The grant that follows writes down who is let in. */
	return datasource_ask(t, words, address ? address : "", hash);
}

/* What a grant has come to. */
static int
keep_grant(struct act_task *t, struct buf *addresses, const char *hash, const char *login)
{
	struct act *a = t->a;
	struct ledger_source *source = ledger_source(a->l, a->d->sources[t->step->source].name);

	if (!source)
		return err_sys(t->e, "cannot keep a grant");
	if (t->step->kind == STEP_ADMIT) {
		snprintf(source->admitted, sizeof source->admitted, "%s", login);
		return entry_save_source(a->l, source, t->e);
	}
	free(source->granted);
	source->granted = addresses->data;
	*addresses = BUF_INIT;
	source->admitted[0] = '\0';
	snprintf(source->hash, sizeof source->hash, "%s", hash);
	snprintf(source->login, sizeof source->login, "%s", login);
	snprintf(source->server, sizeof source->server, "%s", t->step->server->id);
	events_add(a->l, "access_granted", "%s to %s", source->name,
		   source->granted ? source->granted : "nobody");
	return entry_save_source(a->l, source, t->e);
}

int
datasource_grant(struct act_task *t)
{
	const char *words[] = {"grantDatabaseAccess", t->step->id, "-", NULL};
	struct act *a = t->a;
	const struct told told = {.d = a->d, .l = a->l, .references = a->references};
	struct buf addresses = BUF_INIT;
	char hash[33], login[33];
	int result;

	act_lock(a);
	result = told_addresses(a->d, a->l, t->step->source, NULL, &addresses, t->e) ||
				 told_login(&told, &a->d->sources[t->step->source], login, t->e)
			 ? -1
			 : 0;
	act_unlock(a);
	if (!result)
		result = datasource_ask(t, words, addresses.data ? addresses.data : "", hash);
	if (!result) {
		act_lock(a);
		result = keep_grant(t, &addresses, hash, login);
		act_unlock(a);
	}
	buf_free(&addresses);
	return result;
}

/* The run by which a data source is loaded, on any host the same: so it is loaded there once. */
static void
name_run(const struct deployment_source *source, char run[static RUN_ID_LEN + 1])
{
	char text[128], hex[CRYPTO_SHA256_HEX];
	int len = snprintf(text, sizeof text, "installDataSource %s", source->name);

	crypto_sha256(text, (size_t)len, hex);
	snprintf(run, RUN_ID_LEN + 1, "%.*s", RUN_ID_LEN, hex);
}

/* Whether a run with that id has ended well; one that goes on is waited for. */
static int
ask_run(struct act_task *t, const char *run, bool *done)
{
	const char *words[] = {"serviceHistory", "--run",     run, "--wait",
			       RUN_WAIT_S,	 t->step->id, NULL};

	*done = false;
	if (act_ask(t, t->step->server, words))
		return -1;
	if (t->call.status != 0)
		return t->call.status == NOT_THERE ? 0 : act_refuse(t, t->step->server);
	for (const char *p = t->call.out.data; p && *p; p += *p == '\n') {
		size_t at = 0;

		for (; at < STATUS_FIELD && *p && *p != '\n'; p++)
			at += *p == '\t';
		*done |= at == STATUS_FIELD && p[0] == '0' && p[1] == '\t';
		p += strcspn(p, "\n");
	}
	return 0;
}

/* Of a database nothing is done twice: what became of a run that was cut off, the host is asked. */
static int
load(struct act_task *t, const char *path, const char *digest)
{
	char run[RUN_ID_LEN + 1], remote[PATH_MAX], hash[33];
	const char *words[] = {"installDataSource", "--run", run, t->step->id, "-", remote, NULL};
	bool done = false;

	name_run(&t->a->d->sources[t->step->source], run);
	for (int tries = 1;; tries++) {
		int result;

		if (ask_run(t, run, &done))
			return -1;
		if (done)
			return 0;
		if (transfer_send(t, path, digest, remote))
			return -1;
		t->call.once = true;
		result = datasource_ask(t, words, "", hash);
		t->call.once = false;
		if (!result || t->call.status != AGENTS_LOST || tries == LOAD_TRIES)
			return result;
		*t->e = ERR_INIT;
	}
}

int
datasource_load(struct act_task *t)
{
	struct act *a = t->a;
	char path[PATH_MAX], digest[65];
	struct ledger_source *source;
	int result;

	if (!backups_dump(a->d, t->step->source, path))
		return err_set(t->e, ERR_IMAGE, "the dump of '%s' is gone",
			       a->d->sources[t->step->source].name);
	if (digest_path(path, digest, t->e) || load(t, path, digest) ||
	    transfer_drop(t, path, digest))
		return -1;
	act_lock(a);
	source = ledger_source(a->l, a->d->sources[t->step->source].name);
	result = source ? 0 : err_sys(t->e, "cannot keep that it was loaded");
	if (source) {
		source->loaded = true;
		snprintf(source->server, sizeof source->server, "%s", t->step->server->id);
		source->hash[0] = source->login[0] = source->admitted[0] = '\0';
		result = entry_save_source(a->l, source, t->e);
		events_add(a->l, "loaded", "%s on %s from %s", source->name, t->step->server->id,
			   path);
	}
	act_unlock(a);
	return result;
}
