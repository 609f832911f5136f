/* SPDX-License-Identifier: MIT */
/* act - do one step of a plan, and keep that it was done. */
#include "provision/act.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/words.h"
#include "image/digest.h"
#include "provision/backups.h"
#include "provision/child.h"
#include "provision/engine.h"
#include "provision/health.h"
#include "provision/told.h"

#define UPLOAD_TRIES 6
#define SETTLE_TRIES 60
#define SETTLE_MS 500
#define CUT 76
#define COMMAND_S 900 /* to make or to destroy a host */

/* One step under way. */
struct acting {
	struct act *a;
	const struct planner_step *step;
	struct agents_call call;
	struct err *e;
};

static void
lock(struct act *a)
{
	pthread_mutex_lock(&a->l->mutex);
}

static void
unlock(struct act *a)
{
	pthread_mutex_unlock(&a->l->mutex);
}

/* ---- calls */

/* Call a program on a server; its status is in call.status. */
static int
ask(struct acting *t, const struct ledger_server *server, const char *const *words)
{
	t->call.place = ledger_place(server);
	t->call.words = words;
	return agents_call(&t->a->agents, &t->call, t->e);
}

/* A status that is no success, as an error. */
static int
refuse(const struct acting *t, const struct ledger_server *server)
{
	const struct agents_call *call = &t->call;

	if (call->status == AGENTS_LOST)
		return err_set(t->e, ERR_UNAVAILABLE, "the connection to %s was lost: %s",
			       server->id, call->why);
	return err_hook(t->e, call->status, "%s on %s: status %d%s%s", call->words[0], server->id,
			call->status, call->why[0] ? ": " : "", call->why);
}

/* The same, and any other status than 0 is a failure. */
static int
demand(struct acting *t, const struct ledger_server *server, const char *const *words)
{
	if (ask(t, server, words))
		return -1;
	return t->call.status == 0 ? 0 : refuse(t, server);
}

/* ---- files */

static const char *
suffix_of(const char *path)
{
	static const char *const known[] = {".zip",    ".tar.gz", ".tgz", ".tar.bz2",
					    ".sql.gz", ".sql",	  ".gz"};
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(known[i]);

		if (len > n && strcmp(path + len - n, known[i]) == 0)
			return known[i];
	}
	return "";
}

/* A path that the agent has printed, without its line end. */
static int
take_path(const struct acting *t, const char *text, char remote[static PATH_MAX])
{
	size_t len = text ? strcspn(text, "\n") : 0;

	if (len == 0 || len >= PATH_MAX || text[0] != '/')
		return err_set(t->e, ERR_UNAVAILABLE, "%s on %s answered nothing that is known",
			       t->call.words[0], t->step->server->id);
	snprintf(remote, PATH_MAX, "%.*s", (int)len, text);
	return 0;
}

/* Send what the host lacks of a file; remote is its path there. */
static int
upload(struct acting *t, const char *path, const char *digest, char remote[static PATH_MAX])
{
	const struct ledger_server *server = t->step->server;
	char size_text[24];
	const char *suffix = suffix_of(path);
	const char *have[] = {"receiveFile", "--have", digest, size_text, suffix, NULL};
	const char *take[] = {"receiveFile", digest, size_text, suffix, NULL};
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fd_close(&fd);
		return err_sys(t->e, "cannot open '%s'", path);
	}
	snprintf(size_text, sizeof size_text, "%lld", (long long)st.st_size);
	for (int tries = 0; tries < UPLOAD_TRIES; tries++) {
		char *rest;
		long long from;

		if (demand(t, server, have))
			break;
		from = strtoll(t->call.out.data ? t->call.out.data : "", &rest, 10);
		if (*rest == ' ') {
			result = take_path(t, rest + 1, remote);
			break;
		}
		if (lseek(fd, from, SEEK_SET) < 0) {
			err_sys(t->e, "cannot read '%s'", path);
			break;
		}
		t->call.input_fd = fd;
		result = ask(t, server, take);
		t->call.input_fd = -1;
		if (result)
			break;
		if (t->call.status == 0) {
			result = take_path(t, t->call.out.data, remote);
			break;
		}
		/* What was cut off is gone on with. */
		result = -1;
		if ((t->call.status != CUT && t->call.status != AGENTS_LOST &&
		     t->call.status != AGENTS_BUSY) ||
		    tries + 1 == UPLOAD_TRIES) {
			refuse(t, server);
			break;
		}
		if (engine_rest(SETTLE_MS, t->e))
			break;
	}
	fd_close(&fd);
	return result;
}

static int
drop(struct acting *t, const char *path, const char *digest)
{
	const char *words[] = {"receiveFile", "--drop", digest, "0", suffix_of(path), NULL};

	return demand(t, t->step->server, words);
}

/* ---- keeping */

static int
keep_placed(struct acting *t, struct ledger_placed *placed)
{
	return ledger_save_placed(t->a->l, t->step->server, placed, t->e);
}

/* Called with the lock. */
static struct ledger_placed *
placed_of(struct acting *t)
{
	struct ledger_placed *placed = ledger_placed(t->step->server, t->step->id);

	if (!placed)
		err_sys(t->e, "cannot keep what was done");
	return placed;
}

static int
set_state(struct acting *t, enum lifecycle_state state)
{
	struct ledger_server *server = t->step->server;

	if (server->state == state || server->state == SERVER_LOST)
		return 0;
	server->state = state;
	server->since = ledger_now(t->a->l);
	return ledger_save_server(t->a->l, server, t->e);
}

/* ---- the steps */

static int
do_unproxy(struct acting *t)
{
	const struct ledger_server *about = t->step->about;
	const char *words[] = {"stopProxy", about->address ? about->address : "", NULL};

	if (demand(t, t->step->server, words))
		return -1;
	lock(t->a);
	if (ledger_drop_nodes(t->a->l, t->step->about, t->step->server->id, t->e) == 0)
		ledger_event(t->a->l, "proxy_changed", "%s without %s", t->step->server->id,
			     about->id);
	unlock(t->a);
	return t->e->kind ? -1 : 0;
}

static int
do_stop(struct acting *t)
{
	const char *words[] = {"stopService", t->step->id, NULL};
	struct ledger_placed *placed;
	int result = demand(t, t->step->server, words);

	lock(t->a);
	placed = result ? NULL : placed_of(t);
	if (placed) {
		placed->started = false;
		placed->word[0] = '\0';
		result = keep_placed(t, placed);
	}
	unlock(t->a);
	return result || !placed ? -1 : 0;
}

/* Call a program of a data source; what it is told ends with a trailer. */
static int
ask_database(struct acting *t, const char *const *words, const char *addresses,
	     char hash[static 33])
{
	struct act *a = t->a;
	const struct told told = {.d = a->d, .l = a->l, .references = a->references};
	struct secret text = SECRET_INIT;
	int result;

	lock(a);
	result = told_source(&told, &a->d->sources[t->step->source], addresses, &text, t->e);
	if (!result) {
		told_hash(a->l, &text, hash);
		result = told_finish(&text, t->e);
	}
	unlock(a);
	if (!result) {
		t->call.input = &text;
		result = demand(t, t->step->server, words);
		t->call.input = NULL;
	}
	secret_free(&text);
	return result;
}

static int
do_revoke(struct acting *t)
{
	const char *words[] = {"revokeDatabaseAccess", t->step->id, "-", NULL};
	const char *address = t->step->about->address;
	char hash[33];

	/* The grant that follows writes down who is let in. */
	return ask_database(t, words, address ? address : "", hash);
}

static int
do_grant(struct acting *t)
{
	const char *words[] = {"grantDatabaseAccess", t->step->id, "-", NULL};
	struct act *a = t->a;
	struct buf addresses = BUF_INIT;
	struct ledger_source *source;
	char hash[33];
	int result;

	lock(a);
	result = told_addresses(a->d, a->l, t->step->source, NULL, &addresses, t->e);
	unlock(a);
	if (!result)
		result = ask_database(t, words, addresses.data ? addresses.data : "", hash);
	if (!result) {
		lock(a);
		source = ledger_source(a->l, a->d->sources[t->step->source].name);
		if (!source) {
			result = err_sys(t->e, "cannot keep a grant");
		} else {
			free(source->granted);
			source->granted = addresses.data;
			addresses = BUF_INIT;
			snprintf(source->hash, sizeof source->hash, "%s", hash);
			snprintf(source->server, sizeof source->server, "%s", t->step->server->id);
			result = ledger_save_source(a->l, source, t->e);
			ledger_event(a->l, "access_granted", "%s to %s", source->name,
				     source->granted ? source->granted : "nobody");
		}
		unlock(a);
	}
	buf_free(&addresses);
	return result;
}

static int
do_terminate(struct acting *t)
{
	const char *words[] = {"terminate", NULL};

	return demand(t, t->step->server, words);
}

static int
do_remove(struct acting *t)
{
	const char *words[] = {"removeService", "--yes", "--purge", "--force", t->step->id, NULL};
	struct ledger_server *server = t->step->server;
	struct ledger_placed *placed;
	int result = ask(t, server, words);

	/* 66: it is gone already. */
	if (!result && t->call.status && t->call.status != 66)
		result = refuse(t, server);
	if (result)
		return -1;
	lock(t->a);
	placed = placed_of(t);
	if (placed) {
		placed->digest[0] = placed->word[0] = '\0';
		placed->started = false;
		free(placed->told);
		placed->told = NULL;
		placed->told_len = 0;
		result = keep_placed(t, placed);
	}
	unlock(t->a);
	return result || !placed ? -1 : 0;
}

/* A command of [hosts], with the server's id and its address; what it prints is in result. */
static int
run_command(struct acting *t, const char *line, struct child_result *result)
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

/* Called with the lock: what a server that is gone leaves in the state of others. */
static int
forget(struct acting *t, struct ledger_server *server)
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
		if (ledger_save_source(l, source, t->e))
			return -1;
	}
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			if (l->tiers[i]->servers[j]->n_nodes &&
			    ledger_drop_nodes(l, l->tiers[i]->servers[j], server->id, t->e))
				return -1;
	ledger_event(l, "server_ended", "%s", server->id);
	return ledger_drop_server(l, server, t->e);
}

static int
do_destroy(struct acting *t)
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
	lock(a);
	if (server->state == SERVER_LOST && server->host)
		result = ledger_mark_lost(a->l, server->host, true, t->e);
	if (!result)
		result = forget(t, server);
	a->ended++;
	unlock(a);
	return result;
}

/* "ADDRESS [PORT [USER]]" */
static int
take_host(struct acting *t, const char *text)
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

static int
do_make(struct acting *t)
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
	lock(a);
	if (!result)
		result = take_host(t, a->agents.make ? address : answer.out.data);
	if (!result) {
		ledger_touch(t->step->server->tier);
		result = ledger_save_server(a->l, t->step->server, t->e);
		ledger_event(a->l, "host_made", "%s at %s", t->step->server->id,
			     t->step->server->address);
	}
	unlock(a);
	child_result_free(&answer);
	return result;
}

static int
do_install(struct acting *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const char *digest = a->planner->digests[t->step->service];
	char remote[PATH_MAX];
	const char *words[] = {"installService", "--sha256", digest, s->id,
			       a->d->customer,	 s->run_as,  remote, NULL};
	bool is_file = s->image[0] == '/';
	struct ledger_placed *placed;
	int result = 0;

	snprintf(remote, sizeof remote, "%s", s->image);
	if ((is_file && upload(t, s->image, digest, remote)) || demand(t, t->step->server, words) ||
	    (is_file && drop(t, s->image, digest)))
		return -1;
	lock(a);
	placed = placed_of(t);
	if (placed) {
		/* Its hooks may be others: it is configured again. */
		snprintf(placed->digest, sizeof placed->digest, "%s", digest);
		free(placed->told);
		placed->told = NULL;
		placed->told_len = 0;
		placed->started = false;
		result = keep_placed(t, placed);
		ledger_event(a->l, "installed", "%s on %s", s->id, t->step->server->id);
	}
	if (placed && !result && t->step->server->host)
		result = ledger_mark_lost(a->l, t->step->server->host, false, t->e);
	unlock(a);
	return result || !placed ? -1 : 0;
}

/* What it is told, as text and as hashes, of one moment. */
static int
tell(struct acting *t, struct secret *text, struct changes *changes, unsigned long long *stamp)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const struct told told = {.d = a->d, .l = a->l, .references = a->references};
	struct ledger_placed *placed;
	struct secret copy = SECRET_INIT;
	int result = -1;

	lock(a);
	placed = placed_of(t);
	*stamp = planner_stamp(a->planner, s);
	if (placed && told_service(&told, s, t->step->server, text, t->e) == 0 &&
	    secret_append(&copy, secret_reveal(text), text->len, t->e) == 0 &&
	    told_compare(&copy, placed, changes, t->e) == 0)
		result = told_finish(text, t->e);
	unlock(a);
	secret_free(&copy);
	return result;
}

static int
do_configure(struct acting *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const char *words[] = {"configureService", "--config", "-", s->run_as,
			       a->d->customer,	   s->id,      NULL};
	struct secret text = SECRET_INIT;
	struct changes changes = CHANGES_INIT;
	struct ledger_placed *placed;
	unsigned long long stamp;
	int result = -1;

	if (!a->planner->shallow && tell(t, &text, &changes, &stamp))
		goto out;
	if (a->planner->shallow)
		stamp = planner_stamp(a->planner, s);
	t->call.input = a->planner->shallow ? NULL : &text;
	result = demand(t, t->step->server, words);
	t->call.input = NULL;
	if (result)
		goto out;
	lock(a);
	placed = placed_of(t);
	result = placed ? 0 : -1;
	if (placed) {
		bool is_first = !placed->told;

		free(placed->told);
		placed->told = strdup(changes.now.data ? changes.now.data : "");
		placed->told_len = changes.now.len;
		placed->compared = stamp;
		placed->started = false;
		placed->word[0] = '\0';
		a->configured++;
		result = placed->told ? keep_placed(t, placed) : err_sys(t->e, "cannot keep it");
		if (!is_first)
			ledger_event(a->l, "config_changed", "%s on %s: %s", s->id,
				     t->step->server->id,
				     changes.names.data ? changes.names.data : "");
	}
	unlock(a);
out:
	t->call.input = NULL;
	secret_free(&text);
	changes_free(&changes);
	return result;
}

static int
do_start(struct acting *t)
{
	const char *words[] = {"startService", t->step->id, NULL};
	struct ledger_placed *placed;
	int result = demand(t, t->step->server, words);

	if (result)
		return -1;
	lock(t->a);
	placed = placed_of(t);
	if (placed) {
		placed->started = true;
		placed->settled = false;
		t->a->started++;
		result = keep_placed(t, placed);
	}
	unlock(t->a);
	return result || !placed ? -1 : 0;
}

/* Called with the lock: all services of a server run. */
static bool
is_running(const struct act *a, const struct ledger_server *server)
{
	for (size_t i = 0; i < a->d->n_services; i++) {
		const struct ledger_placed *found = NULL;

		if (strcmp(a->d->tiers[a->d->services[i].tier].name, server->tier->name) != 0)
			continue;
		for (size_t j = 0; j < server->n_placed; j++)
			if (strcmp(server->placed[j].id, a->d->services[i].id) == 0)
				found = &server->placed[j];
		if (!found || !found->started)
			return false;
	}
	return true;
}

/* The state word of a service: the first line of what checkService prints. */
static int
do_check(struct acting *t)
{
	const char *words[] = {"checkService", t->step->id, NULL};
	struct ledger_server *server = t->step->server;
	char word[LEDGER_WORD_MAX];
	struct ledger_placed *placed;
	int result = demand(t, server, words);
	const char *said = t->call.out.data ? t->call.out.data : "";

	if (result)
		return -1;
	health_word(said, word);
	lock(t->a);
	placed = placed_of(t);
	if (placed) {
		/* The word comes last: without it the next run looks again. */
		if (is_running(t->a, server))
			result = set_state(t, SERVER_RUNNING);
		if (!result)
			result = health_changed(t->a->l, server, placed, word, t->e);
	}
	unlock(t->a);
	if (result || !placed)
		return -1;
	return strcmp(word, "OK") == 0
		       ? 0
		       : err_set(t->e, ERR_UNAVAILABLE, "%s on %s: %.*s", t->step->id, server->id,
				 (int)strcspn(said, "\n"), said);
}

static int
do_settle(struct acting *t)
{
	const struct ledger_placed *placed;
	int most;

	lock(t->a);
	placed = placed_of(t);
	most = placed && placed->settled ? 1 : SETTLE_TRIES;
	unlock(t->a);
	for (int tries = 1; placed; tries++) {
		if (do_check(t) == 0)
			return 0;
		if (tries == most || t->e->kind != ERR_UNAVAILABLE || t->call.status == AGENTS_LOST)
			return -1;
		*t->e = ERR_INIT;
		if (engine_rest(SETTLE_MS, t->e))
			return -1;
	}
	return -1;
}

static int
do_load(struct acting *t)
{
	struct act *a = t->a;
	char path[PATH_MAX], remote[PATH_MAX], digest[65], hash[33];
	const char *words[] = {"installDataSource", t->step->id, "-", remote, NULL};
	struct ledger_source *source;
	int result;

	if (!backups_dump(a->d, t->step->source, path))
		return err_set(t->e, ERR_IMAGE, "the dump of '%s' is gone",
			       a->d->sources[t->step->source].name);
	if (digest_path(path, digest, t->e) || upload(t, path, digest, remote) ||
	    ask_database(t, words, "", hash) || drop(t, path, digest))
		return -1;
	lock(a);
	source = ledger_source(a->l, a->d->sources[t->step->source].name);
	result = source ? 0 : err_sys(t->e, "cannot keep that it was loaded");
	if (source) {
		source->loaded = true;
		snprintf(source->server, sizeof source->server, "%s", t->step->server->id);
		source->hash[0] = '\0';
		result = ledger_save_source(a->l, source, t->e);
		ledger_event(a->l, "loaded", "%s on %s from %s", source->name, t->step->server->id,
			     path);
	}
	unlock(a);
	return result;
}

static int
do_proxy(struct acting *t)
{
	struct act *a = t->a;
	const struct deployment_service *s = &a->d->services[t->step->service];
	const struct deployment_balancer *b = &a->d->balancers[t->step->balancer];
	struct ledger_server *about = t->step->about;
	struct ledger_node node;
	const char *words[] = {"startProxy",
			       s->id,
			       s->primary_name ? s->primary_name : "*",
			       s->secondary_names ? s->secondary_names : "NONE",
			       b->address ? b->address : t->step->server->address,
			       about->address ? about->address : "",
			       s->ports[0].number,
			       NULL};
	int result;

	if (demand(t, t->step->server, words))
		return -1;
	snprintf(node.service, sizeof node.service, "%s", s->id);
	snprintf(node.balancer, sizeof node.balancer, "%s", t->step->server->id);
	snprintf(node.address, sizeof node.address, "%.240s:%s", about->address,
		 s->ports[0].number);
	lock(a);
	result = ledger_drop_nodes(a->l, about, node.balancer, t->e) ||
				 ledger_add_node(a->l, about, &node, t->e)
			 ? -1
			 : 0;
	ledger_event(a->l, "proxy_changed", "%s with %s", node.balancer, about->id);
	unlock(a);
	return result;
}

static int (*const doers[N_STEPS])(struct acting *t) = {
	[STEP_UNPROXY] = do_unproxy,	 [STEP_STOP] = do_stop,
	[STEP_REVOKE] = do_revoke,	 [STEP_TERMINATE] = do_terminate,
	[STEP_REMOVE] = do_remove,	 [STEP_DESTROY] = do_destroy,
	[STEP_MAKE] = do_make,		 [STEP_INSTALL] = do_install,
	[STEP_CONFIGURE] = do_configure, [STEP_QUIT] = do_stop,
	[STEP_START] = do_start,	 [STEP_CHECK] = do_check,
	[STEP_LOAD] = do_load,		 [STEP_PROXY] = do_proxy,
	[STEP_GRANT] = do_grant,	 [STEP_SETTLE] = do_settle,
};

static void
report(struct act *a, const struct planner_step *step, int done, const char *why)
{
	if (!a->tell)
		return;
	lock(a);
	a->tell(a->tell_arg, step, done, why);
	unlock(a);
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
act_step(struct act *a, const struct planner_step *step, struct err *e)
{
	const struct lifecycle_row *row = lifecycle_row(step->kind);
	struct acting t = {.a = a, .step = step, .call = AGENTS_CALL_INIT, .e = e};
	struct planner_step last = *step;
	struct shown shown;
	bool ends_all;
	int result;

	lock(a);
	show(&shown, step->server);
	last.server = &shown.server;
	result = store_is_ours(a->l->store, e);
	if (!result && step->about == step->server && step->kind != STEP_LOAD &&
	    step->kind != STEP_GRANT && step->kind != STEP_SETTLE)
		result = set_state(&t, row->during);
	unlock(a);
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
		lock(a);
		ledger_event(a->l, "step_failed", "%s", e->msg);
		unlock(a);
	}
	return result;
}

/* ---- backups */

/* Have a file made on a server, and fetch it. */
static int
fetch(struct acting *t, const char *stem, const char *suffix, const char **words, size_t at,
      bool is_source)
{
	struct act *a = t->a;
	char path[PATH_MAX], remote[PATH_MAX], hash[33];
	const char *where[] = {"sendFile", "--where", NULL, NULL};
	const char *send[] = {"sendFile", NULL, NULL};
	const char *name;
	int fd = -1, result;

	if (backups_begin(a->d, stem, suffix, ledger_now(a->l), path, &fd, t->e))
		return -1;
	name = strrchr(path, '/') + 1;
	where[2] = send[1] = name;
	words[at] = remote;
	result = demand(t, t->step->server, where);
	if (!result)
		result = take_path(t, t->call.out.data, remote);
	if (!result)
		result = is_source ? ask_database(t, words, "", hash)
				   : demand(t, t->step->server, words);
	t->call.output_fd = fd;
	if (!result)
		result = demand(t, t->step->server, send);
	t->call.output_fd = -1;
	if (backups_end(path, &fd, !result, t->e))
		result = -1;
	lock(a);
	if (!result)
		ledger_event(a->l, "backup_done", "%s", path);
	unlock(a);
	if (!result)
		log_note("%s", path);
	return result;
}

int
act_backup_source(struct act *a, size_t source, struct err *e)
{
	const struct deployment_source *s = &a->d->sources[source];
	const struct deployment_service *service = &a->d->services[s->service];
	struct planner_step step = {.server = told_writer(a->l->tiers[service->tier]),
				    .source = source};
	struct acting t = {.a = a, .step = &step, .call = AGENTS_CALL_INIT, .e = e};
	const char *words[] = {"backupDataSource", service->id, s->database, "-", NULL, NULL};
	int result;

	if (!step.server)
		return err_set(e, ERR_UNAVAILABLE, "no server has the data source %s", s->name);
	result = fetch(&t, s->name, ".gz", words, 4, true);
	agents_call_free(&t.call);
	return result;
}

int
act_backup_service(struct act *a, size_t service, struct err *e)
{
	const struct deployment_service *s = &a->d->services[service];
	struct planner_step step = {.server = told_writer(a->l->tiers[s->tier])};
	struct acting t = {.a = a, .step = &step, .call = AGENTS_CALL_INIT, .e = e};
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
