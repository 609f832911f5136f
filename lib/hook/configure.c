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

#define CFG_FILE RUNDIR_CFG
#define SSL_FILE_MAX (1u << 20)
#define SSL_KEY 1 /* of the three files */

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
	int config_fd,
		ssl_fds[CONFIGURE_SSL_FILES]; /* the caller's files that are to be wiped; -1 */
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

/* True when a file lies in one of the agent's directories, where its callers put temporary ones. */
static bool
is_temporary(const struct configure *c, int fd)
{
	const char *const roots[] = {c->svc->paths.tmp, c->svc->paths.run, c->svc->paths.services};
	char link[64], path[PATH_MAX];
	bool found = false;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		char *root = realpath(roots[i], NULL);
		size_t len = root ? strlen(root) : 0;

		found = found || (len && strncmp(path, root, len) == 0 && path[len] == '/');
		free(root);
	}
	return found;
}

static bool
is_standard_input(const char *config)
{
	return strcmp(config, "-") == 0;
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
	if (!result && c->request->config && is_temporary(c, fd)) {
		c->config_fd = fd;
		return 0;
	}
	if (!result && c->request->config)
		log_note("'%s' is left as it is: it lies in none of the agent's directories", path);
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
	if (result)
		fd_close(&fd);
	c->ssl_fds[i] = fd; /* what is wiped later is what was read here */
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
	if (mask_add_document(&c->mask, &c->document, e))
		return -1;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++)
		if (mask_add_keys(&c->mask, &c->ssl[i], i == SSL_KEY, e))
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
	if (find_accounts(c, e) || (!c->request->config && read_file(c, e)) ||
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

/* Delivered in the service, it has no other use, whatever came of it. */
static int
wipe_delivered(const struct configure *c, struct err *e)
{
	int result = 0, cfg_fd = fd_open_beneath(c->svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);

	if (cfg_fd >= 0)
		result = wipe_at(cfg_fd, CFG_FILE, 0, e);
	fd_close(&cfg_fd);
	return result;
}

/* What the caller gave: all of it that is to be wiped, through the descriptors it was read from. */
static int
wipe_inputs(struct configure *c, int result, struct err *e)
{
	struct err wiping = ERR_INIT;
	int failed = c->request->config ? 0 : wipe_delivered(c, &wiping);

	if (c->accepted && c->config_fd >= 0 && wipe_held(c->config_fd, &wiping))
		failed = -1;
	for (size_t i = 0; c->accepted && i < CONFIGURE_SSL_FILES; i++)
		if (c->ssl_fds[i] >= 0 && wipe_held(c->ssl_fds[i], &wiping))
			failed = -1;
	if (!failed)
		return result;
	log_error("a file that holds a secret was not wiped: %s", wiping.msg);
	if (!result)
		*e = wiping;
	return -1;
}

/* The name in cfg/ of the i-th SSL file. */
static void
name_ssl(const struct configure *c, size_t i, char name[static RUNDIR_NAME_MAX])
{
	rundir_name(c->svc, i + 1, name);
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
	struct configure *c = arg;
	struct err e = ERR_INIT;

	log_warning("configureService died: wiping what it had delivered");
	c->delivery.keep_mark = true; /* a process that left the hook's group may be there still */
	(void)!wipe_everything(c, 0, &e);
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

static void
watch_hook(void *arg, pid_t pid)
{
	guardian_watch(arg, pid);
}

static int
run_hook(struct configure *c, const struct hook_options *options, struct err *e)
{
	struct output_filter filter = {.feed = feed_mask, .state = c->streams};
	struct hook_options own = *options;
	struct hook_outcome outcome;
	char paths[1 + CONFIGURE_SSL_FILES][SERVICE_PATH_MAX + RUNDIR_NAME_MAX + 8];
	const char *args[HOOK_ARGS_MAX] = {c->svc->id, paths[0]};
	size_t n = 2;
	int result;

	own.started = watch_hook;
	own.started_arg = &c->guardian;
	own.filter = &filter;
	own.event = c->svc->state.configured ? "change" : "deploy";
	snprintf(paths[0], sizeof paths[0], "%s/cfg/" CFG_FILE, c->svc->path);
	if (c->request->ssl_address)
		args[n++] = c->request->ssl_address;
	for (size_t i = 0; i < CONFIGURE_SSL_FILES && c->request->ssl_files[i]; i++) {
		char name[RUNDIR_NAME_MAX];

		name_ssl(c, i, name);
		snprintf(paths[i + 1], sizeof paths[i + 1], "%s/cfg/%s", c->svc->path, name);
		args[n++] = paths[i + 1];
	}
	result = hook_run(c->svc, &HOOK_CONFIGURE, args, &own, &outcome, e);
	guardian_watch(&c->guardian, 0);
	return result;
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
			      .guardian = GUARDIAN_INIT,
			      .config_fd = -1,
			      .ssl_fds = {-1, -1, -1}};
	int result = 0;

	if (text_check_id("user id", request->user_id, TEXT_ACCOUNT_MAX, e) ||
	    text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e))
		return -1;
	if (request->config && is_standard_input(request->config))
		result = document_read(&c.document, STDIN_FILENO, "standard input", e);
	else if (request->config)
		result = read_file(&c, e);
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
	for (size_t i = 0; i < CONFIGURE_SSL_FILES; i++) {
		secret_free(&c.ssl[i]);
		fd_close(&c.ssl_fds[i]);
	}
	fd_close(&c.config_fd);
	document_free(&c.document);
	return result;
}
