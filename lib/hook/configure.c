/* SPDX-License-Identifier: MIT */
/* configure - the life of an enstratus.cfg: read, checked, written, used, wiped. */
#include "hook/configure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "cfg/document.h"
#include "cfg/mask.h"
#include "cfg/writer.h"
#include "hook/guardian.h"
#include "service/account.h"
#include "service/delivery.h"

#define CFG_FILE "enstratus.cfg"
#define SSL_FILE_MAX (1u << 20)

static const char *const ssl_endings[CONFIGURE_SSL_FILES] = {"cert", "key", "chained"};

struct configure {
	struct service *svc;
	const struct configure_request *request;
	struct account user, agent;
	bool as_user; /* owners are set */
	struct document document;
	struct secret text, ssl[CONFIGURE_SSL_FILES];
	struct mask mask;
	struct mask_stream streams[2];
	struct delivery delivery;
	struct guardian guardian;
	char customer_before[TEXT_ACCOUNT_MAX + 1]; /* as recorded before this run */
	bool accepted; /* the inputs are good: they are used up from here on */
};

static int
find_accounts(struct configure *c, struct err *e)
{
	bool found;

	if (account_agent(&c->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: owners are left alone, and the hook runs as '%s'",
			 c->agent.name);
		return 0;
	}
	if (account_find(c->request->user_id, &c->user, &found, e))
		return -1;
	if (!found)
		return err_set(e, ERR_NO_ACCOUNT, "no such account: '%s'", c->request->user_id);
	c->as_user = true;
	return 0;
}

static int
open_delivered(const struct configure *c, struct err *e)
{
	int fd = fd_open_beneath(c->svc->dir_fd, "cfg/" CFG_FILE, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(
			e, ERR_UNSAFE,
			"there is no configuration: give it on standard input with --config -, "
			"or place it at '%s/cfg/" CFG_FILE "'",
			c->svc->path);
	if (fd < 0)
		return err_sys(e, "cannot open '%s/cfg/" CFG_FILE "'", c->svc->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return err_set(e, ERR_UNSAFE, "'%s/cfg/" CFG_FILE "' is not a regular file",
			       c->svc->path);
	}
	return fd;
}

static bool
is_standard_input(const char *config)
{
	return config && strcmp(config, "-") == 0;
}

static int
read_file(struct configure *c, struct err *e)
{
	const char *path = c->request->config;
	int fd, result;

	if (path) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			err_sys(e, "cannot open configuration '%s'", path);
			e->kind = ERR_UNSAFE;
		}
	} else {
		fd = open_delivered(c, e);
		path = "cfg/" CFG_FILE;
	}
	if (fd < 0)
		return -1;
	result = document_read(&c->document, fd, path, e);
	fd_close(&fd);
	return result;
}

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

static int
read_ssl(struct configure *c, size_t i, struct err *e)
{
	const char *path = c->request->ssl_files[i];
	struct stat st;
	int fd, result = -1;

	if (!path)
		return 0;
	/* No link: what is read here is what is wiped later. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		err_sys(e, "cannot open SSL file '%s'", path);
		e->kind = ERR_UNAVAILABLE;
		return -1;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err_set(e, ERR_UNAVAILABLE, "SSL file '%s' is not a regular file", path);
	else
		result = secret_read(&c->ssl[i], fd, SSL_FILE_MAX, path, e);
	fd_close(&fd);
	return result;
}

static void
feed_mask(void *state, int stream, const char *data, size_t len, output_sink_fn *sink, void *arg)
{
	struct mask_stream *streams = state;

	mask_feed(&streams[stream - 1], data, len, sink, arg);
}

static int
make_mask(struct configure *c, struct err *e)
{
	if (mask_add_document(&c->mask, &c->document, e) || mask_add_lines(&c->mask, &c->ssl[1], e))
		return -1;
	mask_finish(&c->mask);
	if (mask_stream_open(&c->streams[0], &c->mask, e))
		return -1;
	return mask_stream_open(&c->streams[1], &c->mask, e);
}

/* All that can be refused, before anything is written. */
static int
accept_inputs(struct configure *c, struct err *e)
{
	if (find_accounts(c, e) || (!is_standard_input(c->request->config) && read_file(c, e)) ||
	    check_service_id(c, e))
		return -1;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		if (read_ssl(c, i, e))
			return -1;
	if (make_mask(c, e) || writer_generate(&c->document, time(NULL), &c->text, e))
		return -1;
	if (c->document.n_repeated)
		log_note("%zu repeated keys: the last value of each counts",
			 c->document.n_repeated);
	c->accepted = true;
	return 0;
}

/* True when a file lies in one of the agent's directories, where its callers put temporary ones. */
static bool
is_temporary(const struct configure *c, const char *path)
{
	const char *const roots[] = {c->svc->paths.tmp, c->svc->paths.run, c->svc->paths.services};
	char *file = realpath(path, NULL);
	bool found = false;

	for (size_t i = 0; file && i < sizeof roots / sizeof *roots; i++) {
		char *root = realpath(roots[i], NULL);
		size_t len = root ? strlen(root) : 0;

		found = found || (len && strncmp(file, root, len) == 0 && file[len] == '/');
		free(root);
	}
	free(file);
	return found;
}

static int
wipe_file(int dir_fd, const char *path, int result, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (wipe_at(dir_fd, path, 0, result ? &ignored : e)) {
		log_error("'%s' holds a secret and was not wiped", path);
		return -1;
	}
	return result;
}

/* Delivered in the service, it has no other use, whatever came of it. */
static int
wipe_delivered(const struct configure *c, int result, struct err *e)
{
	int cfg_fd = fd_open_beneath(c->svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);

	if (cfg_fd >= 0)
		result = wipe_file(cfg_fd, CFG_FILE, result, e);
	fd_close(&cfg_fd);
	return result;
}

static int
wipe_inputs(struct configure *c, int result, struct err *e)
{
	const char *config = c->request->config;

	if (!config)
		result = wipe_delivered(c, result, e);
	if (!c->accepted)
		return result;
	if (config && !is_standard_input(config) && is_temporary(c, config))
		result = wipe_file(AT_FDCWD, config, result, e);
	else if (config && !is_standard_input(config))
		log_note("'%s' is left as it is: it lies in none of the agent's directories",
			 config);
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		if (c->request->ssl_files[i])
			result = wipe_file(AT_FDCWD, c->request->ssl_files[i], result, e);
	return result;
}

/* The name in cfg/ of the i-th SSL file. */
static void
name_ssl(const struct configure *c, size_t i, char name[static RUNDIR_NAME_MAX])
{
	snprintf(name, RUNDIR_NAME_MAX, "%s.%s", c->svc->id, ssl_endings[i]);
}

/* The guardian's work, should this process die; and part of this one's on its way out. */
static int
wipe_everything(struct configure *c, int result, struct err *e)
{
	struct err wiping = ERR_INIT;

	if (delivery_close(&c->delivery, &wiping)) {
		log_error("%s", wiping.msg);
		if (!result)
			*e = wiping;
		result = -1;
	}
	return wipe_inputs(c, result, e);
}

static void
act_as_guardian(void *arg)
{
	struct err e = ERR_INIT;

	log_warning("configureService died: wiping what it had delivered");
	(void)!wipe_everything(arg, 0, &e);
}

/* Places first, then who will wipe them whatever happens, then the secrets. */
static int
deliver(struct configure *c, struct err *e)
{
	char name[RUNDIR_NAME_MAX];

	if (delivery_open(&c->delivery, c->svc, c->as_user ? &c->user : NULL,
			  c->as_user ? &c->agent : NULL, e) ||
	    delivery_make(&c->delivery, CFG_FILE, e))
		return -1;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++) {
		name_ssl(c, i, name);
		if (c->request->ssl_files[i] && delivery_make(&c->delivery, name, e))
			return -1;
	}
	if (guardian_start(&c->guardian, act_as_guardian, c, e) ||
	    delivery_fill(&c->delivery, CFG_FILE, &c->text, e))
		return -1;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++) {
		name_ssl(c, i, name);
		if (c->request->ssl_files[i] && delivery_fill(&c->delivery, name, &c->ssl[i], e))
			return -1;
	}
	return 0;
}

static int
run_hook(struct configure *c, const struct hook_options *options, struct err *e)
{
	struct output_filter filter = {.feed = feed_mask, .state = c->streams};
	struct hook_options own = *options;
	struct hook_outcome outcome;
	char paths[1 + CONFIGURE_SSL_FILES][PATH_MAX];
	const char *args[HOOK_ARGS_MAX] = {c->svc->id, paths[0]};
	size_t n = 2;

	own.filter = &filter;
	own.event = c->svc->state.configured ? "change" : "deploy";
	snprintf(paths[0], sizeof paths[0], "%s/cfg/" CFG_FILE, c->svc->path);
	if (c->request->ssl_address)
		args[n++] = c->request->ssl_address;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES && c->request->ssl_files[i]; i++) {
		snprintf(paths[i + 1], sizeof paths[i + 1], "%s/cfg/%s.%s", c->svc->path,
			 c->svc->id, ssl_endings[i]);
		args[n++] = paths[i + 1];
	}
	return hook_run(c->svc, &HOOK_CONFIGURE, args, &own, &outcome, e);
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
	return state_save(state, c->svc->book_fd, e);
}

/* From the delivered configuration to the hook's end and the wipe, the service locked. */
static int
use(struct configure *c, const struct hook_options *options, struct err *e)
{
	int result = accept_inputs(c, e);

	if (!result) {
		snprintf(c->customer_before, sizeof c->customer_before, "%s",
			 c->svc->state.customer_id);
		snprintf(c->svc->state.customer_id, sizeof c->svc->state.customer_id, "%s",
			 c->request->customer_id);
		result = deliver(c, e);
	}
	if (!result)
		result = run_hook(c, options, e);
	result = wipe_everything(c, result, e);
	guardian_dismiss(&c->guardian);
	return result ? result : record(c, e);
}

int
configure_service(struct service *svc, const struct configure_request *request,
		  const struct service_claim *claim, const struct hook_options *options,
		  struct err *e)
{
	struct configure c = {.svc = svc,
			      .request = request,
			      .document = DOCUMENT_INIT,
			      .text = SECRET_INIT,
			      .mask = MASK_INIT,
			      .delivery = DELIVERY_INIT,
			      .guardian = GUARDIAN_INIT};
	int result = 0;

	if (text_check_id("user id", request->user_id, TEXT_ACCOUNT_MAX, e) ||
	    text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e))
		return -1;
	if (is_standard_input(request->config))
		result = document_read(&c.document, STDIN_FILENO, "standard input", e);
	if (!result)
		result = hook_lock(svc, claim, e);
	if (!result) {
		proc_hold_signals();
		result = use(&c, options, e);
	}
	mask_stream_close(&c.streams[0]);
	mask_stream_close(&c.streams[1]);
	mask_free(&c.mask);
	secret_free(&c.text);
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		secret_free(&c.ssl[i]);
	document_free(&c.document);
	return result;
}
