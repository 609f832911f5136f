/* SPDX-License-Identifier: MIT */
/* guardian - a process that cleans up should this one die, by whatever signal. */
#include "hook/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

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
	ssize_t n;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	let_go_of_caller();
	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		act(arg);
	_exit(0);
}

int
guardian_start(struct guardian *g, void (*act)(void *arg), void *arg, struct err *e)
{
	int fds[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(e, "cannot start the guardian");
	pid = fork();
	if (pid == 0) {
		/* Again, so that it is an orphan: another's child, whatever becomes of this tree. */
		fd_close(&fds[0]);
		setsid();
		pid = fork();
		if (pid == 0)
			guard(fds[1], act, arg);
		_exit(pid < 0);
	}
	fd_close(&fds[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		fd_close(&fds[0]);
		return err_sys(e, "cannot start the guardian");
	}
	g->fd = fds[0];
	return 0;
}

void
guardian_dismiss(struct guardian *g)
{
	char byte = 0;

	if (g->fd < 0)
		return;
	/* It closes its end by ending, which is what the read waits for. */
	if (send(g->fd, &byte, 1, MSG_NOSIGNAL) == 1)
		while (read(g->fd, &byte, 1) < 0 && errno == EINTR)
			;
	fd_close(&g->fd);
}
