/* SPDX-License-Identifier: MIT */
/* onevent - a process beside this one that tells the operator's programs of events. */
#include "provision/onevent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"

#define ROOM (1 << 20) /* bytes: what any user may have; pipe(7), /proc/sys/fs/pipe-max-size */

/* What goes through the pipe: this, and three strings with their ends.  At most PIPE_BUF bytes, so
 * that it goes whole or not at all. */
struct header {
	size_t len; /* of the strings */
	long long number, time;
};

/* ---- the process */

/* 0 when nobody will tell anything any more. */
static ssize_t
read_whole(int fd, void *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)data + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		got += (size_t)n;
	}
	return (ssize_t)len;
}

static void
serve(int fd)
{
	struct eventhook_said said = {.texts = NULL};
	struct eventhook_event event;
	char strings[PIPE_BUF];
	unsigned long long n_left = 0;
	struct header header;
	bool goes_on = true;

	while (read_whole(fd, &header, sizeof header) && header.len <= sizeof strings &&
	       read_whole(fd, strings, header.len)) {
		event.number = header.number;
		event.time = header.time;
		event.deployment = strings + strlen(strings) + 1;
		event.text = event.deployment + strlen(event.deployment) + 1;
		if (goes_on)
			goes_on = !proc_signal_pending() && eventhook_run(strings, &event, &said);
		n_left += !goes_on;
	}
	if (n_left)
		log_warning("the programs of on-event took too long: not all were told of the last "
			    "%llu events",
			    n_left);
	eventhook_said_free(&said);
}

static _Noreturn void
begin(int fds[static 2])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fd_close(&fds[1]);
	/* A signal that ends it ends what it runs first. */
	proc_hold_signals();
	setsid();
	if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1)
		serve(fds[0]);
	_exit(0);
}

int
onevent_open(struct onevent *o, struct err *e)
{
	int fds[2];

	*o = ONEVENT_INIT;
	if (pipe2(fds, O_CLOEXEC))
		return err_sys(e, "cannot begin to tell of events");
	/* Where it cannot have more room it has a sixteenth. */
	(void)fcntl(fds[1], F_SETPIPE_SZ, ROOM);
	o->pid = fcntl(fds[1], F_SETFL, O_NONBLOCK) ? -1 : fork();
	if (o->pid == 0)
		begin(fds);
	fd_close(&fds[0]);
	if (o->pid > 0) {
		o->fd = fds[1];
		return 0;
	}
	o->pid = 0;
	err_sys(e, "cannot begin to tell of events");
	fd_close(&fds[1]);
	return -1;
}

/* ---- its teller */

static size_t
add_string(char *message, size_t len, const char *text)
{
	size_t size = strlen(text) + 1;

	if (len + size <= PIPE_BUF)
		memcpy(message + len, text, size);
	return len + size;
}

void
onevent_tell(struct onevent *o, const char *directory, const struct eventhook_event *event)
{
	struct header header = {.number = event->number, .time = event->time};
	char message[PIPE_BUF];
	size_t len = add_string(message, sizeof header, directory);

	if (o->fd < 0)
		return;
	len = add_string(message, len, event->deployment);
	len = add_string(message, len, event->text);
	header.len = len - sizeof header;
	memcpy(message, &header, sizeof header);
	if (len <= PIPE_BUF && write(o->fd, message, len) == (ssize_t)len) {
		o->is_behind = false;
		return;
	}
	if (!o->is_behind)
		log_warning("the programs of on-event are not told of all events: %s",
			    len > PIPE_BUF ? "the name of their directory is too long"
			    : errno == EAGAIN
				    ? "they are too slow"
				    : "the process that runs them is gone, until provision "
				      "is started again");
	o->is_behind = true;
}

/* Has it ended by then? */
static bool
ends_within(int pid_fd, int ms)
{
	struct pollfd ended = {.fd = pid_fd, .events = POLLIN};

	while (pid_fd >= 0 && poll(&ended, 1, ms) < 0 && errno == EINTR)
		;
	return ended.revents != 0;
}

void
onevent_close(struct onevent *o)
{
	int pid_fd;

	fd_close(&o->fd);
	if (!o->pid)
		return;
	pid_fd = (int)syscall(SYS_pidfd_open, o->pid, 0);
	if (!ends_within(pid_fd, o->last_ms)) {
		kill(o->pid, SIGTERM);
		/*
		 * It may have met a program that ended just then, and those behind it go on.  What
		 * is run goes with its keeper, which sees this end.
		 */
		if (!ends_within(pid_fd, o->end_ms))
			kill(o->pid, SIGKILL);
	}
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fd_close(&pid_fd);
	*o = ONEVENT_INIT;
}
