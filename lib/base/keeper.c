/* SPDX-License-Identifier: MIT */
/* keeper - the process between this one and a program that it runs: it ends what must end. */
#include "base/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descendants.h"
#include "base/fd.h"
#include "base/kernel.h"
#include "base/spawn.h"

#define KILL_ROUND_MS 20
/* Then what is left cannot be killed: it is uninterruptible, or another user's. */
#define KILL_LIMIT_MS 5000

#define STACK_BYTES (64u << 10)
#define GUARD_BYTES (64u << 10) /* a multiple of every kernel's page */

/* What the keeper works with, on its own stack: of the agent's nothing stays as it was. */
struct keeping {
	int fd, agent_fd; /* both ends of its line to the agent */
	struct keeper_options options;
	struct keeper_reader reader;
	const struct spawn_program *program; /* only until it has been started */
};

/*
 * --- the keeper's process ---
 *
 * Until it has told how the start went, the agent waits for that, and libc is the keeper's alone.
 * From there to the agent's last word both run at once in one memory, and only base/kernel.h is
 * used.  Then the agent waits again, or is gone.
 */

/* What it is doing; each state but RUNNING has a moment at which it ends. */
enum state { RUNNING, TERMINATING, KILLING, ENDED };

struct watch {
	int grace_ms;
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
	w->ends_ms = clock_ms() + w->grace_ms;
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
	long pid;

	while ((pid = kernel_call(SYS_wait4, -1, (long)&status, WNOHANG, 0, 0, 0)) > 0) {
		if (pid != w->program)
			continue;
		w->exited = true;
		w->end.died = WIFSIGNALED(status);
		w->end.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	w->childless = pid == -ECHILD;
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
read_agent(struct watch *w)
{
	char byte;
	ssize_t n = kernel_read(w->fd, &byte, 1);

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

		if (kernel_poll(polls, 2, wait_ms(w)) < 0)
			continue;
		while (kernel_read(w->signal_fd, &info, sizeof info) > 0)
			;
		if (polls[0].revents)
			read_agent(w);
		reap(w);
		if (w->state == KILLING)
			kill_all(w);
		if (w->state != ENDED && w->ends_ms && clock_ms() >= w->ends_ms)
			state_ended(w);
	}
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
	_exit(ERR_SYSTEM);
}

static void __attribute__((noinline)) start_reader(int fd, const struct keeper_reader *reader)
{
	if (vfork() == 0)
		become_reader(fd, reader);
}

/* True when something may still write there. */
static bool
is_open(int fd)
{
	struct pollfd p = {.fd = fd};

	return kernel_poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP);
}

/* Once the agent has let go: what was left behind and holds the output goes on to be read. */
static void
start_readers(const struct keeping *k)
{
	for (int i = 0; i < 2; i++)
		if (is_open(k->options.output_fds[i]))
			start_reader(k->options.output_fds[i], &k->reader);
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
	while (kernel_read(fd, &byte, 1) > 0)
		;
}

/* False when there is nobody to be told. */
static bool
send_to_agent(int fd, const void *data, size_t len)
{
	/* A socket's other end is gone for good with SIGPIPE, which is blocked. */
	return kernel_call(SYS_write, fd, (long)data, (long)len, 0, 0, 0) == (long)len;
}

static void
start(struct keeping *k, struct watch *w)
{
	struct spawn_result result = {.program = -1};
	sigset_t child;

	signal(SIGCHLD, SIG_DFL);
	setsid();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	w->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signal_fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		result.error = errno;
	else
		spawn_start(k->program, &result);
	release_stdio();
	/* Somebody may wait for the end of what the agent has open. */
	(void)fd_close_others(3,
			      (const int[]){k->fd, w->signal_fd, k->options.output_fds[0],
					    k->options.output_fds[1], k->options.hold_fds[0],
					    k->options.hold_fds[1]},
			      6);
	w->program = result.program;
	if (k->options.timeout_ms)
		w->ends_ms = clock_ms() + k->options.timeout_ms;
	if (!send_to_agent(k->fd, &result, sizeof result))
		kill_all(w);
	if (result.error)
		_exit(1);
}

/* All signals are blocked. */
static int
keep(void *arg)
{
	struct keeping *k = arg;
	struct watch w = {.grace_ms = k->options.grace_ms, .fd = k->fd, .signal_fd = -1};
	bool leaves_writer;

	close(k->agent_fd);
	start(k, &w);
	watch_program(&w);
	leaves_writer = k->options.reader &&
			(is_open(k->options.output_fds[0]) || is_open(k->options.output_fds[1]));
	if (send_to_agent(k->fd, &w.end, sizeof w.end) && leaves_writer)
		wait_for_agent(k->fd);
	if (leaves_writer)
		start_readers(k);
	_exit(0);
}

/* --- the agent's side --- */

/* A process of its own in this memory, or where that cannot be, in a copy of it. */
static pid_t
start_process(struct keeper *k, const struct keeping *keeping)
{
	char *stack = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	struct keeping *top = (struct keeping *)(stack + GUARD_BYTES + STACK_BYTES) - 1;
	sigset_t all, old;
	pid_t pid;

	if (stack == MAP_FAILED)
		return -1;
	k->stack = stack;
	*top = *keeping;
	if (mprotect(stack, GUARD_BYTES, PROT_NONE))
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
#if KERNEL_CAN_SHARE
	pid = clone(keep, top, CLONE_VM | SIGCHLD, top);
#else
	pid = fork();
	if (pid == 0)
		keep(top);
#endif
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

int
keeper_start(struct keeper *k, const struct spawn_program *program,
	     const struct keeper_options *options, struct err *e)
{
	struct keeping keeping = {.options = *options, .program = program};
	struct spawn_result start;
	int fds[2];
	ssize_t n;

	*k = KEEPER_INIT;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return err_sys(e, "cannot start '%s'", program->path);
	k->fd = keeping.agent_fd = fds[0];
	keeping.fd = fds[1];
	if (options->reader)
		keeping.reader = *options->reader;
	k->pid = start_process(k, &keeping);
	close(fds[1]);
	if (k->pid < 0) {
		err_sys(e, "cannot start '%s'", program->path);
		keeper_close(k);
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
	while (k->pid > 0 && waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (k->stack)
		munmap(k->stack, GUARD_BYTES + STACK_BYTES);
	*k = KEEPER_INIT;
}
