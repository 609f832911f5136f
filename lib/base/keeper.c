/* SPDX-License-Identifier: MIT */
/* keeper - the process between this one and a program that it runs: it ends what must end. */
#include "base/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descendants.h"
#include "base/fd.h"
#include "base/spawn.h"

#define KILL_ROUND_MS 20
/* Then what is left cannot be killed: it is uninterruptible, or another user's. */
#define KILL_LIMIT_MS 5000

/* --- the keeper's process --- */

/* What it is doing; each state but RUNNING has a moment at which it ends. */
enum state { RUNNING, TERMINATING, KILLING, ENDED };

struct watch {
	const struct keeper_limits *limits;
	struct keeper_end end;
	enum state state;
	pid_t program;
	bool exited;	   /* the program itself has been reaped */
	bool childless;	   /* so have all its descendants */
	long long ends_ms; /* of the state, on the monotonic clock; 0 for no end */
	int fd, signal_fd;
};

static void
terminate(struct watch *w)
{
	if (w->state != RUNNING)
		return;
	w->state = TERMINATING;
	w->ends_ms = clock_ms() + w->limits->grace_ms;
	descendants_signal(SIGTERM);
	/* What is stopped gets the signal only when it goes on. */
	descendants_signal(SIGCONT);
}

static void
kill_all(struct watch *w)
{
	if (w->state < KILLING) {
		w->state = KILLING;
		w->ends_ms = clock_ms() + KILL_LIMIT_MS;
	}
	descendants_kill();
}

static void
reap(struct watch *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != w->program)
			continue;
		w->exited = true;
		w->end.died = WIFSIGNALED(status);
		w->end.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	w->childless = pid < 0 && errno == ECHILD;
	if (w->state == RUNNING ? w->exited : w->childless)
		w->state = ENDED;
}

static int
wait_ms(const struct watch *w)
{
	long long left = w->ends_ms ? w->ends_ms - clock_ms() : -1;

	if (!w->ends_ms)
		return -1;
	if (w->state == KILLING && left > KILL_ROUND_MS)
		left = KILL_ROUND_MS;
	return left < 0 ? 0 : left > __INT_MAX__ ? __INT_MAX__ : (int)left;
}

/* The state's time is over. */
static void
state_ended(struct watch *w)
{
	if (w->state == RUNNING) {
		w->end.timed_out = true;
		terminate(w);
	} else if (w->state == TERMINATING) {
		kill_all(w);
	} else {
		w->end.unkillable = true;
		w->state = ENDED;
	}
}

/* The agent says that all is to end, or is gone. */
static void
hear(struct watch *w)
{
	char byte;
	ssize_t n = recv(w->fd, &byte, 1, MSG_DONTWAIT);

	if (n > 0)
		terminate(w);
	else if (n == 0)
		kill_all(w);
}

static void
watch_program(struct watch *w)
{
	struct signalfd_siginfo info;

	for (reap(w); w->state != ENDED; reap(w)) {
		struct pollfd polls[] = {{.fd = w->fd, .events = POLLIN},
					 {.fd = w->signal_fd, .events = POLLIN}};

		if (poll(polls, 2, wait_ms(w)) < 0)
			continue;
		while (read(w->signal_fd, &info, sizeof info) > 0)
			;
		if (polls[0].revents)
			hear(w);
		reap(w);
		if (w->state == KILLING)
			kill_all(w);
		if (w->state != ENDED && w->ends_ms && clock_ms() >= w->ends_ms)
			state_ended(w);
	}
}

static bool
is_open(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0 || !(p.revents & POLLHUP) || (p.revents & POLLIN);
}

/* Becomes the reader of one stream, with nothing of the agent's but that. */
static _Noreturn void
become_reader(int fd, const struct keeper_reader *reader)
{
	static char *const cat[] = {"cat", NULL}, *const none[] = {NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t empty;

	if (null >= 0 && fcntl(fd, F_SETFL, 0) == 0 && dup2(fd, 0) == 0 && dup2(null, 1) == 1 &&
	    dup2(null, 2) == 2 && fd_close_range(3, ~0U) == 0 && chdir("/") == 0) {
		sigemptyset(&empty);
		sigprocmask(SIG_SETMASK, &empty, NULL);
		if (reader->path)
			execve(reader->path, reader->argv, reader->envp);
		execve("/bin/cat", cat, none);
	}
	_exit(71);
}

/* Once the agent has let go: what was left behind and holds the output goes on to be read. */
static void
hand_on(const int output_fds[static 2], const struct keeper_reader *reader)
{
	for (int i = 0; i < 2; i++)
		if (is_open(output_fds[i]) && fork() == 0)
			become_reader(output_fds[i], reader);
}

/* Lets go of what the agent has open, but for these: somebody may wait for its end. */
static void
close_others(const int *kept, size_t n)
{
	int next = 3;

	for (;;) {
		int least = __INT_MAX__;

		for (size_t i = 0; i < n; i++)
			if (kept[i] >= next && kept[i] < least)
				least = kept[i];
		if (least > next)
			fd_close_range((unsigned)next,
				       least == __INT_MAX__ ? ~0U : (unsigned)least - 1);
		if (least == __INT_MAX__)
			return;
		next = least + 1;
	}
}

/* Not the caller's: sshd waits for the end of both outputs, not of the program. */
static void
release_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

static void
wait_for_agent(int fd)
{
	char byte;

	/* All signals are blocked: it ends with the other end. */
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

static _Noreturn void
keep(int fd, const struct spawn_program *p, const struct keeper_limits *limits,
     const int output_fds[static 2], const struct keeper_reader *reader)
{
	struct watch w = {.limits = limits, .fd = fd, .signal_fd = -1};
	struct spawn_result start = {.program = -1};
	sigset_t all, child;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	setsid();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	w.signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w.signal_fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		start.error = errno;
	else
		spawn_start(p, &start);
	release_stdio();
	close_others((const int[]){fd, w.signal_fd, output_fds[0], output_fds[1],
				   p->hold_fd ? p->hold_fd : fd},
		     5);
	if (send(fd, &start, sizeof start, MSG_NOSIGNAL) != (ssize_t)sizeof start)
		kill_all(&w);
	if (start.error)
		_exit(1);
	w.program = start.program;
	if (limits->timeout_ms)
		w.ends_ms = clock_ms() + limits->timeout_ms;
	watch_program(&w);
	if (send(fd, &w.end, sizeof w.end, MSG_NOSIGNAL) == (ssize_t)sizeof w.end)
		wait_for_agent(fd);
	if (reader)
		hand_on(output_fds, reader);
	_exit(0);
}

/* --- the agent's side --- */

int
keeper_start(struct keeper *k, const struct spawn_program *program,
	     const struct keeper_limits *limits, const int output_fds[static 2],
	     const struct keeper_reader *reader, struct err *e)
{
	struct spawn_result start;
	int fds[2];
	ssize_t n;

	*k = KEEPER_INIT;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return err_sys(e, "cannot start '%s'", program->path);
	k->pid = fork();
	if (k->pid == 0) {
		close(fds[0]);
		keep(fds[1], program, limits, output_fds, reader);
	}
	close(fds[1]);
	k->fd = fds[0];
	if (k->pid < 0) {
		err_sys(e, "cannot start '%s'", program->path);
		fd_close(&k->fd);
		return -1;
	}
	while ((n = recv(k->fd, &start, sizeof start, 0)) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof start || start.error) {
		errno = n == (ssize_t)sizeof start ? start.error : ECHILD;
		err_sys(e, "cannot start '%s'", program->path);
		keeper_close(k);
		return -1;
	}
	k->program = start.program;
	k->exec_errno = start.exec_errno;
	return 0;
}

void
keeper_terminate(struct keeper *k)
{
	send(k->fd, "", 1, MSG_NOSIGNAL);
}

int
keeper_take(struct keeper *k, struct keeper_end *end, struct err *e)
{
	ssize_t n;

	while ((n = recv(k->fd, end, sizeof *end, 0)) < 0 && errno == EINTR)
		;
	if (n == (ssize_t)sizeof *end)
		return 0;
	return err_set(e, ERR_SYSTEM, "the process that watched over it was killed");
}

void
keeper_close(struct keeper *k)
{
	fd_close(&k->fd);
	if (k->pid > 0)
		waitpid(k->pid, NULL, 0);
	*k = KEEPER_INIT;
}
