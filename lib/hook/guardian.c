/* SPDX-License-Identifier: MIT */
/* guardian - a process that cleans up should this one die, by whatever signal. */
#include "hook/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#define DISMISS_MS 5000

static void
let_go_of_caller(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* sshd waits for the end of both outputs, not of the program. */
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	close(fd);
}

static _Noreturn void
guard(int fd, void (*act)(void *arg), void *arg)
{
	sigset_t all;
	char byte;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	let_go_of_caller();
	send(fd, "", 1, MSG_NOSIGNAL); /* guardian_ready waits for it */
	while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n == 0)
		act(arg);
	_exit(0);
}

int
guardian_start(struct guardian *g, void (*act)(void *arg), void *arg, struct err *e)
{
	int fds[2], status = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(e, "cannot start the guardian");
	/* One between, so that the guardian is an orphan, whatever becomes of this tree. */
	pid = vfork();
	if (pid == 0) {
		pid_t guardian = fork();

		if (guardian == 0) {
			close(fds[0]);
			guard(fds[1], act, arg);
		}
		_exit(guardian < 0 ? errno : 0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0) {
		fd_close(&fds[1]);
		g->fd = fds[0];
		return 0;
	}
	if (pid > 0)
		errno = WEXITSTATUS(status);
	err_sys(e, "cannot start the guardian");
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	return -1;
}

int
guardian_ready(struct guardian *g, struct err *e)
{
	char byte;
	ssize_t n;

	while ((n = read(g->fd, &byte, 1)) < 0 && errno == EINTR)
		;
	return n == 1 ? 0 : err_set(e, ERR_SYSTEM, "the guardian ended before it was needed");
}

void
guardian_dismiss(struct guardian *g)
{
	/* One that was killed cannot be told; the next command sweeps. */
	if (g->fd >= 0 && send(g->fd, "", 1, MSG_NOSIGNAL) != 1)
		g->is_lost = true;
}

void
guardian_close(struct guardian *g)
{
	struct pollfd ended = {.fd = g->fd, .events = POLLIN};
	char byte;

	if (g->fd < 0)
		return;
	/* It closes its end by ending.  A hook of root's could have stopped it. */
	do {
		if (poll(&ended, 1, DISMISS_MS) == 0) {
			log_warning("the guardian does not end");
			break;
		}
	} while (read(g->fd, &byte, 1) == 1); /* what nobody had waited for */
	fd_close(&g->fd);
}
