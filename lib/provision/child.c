/* SPDX-License-Identifier: MIT */
/* child - run a program beside others, from any thread, with what goes in and what comes out. */
#include "provision/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "cluster/watch.h"

#define LOOK_MS 200 /* how often a signal to us is looked for */
#define GRACE_MS 2000
#define PART 65536

extern char **environ;

struct run {
	const struct child_spec *spec;
	struct child_result *result;
	pid_t pid;
	int pid_fd, in, out, err; /* our ends; -1 when they are done with */
	size_t written;		  /* of the input */
	size_t tail_len;
	long long end_ms; /* of its time, then of its grace */
	bool ending;
};

/* ---- starting */

static int
make_pipe(int ours[static 1], int theirs[static 1], bool we_read, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "cannot make a pipe");
	*ours = ends[we_read ? 0 : 1];
	*theirs = ends[we_read ? 1 : 0];
	if (fcntl(*ours, F_SETFL, O_NONBLOCK))
		return err_sys(e, "cannot make a pipe");
	return 0;
}

static int
spawn(struct run *r, int in, int out, int err, struct err *e)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int code;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	code = posix_spawn_file_actions_adddup2(&actions, in, 0);
	code = code ? code : posix_spawn_file_actions_adddup2(&actions, out, 1);
	code = code ? code : posix_spawn_file_actions_adddup2(&actions, err, 2);
	/* What we hold or ignore is not the program's; and a key that is pressed is ours to see. */
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
	code = code ? code
		    : posix_spawnp(&r->pid, r->spec->argv[0], &actions, &attributes, r->spec->argv,
				   environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = code;
	return code ? err_sys(e, "cannot run '%s'", r->spec->argv[0]) : 0;
}

static int
start(struct run *r, struct err *e)
{
	const struct child_spec *spec = r->spec;
	int in = -1, out = -1, err = -1, result = -1;

	if (spec->input
		    ? make_pipe(&r->in, &in, false, e)
		    : (in = spec->input_fd >= 0 ? fcntl(spec->input_fd, F_DUPFD_CLOEXEC, 3)
						: open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) {
		if (!e->kind)
			err_sys(e, "cannot open what goes in");
	} else if (spec->output_fd >= 0 ? (out = fcntl(spec->output_fd, F_DUPFD_CLOEXEC, 3)) < 0
					: make_pipe(&r->out, &out, true, e)) {
		if (!e->kind)
			err_sys(e, "cannot open what comes out");
	} else if (make_pipe(&r->err, &err, true, e) == 0 && spawn(r, in, out, err, e) == 0) {
		r->pid_fd = (int)syscall(SYS_pidfd_open, r->pid, 0);
		result = 0;
	}
	fd_close(&in);
	fd_close(&out);
	fd_close(&err);
	return result;
}

/* ---- what goes in and comes out */

static void
give(struct run *r)
{
	const struct secret *input = r->spec->input;
	ssize_t n = write(r->in, secret_reveal(input) + r->written, input->len - r->written);

	if (n > 0)
		r->written += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || r->written == input->len)
		fd_close(&r->in);
}

static int
take_out(struct run *r, struct err *e)
{
	static _Thread_local char part[PART];
	ssize_t n;

	while ((n = read(r->out, part, sizeof part)) > 0) {
		size_t room = CHILD_OUTPUT_MAX - r->result->out.len;

		if (buf_add(&r->result->out, part, (size_t)n < room ? (size_t)n : room, e))
			return -1;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		fd_close(&r->out);
	return 0;
}

/* The end of it is kept. */
static void
take_err(struct run *r)
{
	char part[1024], *tail = r->result->tail;
	ssize_t n;

	while ((n = read(r->err, part, sizeof part)) > 0) {
		size_t len = (size_t)n, room = CHILD_TAIL - 1 - r->tail_len;

		if (len > room) {
			memmove(tail, tail + (len - room), r->tail_len - (len - room));
			r->tail_len -= len - room;
		}
		memcpy(tail + r->tail_len, part, len);
		r->tail_len += len;
		tail[r->tail_len] = '\0';
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		fd_close(&r->err);
}

/* Its time is over, or ours. */
static void
end_it(struct run *r)
{
	long long now = clock_ms();

	if (r->end_ms && now >= r->end_ms) {
		if (!r->ending)
			r->result->timed_out = true;
		kill(r->pid, r->ending ? SIGKILL : SIGTERM);
		r->ending = true;
		r->end_ms = now + GRACE_MS;
	} else if (!r->ending && proc_signal_pending()) {
		kill(r->pid, SIGTERM);
		r->ending = true;
		r->end_ms = now + GRACE_MS;
	}
}

static int
drive(struct run *r, struct err *e)
{
	bool ended = false;

	/* What it leaves behind may hold its outputs for ever, as the master of an ssh does. */
	while (!ended) {
		struct pollfd fds[] = {{r->pid_fd, POLLIN, 0},
				       {r->in, POLLOUT, 0},
				       {r->out, POLLIN, 0},
				       {r->err, POLLIN, 0}};

		if (poll(fds, 4, LOOK_MS) < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for '%s'", r->spec->argv[0]);
		ended = fds[0].revents != 0;
		if (r->in >= 0 && fds[1].revents)
			give(r);
		if (r->out >= 0 && (fds[2].revents || ended) && take_out(r, e))
			return -1;
		if (r->err >= 0 && (fds[3].revents || ended))
			take_err(r);
		end_it(r);
	}
	return 0;
}

int
child_run(const struct child_spec *spec, struct child_result *result, struct err *e)
{
	struct run r = {.spec = spec,
			.result = result,
			.pid_fd = -1,
			.in = -1,
			.out = -1,
			.err = -1,
			.end_ms = spec->timeout_s ? clock_ms() + spec->timeout_s * 1000LL : 0};
	int status = 0, outcome;

	*result = CHILD_RESULT_INIT;
	outcome = start(&r, e);
	if (!outcome) {
		outcome = drive(&r, e);
		if (outcome)
			kill(r.pid, SIGKILL);
		while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
			;
		result->was_killed = WIFSIGNALED(status);
		result->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (!outcome && r.ending && !result->timed_out)
			outcome = proc_interrupted(e);
	}
	fd_close(&r.pid_fd);
	fd_close(&r.in);
	fd_close(&r.out);
	fd_close(&r.err);
	return outcome;
}

void
child_result_free(struct child_result *result)
{
	buf_free(&result->out);
	*result = CHILD_RESULT_INIT;
}

const char *
child_why(const struct child_result *result, char why[static 256])
{
	size_t len = strlen(result->tail), from;
	const char *text, *colon;

	while (len && result->tail[len - 1] == '\n')
		len--;
	from = len;
	while (from && result->tail[from - 1] != '\n')
		from--;
	text = result->tail + from;
	len -= from;
	/* "program[123]: error: why" */
	colon = memmem(text, len, "]: error: ", 10);
	if (colon) {
		len -= (size_t)(colon + 10 - text);
		text = colon + 10;
	}
	if (len > 255)
		len = text_cut(text, 255);
	text_printable(why, text, len);
	return why;
}
