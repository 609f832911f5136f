/* SPDX-License-Identifier: MIT */
/* carrier - secret files that a hook is handed, and what keeps them secret. */
#include "hook/carrier.h"

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
#include "base/wipe.h"
#include "cfg/hidden.h"

#define PART_BYTES (64u << 10)

void
carrier_init(struct carrier *c, struct service *svc)
{
	*c = (struct carrier){.svc = svc,
			      .mask = MASK_INIT,
			      .streams = {MASK_STREAM_INIT, MASK_STREAM_INIT},
			      .delivery = DELIVERY_INIT,
			      .guardian = GUARDIAN_INIT};
}

int
carrier_find_accounts(struct carrier *c, const char *user_id, struct err *e)
{
	bool found = false;

	if (account_agent(&c->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: owners are left alone, and the hook runs as '%s'",
			 c->agent.name);
		return 0;
	}
	c->user = c->agent;
	if (user_id[0] && account_find(user_id, &c->user, &found, e))
		return -1;
	if (user_id[0] && !found)
		return err_set(e, ERR_NO_ACCOUNT, "no such account: '%s'", user_id);
	c->as_user = true;
	return 0;
}

/* --- what the caller gives --- */

/* It is wiped later through the descriptor it was read from. */
static void
hold(struct carrier *c, int fd)
{
	c->inputs[c->n_inputs++] = fd;
}

static int
open_in_place(const struct carrier *c, struct err *e)
{
	int fd = fd_open_beneath(c->svc->dir_fd, "cfg/" RUNDIR_CFG, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(
			e, ERR_UNSAFE,
			"there is no configuration: give it on standard input with --config -, "
			"or place it at '%s/cfg/" RUNDIR_CFG "'",
			c->svc->path);
	if (fd < 0)
		return err_sys(e, "cannot open '%s/cfg/" RUNDIR_CFG "'", c->svc->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return err_set(e, ERR_UNSAFE, "'%s/cfg/" RUNDIR_CFG "' is not a regular file",
			       c->svc->path);
	}
	return fd;
}

static int
read_sealed(struct carrier *c, int fd, const char *what, const struct settings *settings,
	    struct document *doc, struct err *e)
{
	struct secret text = SECRET_INIT;
	int result = -1;

	if (!secret_read(&text, fd, SEALED_BYTES_MAX, what, e) &&
	    !sealing_open(&text, c->svc->id, &c->svc->paths, settings, time(NULL), &c->sealed, e)) {
		c->is_sealed = true;
		result = document_take(doc, &text, what, e);
	}
	secret_free(&text);
	return result;
}

static int
read_plain(int fd, const char *what, const struct settings *settings, struct document *doc,
	   struct err *e)
{
	if (!sealing_check_plain(settings, e) && !document_read(doc, fd, what, e))
		return 0;
	return sealed_is(secret_reveal(&doc->text), doc->text.len)
		       ? err_set(e, ERR_UNSAFE, "%s is sealed: say so with --sealed", what)
		       : -1;
}

static int
read_document(struct carrier *c, int fd, const char *what, bool is_sealed,
	      const struct settings *settings, struct document *doc, struct err *e)
{
	return is_sealed ? read_sealed(c, fd, what, settings, doc, e)
			 : read_plain(fd, what, settings, doc, e);
}

/* True when a file lies in one of the agent's directories, where its callers put temporary ones. */
static bool
is_temporary(const struct carrier *c, int fd)
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

static int
open_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		return fd;
	err_sys(e, "cannot open configuration '%s'", path);
	e->kind = ERR_UNSAFE;
	return -1;
}

int
carrier_read_config(struct carrier *c, const struct carrier_config *config,
		    const struct settings *settings, struct document *doc, struct err *e)
{
	const char *path = config->path, *what = path ? path : "cfg/" RUNDIR_CFG;
	struct stat st;
	int fd, result;

	if (path && strcmp(path, "-") == 0)
		return read_document(c, STDIN_FILENO, "standard input", config->is_sealed, settings,
				     doc, e);
	fd = path ? open_file(path, e) : open_in_place(c, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st)) {
		fd_close(&fd);
		return err_sys(e, "cannot look at '%s'", what);
	}
	c->is_in_place = !path;
	c->in_place = st;
	result = read_document(c, fd, what, config->is_sealed, settings, doc, e);
	if (!result && path && is_temporary(c, fd)) {
		hold(c, fd);
		return 0;
	}
	if (!result && S_ISREG(st.st_mode))
		c->left = path;
	fd_close(&fd);
	return result;
}

int
carrier_read_file(struct carrier *c, const char *path, struct secret *text, struct err *e)
{
	bool is_named = fd_named(path) >= 0;
	int fd = open(path,
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (is_named ? 0 : O_NOFOLLOW));
	int result;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err_sys(e, "cannot open '%s'", path);
		e->kind = ERR_UNAVAILABLE;
		fd_close(&fd);
		return -1;
	}
	if (S_ISREG(st.st_mode)) {
		hold(c, fd);
		return secret_read(text, fd, CARRIER_FILE_MAX, path, e);
	}
	/* Of a pipe nothing is left to be wiped. */
	result = is_named && S_ISFIFO(st.st_mode)
			 ? secret_read(text, fd, CARRIER_FILE_MAX, path, e)
			 : err_set(e, ERR_UNAVAILABLE, "'%s' is not a regular file", path);
	fd_close(&fd);
	return result;
}

int
carrier_accept(struct carrier *c, const char *event, struct err *e)
{
	struct state *state = &c->svc->state;

	if (c->is_sealed) {
		if (sealing_check_use(&c->sealed, event, state, e))
			return -1;
		state->sequence = c->sealed.sequence;
		if (state_save(state, c->svc->book_fd, e))
			return -1;
	}
	c->is_accepted = true;
	if (c->left)
		log_note("'%s' is left as it is: it lies in none of the agent's directories",
			 c->left);
	return 0;
}

/* Placed in the service, it has no other use, whatever came of it. */
static int
wipe_in_place(const struct carrier *c, struct err *e)
{
	int result = 0, cfg_fd = fd_open_beneath(c->svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);

	if (cfg_fd >= 0)
		result = wipe_at(cfg_fd, RUNDIR_CFG, NULL, e);
	fd_close(&cfg_fd);
	return result;
}

static int
wipe_inputs(struct carrier *c, struct err *e)
{
	struct err ignored = ERR_INIT;
	int result = c->is_in_place ? wipe_in_place(c, e) : 0;

	for (size_t i = 0; c->is_accepted && i < c->n_inputs; i++)
		if (wipe_held(c->inputs[i], result ? &ignored : e))
			result = -1;
	return result;
}

/* --- what the hook gets --- */

/* The guardian's work, should this process die; and this one's on its way out. */
static int
wipe_everything(struct carrier *c, struct err *e)
{
	struct err inputs = ERR_INIT;
	int result = 0;

	if (delivery_close(&c->delivery, e)) {
		log_error("%s", e->msg);
		result = -1;
	}
	if (wipe_inputs(c, &inputs)) {
		log_error("a file that holds a secret was not wiped: %s", inputs.msg);
		*e = result ? *e : inputs;
		result = -1;
	}
	return result;
}

static void
act_as_guardian(void *arg)
{
	struct carrier *c = arg;
	struct err e = ERR_INIT;

	log_warning("the command died: wiping what it had delivered");
	c->delivery.keep_mark = true; /* a process that left the hook's group may be there still */
	(void)!wipe_everything(c, &e);
}

/*
 * A value in it, or the configuration itself by another of its names; of these the guardian knows
 * the second only, for its memory holds no value.
 */
static bool
is_copy(void *arg, int fd)
{
	struct carrier *c = arg;
	struct mask_search search = MASK_SEARCH_INIT;
	struct secret part = SECRET_INIT;
	struct err ignored = ERR_INIT;
	struct stat st;
	off_t at = 0;
	ssize_t n;
	bool found;

	if (c->is_in_place && fstat(fd, &st) == 0 && st.st_dev == c->in_place.st_dev &&
	    st.st_ino == c->in_place.st_ino)
		return true;
	if (c->mask.automaton.longest == 0 || mask_search_open(&search, &c->mask, &ignored))
		return false;
	if (!secret_reserve(&part, PART_BYTES, &ignored))
		while (!search.any && (n = pread(fd, part.data, PART_BYTES, at)) > 0) {
			mask_search(&search, secret_reveal(&part), (size_t)n);
			at += n;
		}
	found = search.any;
	secret_free(&part);
	mask_search_close(&search);
	return found;
}

int
carrier_hide(struct carrier *c, const struct document *doc, const struct settings *settings,
	     struct err *e)
{
	char patterns[1024] = "";

	return settings_word(settings, "mask", NULL, patterns, sizeof patterns, e) ||
			       hidden_add_document(&c->mask, doc, patterns, e)
		       ? -1
		       : 0;
}

int
carrier_place(struct carrier *c, const struct carrier_file *files, size_t n, struct err *e)
{
	/* Before room is made for the files: what stands there is searched for the values. */
	mask_finish(&c->mask);
	if (c->mask.n_left_out)
		log_warning("there is too much to hide: %zu encoded forms of values are not masked",
			    c->mask.n_left_out);
	if (delivery_open(&c->delivery, c->svc, c->as_user ? &c->user : NULL,
			  c->as_user ? &c->agent : NULL, e))
		return -1;
	c->delivery.is_copy = is_copy;
	c->delivery.is_copy_arg = c;
	for (size_t i = 0; i < n; i++)
		if (delivery_make(&c->delivery, files[i].name, e))
			return -1;
	return guardian_start(&c->guardian, act_as_guardian, c, e);
}

static void
note_facts(struct carrier *c)
{
	const struct delivery *d = &c->delivery;
	struct stat st;

	if (fstat(d->files[0].fd, &st))
		return;
	c->facts = (struct carrier_facts){.is_delivered = true,
					  .file_system = fd_file_system(d->files[0].fd),
					  .is_in_memory = fd_in_memory(d->files[0].fd),
					  .swap = delivery_swap(d),
					  .mode = st.st_mode & 07777,
					  .uid = st.st_uid,
					  .gid = st.st_gid};
}

int
carrier_fill(struct carrier *c, const struct carrier_file *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < 2; i++)
		if (mask_stream_open(&c->streams[i], &c->mask, e))
			return -1;
	if (guardian_ready(&c->guardian, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (delivery_fill(&c->delivery, files[i].name, files[i].text, e))
			return -1;
	note_facts(c);
	return 0;
}

static void
feed_mask(void *state, int stream, const char *data, size_t len, output_sink_fn *sink, void *arg)
{
	struct mask_stream *streams = state;

	mask_feed(&streams[stream - 1], data, len, sink, arg);
}

static void
watch_hook(void *arg, pid_t pid)
{
	guardian_watch(arg, pid);
}

int
carrier_run(struct carrier *c, const struct hook *hook, const char *const *args,
	    const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
{
	struct output_filter filter = {.feed = feed_mask, .state = c->streams};
	struct hook_options own = *options;
	int result;

	own.started = watch_hook;
	own.started_arg = &c->guardian;
	own.filter = &filter;
	result = hook_run(c->svc, hook, args, &own, outcome, e);
	guardian_watch(&c->guardian, 0);
	return result;
}

int
carrier_wipe(struct carrier *c, int result, struct err *e)
{
	struct err wiping = ERR_INIT;
	bool is_guarded = c->guardian.fd >= 0;
	int failed = wipe_everything(c, &wiping);

	guardian_dismiss(&c->guardian);
	c->facts.is_guarded = is_guarded && !c->guardian.is_lost;
	c->facts.is_wiped = !failed;
	if (failed && !result)
		*e = wiping;
	return failed ? -1 : result;
}

void
carrier_close(struct carrier *c)
{
	for (size_t i = 0; i < 2; i++)
		mask_stream_close(&c->streams[i]);
	mask_free(&c->mask);
	for (size_t i = 0; i < c->n_inputs; i++)
		fd_close(&c->inputs[i]);
	guardian_close(&c->guardian);
}
