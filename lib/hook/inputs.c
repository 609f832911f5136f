/* SPDX-License-Identifier: MIT */
/* inputs - files that hold secrets, given by a caller: read, and used up once they are accepted. */
#include "hook/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/wipe.h"

/* It is wiped later through the descriptor it was read from. */
static void
hold(struct inputs *in, int fd)
{
	in->fds[in->n++] = fd;
}

static int
open_in_place(const struct inputs *in, struct err *e)
{
	int fd = fd_open_beneath(in->svc->dir_fd, "cfg/" RUNDIR_CFG, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(
			e, ERR_UNSAFE,
			"there is no configuration: give it on standard input with --config -, "
			"or place it at '%s/cfg/" RUNDIR_CFG "'",
			in->svc->path);
	if (fd < 0)
		return err_sys(e, "cannot open '%s/cfg/" RUNDIR_CFG "'", in->svc->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return err_set(e, ERR_UNSAFE, "'%s/cfg/" RUNDIR_CFG "' is not a regular file",
			       in->svc->path);
	}
	return fd;
}

/* A configuration that is open. */
struct given {
	int fd;
	const char *what; /* how messages call it */
	const struct settings *settings;
};

static int
read_sealed(struct inputs *in, const struct given *given, struct document *doc, struct err *e)
{
	const struct sealing_host host = {&in->svc->paths, given->settings, time(NULL)};
	struct secret text = SECRET_INIT;
	int result = -1;

	if (!secret_read(&text, given->fd, SEALED_BYTES_MAX, given->what, e) &&
	    !sealing_open(&text, in->svc->id, &host, &in->sealed, e)) {
		in->is_sealed = true;
		result = document_take(doc, &text, given->what, e);
	}
	secret_free(&text);
	return result;
}

static int
read_plain(const struct given *given, struct document *doc, struct err *e)
{
	if (!sealing_check_plain(given->settings, e) &&
	    !document_read(doc, given->fd, given->what, e))
		return 0;
	return sealed_is(secret_reveal(&doc->text), doc->text.len)
		       ? err_set(e, ERR_UNSAFE, "%s is sealed: say so with --sealed", given->what)
		       : -1;
}

static int
read_document(struct inputs *in, const struct given *given, bool is_sealed, struct document *doc,
	      struct err *e)
{
	return is_sealed ? read_sealed(in, given, doc, e) : read_plain(given, doc, e);
}

/* True when a file lies in one of the agent's directories, where its callers put temporary ones. */
static bool
is_temporary(const struct inputs *in, int fd)
{
	const char *const roots[] = {in->svc->paths.tmp, in->svc->paths.run,
				     in->svc->paths.services};
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
inputs_read_config(struct inputs *in, const struct inputs_config *config,
		   const struct settings *settings, struct document *doc, struct err *e)
{
	const char *path = config->path;
	struct given given = {STDIN_FILENO, "standard input", settings};
	struct stat st;
	int fd, result;

	if (path && strcmp(path, "-") == 0)
		return read_document(in, &given, config->is_sealed, doc, e);
	given.what = path ? path : "cfg/" RUNDIR_CFG;
	given.fd = fd = path ? open_file(path, e) : open_in_place(in, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st)) {
		fd_close(&fd);
		return err_sys(e, "cannot look at '%s'", given.what);
	}
	in->is_in_place = !path;
	in->in_place = st;
	result = read_document(in, &given, config->is_sealed, doc, e);
	if (!result && path && is_temporary(in, fd)) {
		hold(in, fd);
		return 0;
	}
	if (!result && S_ISREG(st.st_mode))
		in->left = path;
	fd_close(&fd);
	return result;
}

int
inputs_read_file(struct inputs *in, const char *path, struct secret *text, struct err *e)
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
		hold(in, fd);
		return secret_read(text, fd, INPUTS_FILE_MAX, path, e);
	}
	/* Of a pipe nothing is left to be wiped. */
	result = is_named && S_ISFIFO(st.st_mode)
			 ? secret_read(text, fd, INPUTS_FILE_MAX, path, e)
			 : err_set(e, ERR_UNAVAILABLE, "'%s' is not a regular file", path);
	fd_close(&fd);
	return result;
}

int
inputs_accept(struct inputs *in, const char *event, struct err *e)
{
	struct state *state = &in->svc->state;

	if (in->is_sealed) {
		if (sealing_check_use(&in->sealed, event, state, e))
			return -1;
		state->sequence = in->sealed.sequence;
		if (state_save(state, in->svc->meta_fd, e))
			return -1;
	}
	in->is_accepted = true;
	if (in->left)
		log_note("'%s' is left as it is: it lies in none of the agent's directories",
			 in->left);
	return 0;
}

/* Placed in the service, it has no other use, whatever came of it. */
static int
wipe_in_place(const struct inputs *in, struct err *e)
{
	int result = 0, cfg_fd = fd_open_beneath(in->svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);

	if (cfg_fd >= 0)
		result = wipe_at(cfg_fd, RUNDIR_CFG, NULL, e);
	fd_close(&cfg_fd);
	return result;
}

int
inputs_wipe(struct inputs *in, struct err *e)
{
	struct err ignored = ERR_INIT;
	int result = in->is_in_place ? wipe_in_place(in, e) : 0;

	for (size_t i = 0; in->is_accepted && i < in->n; i++)
		if (wipe_held(in->fds[i], result ? &ignored : e))
			result = -1;
	return result;
}

void
inputs_close(struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		fd_close(&in->fds[i]);
}
