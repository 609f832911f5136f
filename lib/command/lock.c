/* SPDX-License-Identifier: MIT */
/* lock - all services held still at once, for a snapshot of the disk that they are on. */
#include "command/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "service/history.h"
#include "service/listing.h"

#define POLL_MS 20 /* between two looks at the lock files, which the hooks' accounts write */
#define SLACK_S 5  /* what a hook gets beyond its time to let go */
#define UNLOCK "UNLOCK\n"

/* One service's hook, run by a process of its own. */
struct holder {
	const char *id;
	pid_t pid;   /* 0 when it has ended */
	int told_fd; /* its standard input; -1 when it was told */
	bool is_locked;
	bool had_file;
	struct timespec changed; /* of the lock file, before */
	char file[PATH_MAX];
};

struct lock {
	const struct lock_request *request;
	struct holder *holders;
	size_t n;
};

/* --- one hook --- */

/* The process of one hook: runs it, and ends with its status. */
static _Noreturn void
hold(const struct lock *l, struct holder *h, struct service *svc, int stdin_fd)
{
	const struct lock_request *request = l->request;
	const struct hook_options options = {
		.timeout_s = 2 * (request->timeout_ms / 1000) + SLACK_S, .stdin_fd = stdin_fd};
	struct hook_outcome outcome;
	struct err e = ERR_INIT;
	char timeout[16];

	/* Theirs would be held open by this process, and they never learn that they were let go. */
	for (size_t i = 0; i < l->n; i++)
		fd_close(&l->holders[i].told_fd);
	snprintf(timeout, sizeof timeout, "%d", request->timeout_ms);
	if (hook_lock(svc, &request->lock, &e) ||
	    hook_run(svc, &HOOK_LOCK,
		     (const char *const[]){request->services_dir, h->file, timeout, svc->id, NULL},
		     &options, &outcome, &e))
		log_error("service '%s': %s", svc->id, e.msg);
	service_close(svc);
	_exit(err_status(&e));
}

static void
name_file(const struct lock *l, struct holder *h)
{
	const char *given = l->request->lock_file;

	snprintf(h->file, sizeof h->file, "%.*s%s%s", PATH_MAX - TEXT_SERVICE_ID_MAX - 2, given,
		 given[0] == '/' ? "." : "", given[0] == '/' ? h->id : "");
}

static int
start(struct lock *l, const char *id, struct err *e)
{
	struct holder *h = &l->holders[l->n];
	struct service svc = SERVICE_INIT;
	struct stat st;
	int pipe_fds[2] = {-1, -1}, result = -1;

	*h = (struct holder){.id = id, .told_fd = -1};
	name_file(l, h);
	if (service_open(&svc, id, e))
		goto out;
	if (!hook_can_run(&svc, &HOOK_LOCK)) {
		result = 0;
		goto out;
	}
	h->had_file = fstatat(svc.dir_fd, h->file, &st, 0) == 0;
	if (h->had_file)
		h->changed = st.st_mtim;
	if (pipe2(pipe_fds, O_CLOEXEC)) {
		err_sys(e, "cannot tell a hook when to unlock");
		goto out;
	}
	h->told_fd = pipe_fds[1];
	l->n++;
	h->pid = fork();
	if (h->pid == 0)
		hold(l, h, &svc, pipe_fds[0]);
	result = h->pid < 0 ? err_sys(e, "cannot start a process") : 0;
out:
	fd_close(&pipe_fds[0]);
	service_close(&svc);
	return result;
}

/* --- all of them --- */

static bool
has_locked(const struct lock *l, struct holder *h)
{
	char path[2 * PATH_MAX];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s/%s", l->request->services_dir, h->id, h->file);
	if (stat(h->file[0] == '/' ? h->file : path, &st))
		return false;
	return !h->had_file || st.st_mtim.tv_sec > h->changed.tv_sec ||
	       (st.st_mtim.tv_sec == h->changed.tv_sec && st.st_mtim.tv_nsec > h->changed.tv_nsec);
}

static void
tell(struct holder *h)
{
	if (h->told_fd >= 0 && write(h->told_fd, UNLOCK, sizeof UNLOCK - 1) < 0 && errno != EPIPE)
		log_warning("service '%s' could not be told to unlock: %s", h->id, strerror(errno));
	fd_close(&h->told_fd);
}

/* Takes note of a hook that ended.  Its process has said why, where it failed. */
static int
reap(struct holder *h, bool may_end, int options, struct err *e)
{
	int status;

	if (h->pid <= 0 || waitpid(h->pid, &status, options) != h->pid)
		return 0;
	h->pid = 0;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (e->kind)
		return -1; /* the first failure is what is told */
	if (status)
		return err_hook(e, status, "service '%s' is not locked", h->id);
	return may_end ? 0
		       : err_set(e, ERR_UNAVAILABLE,
				 "the lock hook of service '%s' ended before it was told to",
				 h->id);
}

/* A look at every hook; *all is whether all have locked. */
static int
look(struct lock *l, bool *all, struct err *e)
{
	*all = true;
	for (size_t i = 0; i < l->n; i++) {
		struct holder *h = &l->holders[i];

		h->is_locked = h->is_locked || has_locked(l, h);
		*all = *all && h->is_locked;
		if (reap(h, false, WNOHANG, e))
			return -1;
	}
	return proc_interrupted(e);
}

static int
wait_for_locks(struct lock *l, struct err *e)
{
	long long ends = history_clock() + l->request->timeout_ms;
	bool all;

	for (;;) {
		if (look(l, &all, e))
			return -1;
		if (all)
			return 0;
		if (history_clock() > ends)
			break;
		poll(NULL, 0, POLL_MS);
	}
	for (size_t i = 0; i < l->n; i++)
		if (!l->holders[i].is_locked)
			return err_set(e, ERR_TIMEOUT, "service '%s' did not lock within %d ms",
				       l->holders[i].id, l->request->timeout_ms);
	return 0;
}

/* True when a line UNLOCK has come, or the end. */
static bool
is_told(char line[static 64], size_t *len)
{
	char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);

	if (n < 0)
		return errno != EINTR && errno != EAGAIN;
	if (n == 0)
		return true;
	if (c != '\n') {
		if (*len < 63)
			line[(*len)++] = c;
		return false;
	}
	line[*len] = '\0';
	*len = 0;
	if (strncmp(line, "UNLOCK", 6) == 0)
		return true;
	log_warning("'%.40s' is not UNLOCK", line);
	return false;
}

static int
wait_for_unlock(struct lock *l, struct err *e)
{
	long long ends = history_clock() + l->request->timeout_ms;
	char line[64];
	size_t len = 0;
	bool all;

	while (history_clock() <= ends) {
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

		if (look(l, &all, e))
			return -1;
		if (poll(&input, 1, POLL_MS) > 0 && is_told(line, &len))
			return 0;
	}
	return err_set(e, ERR_TIMEOUT, "nobody said UNLOCK within %d ms", l->request->timeout_ms);
}

/* Lets all go, and waits for them; the lock files that were not there before go too. */
static int
finish(struct lock *l, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < l->n; i++)
		tell(&l->holders[i]);
	for (size_t i = 0; i < l->n; i++) {
		struct holder *h = &l->holders[i];

		if (reap(h, true, 0, e))
			result = -1;
		if (h->file[0] == '/' && !h->had_file)
			unlink(h->file);
	}
	return result;
}

static int
start_all(struct lock *l, char *const *ids, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (start(l, ids[i], e))
			return -1;
	return 0;
}

int
lock_services(const struct lock_request *request, struct err *e)
{
	struct lock l = {.request = request};
	struct paths paths;
	char **ids = NULL;
	size_t n = 0;
	int result = -1;

	/* What opens a service looks it up there. */
	if (setenv("ENSTRATUS_SERVICES_DIR", request->services_dir, 1))
		return err_sys(e, "cannot set the services directory");
	if (paths_load(&paths, e) || listing_read(&paths, &ids, &n, e))
		return -1;
	l.holders = calloc(n ? n : 1, sizeof *l.holders);
	if (!l.holders) {
		listing_free(ids, n);
		return err_sys(e, "cannot lock the services");
	}
	proc_hold_signals();
	if (!start_all(&l, ids, n, e) && !wait_for_locks(&l, e)) {
		puts("LOCKED");
		fflush(stdout);
		result = wait_for_unlock(&l, e);
	}
	if (finish(&l, e))
		result = -1;
	free(l.holders);
	listing_free(ids, n);
	return result;
}
