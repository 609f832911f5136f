/* SPDX-License-Identifier: MIT */
/* proc - run one program to its end, with its output, a time limit and all its descendants. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/descendants.h"
#include "base/fd.h"

#define DRAIN_MS 2000 /* the contract's limit for output held by what a hook left behind */
#define QUIET_MS 200  /* silence that ends the draining before it */
#define KILL_ROUND_MS 20
#define KILL_LIMIT_MS \
	5000 /* then what is left cannot be killed (uninterruptible, another user's) */
#define POLL_MAX_MS 60000
#define KERNEL_SIGNALS 64

enum { FD_OUT, FD_ERR, FD_SIGNAL, FD_HANGUP, N_FDS };

/* What a run is doing; each state but RUNNING has a moment at which it ends. */
enum state { RUNNING, DRAINING, TERMINATING, KILLING };

struct run {
	const struct proc_spec *spec;
	struct proc_result *result;
	enum state state;
	pid_t pid;
	bool exited;	   /* the program itself has been reaped */
	bool childless;	   /* so have all its descendants */
	long long ends_ms; /* of the state, on the monotonic clock; 0 for no end */
	long long drained_ms;
	int fds[N_FDS];
};

static long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
ending_signals(sigset_t *set)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(set, signals[i]);
}

void
proc_hold_signals(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int
proc_signal_pending(void)
{
	sigset_t set;

	sigpending(&set);
	if (sigismember(&set, SIGTERM))
		return SIGTERM;
	if (sigismember(&set, SIGINT))
		return SIGINT;
	return sigismember(&set, SIGQUIT) ? SIGQUIT : 0;
}

int
proc_interrupted(struct err *e)
{
	int signal = proc_signal_pending();

	return signal ? err_hook(e, 128 + signal, "interrupted by signal %d", signal) : 0;
}

/* What the child needs after vfork, opened by the parent. */
struct child {
	int in_fd, out_fd, err_fd;
	pid_t parent;
	int error; /* written by the child, read by the parent once it has exec'ed or gone */
};

static int
take_identity(const struct proc_identity *id)
{
	uid_t r, f, s;

	/* Raw calls: libc's would try to tell other threads, and this memory is the parent's. */
	if (syscall(SYS_setgroups, id->n_groups, id->groups) ||
	    syscall(SYS_setresgid, id->gid, id->gid, id->gid) ||
	    syscall(SYS_setresuid, id->uid, id->uid, id->uid) || getresuid(&r, &f, &s))
		return -1;
	if (r != id->uid || f != id->uid || s != id->uid || getegid() != id->gid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* Hands descriptors over as 3, 4, ...: first out of each other's way, where one is in another's. */
static int
hand_over(const int *fds, int n)
{
	int above[PROC_HANDED_MAX];

	for (int i = 0; i < n; i++)
		if ((above[i] = fcntl(fds[i], F_DUPFD, 3 + n)) < 0)
			return -1;
	for (int i = 0; i < n; i++)
		if (dup2(above[i], 3 + i) < 0)
			return -1;
	return 0;
}

/* After vfork: system calls only, on memory that is the parent's. */
static _Noreturn void __attribute__((noinline))
run_child(const struct proc_spec *spec, struct child *child)
{
	/* The kernel's own struct, all zero: the default.  libc's call leaves two signals out. */
	static const unsigned long default_action[4];
	sigset_t empty;

	for (int signal = 1; signal <= KERNEL_SIGNALS; signal++)
		syscall(SYS_rt_sigaction, signal, default_action, NULL, KERNEL_SIGNALS / 8);
	setsid();
	umask(022);
	if (dup2(child->in_fd, 0) < 0 || dup2(child->out_fd, 1) < 0 || dup2(child->err_fd, 2) < 0 ||
	    (spec->dir_fd >= 0 && fchdir(spec->dir_fd)) ||
	    hand_over(spec->handed, spec->n_handed) || fd_close_from(3 + (int)spec->n_handed) ||
	    (spec->identity && take_identity(spec->identity))) {
		child->error = errno;
		_exit(71);
	}
	/* Nobody holds the lock or the time limit for a program whose caller is gone. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != child->parent)
		_exit(71);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	execve(spec->path, spec->argv, spec->envp);
	child->error = -errno; /* negative: it is the program's fault, not ours */
	_exit(127);
}

static pid_t __attribute__((noinline)) spawn(const struct proc_spec *spec, struct child *child)
{
	pid_t pid = vfork();

	if (pid == 0)
		run_child(spec, child);
	return pid;
}

static int
start(struct run *r, struct err *e)
{
	const struct proc_spec *spec = r->spec;
	struct child child = {-1, -1, -1, getpid(), 0};
	int out[2] = {-1, -1}, err[2] = {-1, -1}, result = -1;

	child.in_fd = spec->stdin_fd ? fcntl(spec->stdin_fd, F_DUPFD_CLOEXEC, 3)
				     : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (child.in_fd < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		err_sys(e, "cannot prepare to run '%s'", spec->path);
		goto done;
	}
	child.out_fd = out[1];
	child.err_fd = err[1];
	if (fcntl(out[0], F_SETFL, O_NONBLOCK) || fcntl(err[0], F_SETFL, O_NONBLOCK)) {
		err_sys(e, "cannot prepare to run '%s'", spec->path);
		goto done;
	}
	r->pid = spawn(spec, &child);
	if (r->pid < 0 || child.error > 0) {
		errno = r->pid < 0 ? errno : child.error;
		err_sys(e, "cannot start '%s'", spec->path);
		if (r->pid > 0)
			waitpid(r->pid, NULL, 0);
		goto done;
	}
	if (spec->started)
		spec->started(spec->started_arg, r->pid);
	r->result->exec_failed = child.error < 0;
	r->result->exec_errno = -child.error;
	r->fds[FD_OUT] = out[0];
	r->fds[FD_ERR] = err[0];
	out[0] = err[0] = -1;
	result = 0;
done:
	fd_close(&child.in_fd);
	fd_close(&out[0]);
	fd_close(&out[1]);
	fd_close(&err[0]);
	fd_close(&err[1]);
	return result;
}

static void
enter(struct run *r, enum state state, long long ms)
{
	r->state = state;
	r->ends_ms = now_ms() + ms;
}

static void
terminate(struct run *r)
{
	if (r->state >= TERMINATING)
		return;
	enter(r, TERMINATING, r->spec->grace_ms);
	descendants_signal(SIGTERM);
	/* What is stopped gets the signal only when it goes on. */
	descendants_signal(SIGCONT);
}

static void
reap(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->pid)
			continue;
		r->exited = true;
		r->result->died = WIFSIGNALED(status);
		r->result->status =
			WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (r->state == RUNNING) {
			enter(r, DRAINING, QUIET_MS);
			r->drained_ms = now_ms() + DRAIN_MS;
		}
	}
	r->childless = pid < 0 && errno == ECHILD;
}

static void
read_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->fds[FD_SIGNAL], &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD ||
		    (info.ssi_signo == SIGHUP && !r->spec->abort_on_hangup))
			continue;
		if (!r->result->signal)
			r->result->signal = (int)info.ssi_signo;
		terminate(r);
	}
}

static void
end_stream(struct run *r, int which)
{
	if (r->fds[which] < 0)
		return;
	fd_close(&r->fds[which]);
	if (r->spec->output)
		r->spec->output(r->spec->output_arg, which == FD_OUT ? 1 : 2, "", 0);
}

static void
read_output(struct run *r, int which)
{
	char data[16384];
	ssize_t n = read(r->fds[which], data, sizeof data);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end_stream(r, which);
		return;
	}
	if (r->spec->output)
		r->spec->output(r->spec->output_arg, which == FD_OUT ? 1 : 2, data, (size_t)n);
	explicit_bzero(data, (size_t)n); /* what is secret in it is masked after this */
	/* Silence is counted from the last byte, but never past the limit of the whole draining. */
	if (r->state == DRAINING) {
		enter(r, DRAINING, QUIET_MS);
		if (r->ends_ms > r->drained_ms)
			r->ends_ms = r->drained_ms;
	}
}

/* What an ended tree wrote last. */
static void
drain(struct run *r, int which)
{
	for (int round = 0; round < 64 && r->fds[which] >= 0; round++) {
		struct pollfd poll_fd = {.fd = r->fds[which], .events = POLLIN};

		if (poll(&poll_fd, 1, 0) != 1)
			break;
		read_output(r, which);
	}
}

/* The state's time is over; returns true when the run is. */
static bool
state_ended(struct run *r)
{
	switch (r->state) {
	case RUNNING:
		r->result->timed_out = true;
		terminate(r);
		return false;
	case DRAINING:
		r->result->held_output = true;
		return true;
	case TERMINATING:
		enter(r, KILLING, KILL_LIMIT_MS);
		descendants_kill();
		return false;
	default:
		return true;
	}
}

static bool
is_over(const struct run *r)
{
	if (r->state >= TERMINATING)
		return r->childless;
	return r->exited && r->fds[FD_OUT] < 0 && r->fds[FD_ERR] < 0;
}

static int
wait_ms(const struct run *r)
{
	long long left = r->ends_ms ? r->ends_ms - now_ms() : POLL_MAX_MS;

	if (r->state == KILLING && left > KILL_ROUND_MS)
		left = KILL_ROUND_MS;
	return left < 0 ? 0 : left > POLL_MAX_MS ? POLL_MAX_MS : (int)left;
}

static void
loop(struct run *r)
{
	struct pollfd polls[N_FDS];

	reap(r);
	while (!is_over(r)) {
		for (int i = 0; i < N_FDS; i++)
			polls[i] = (struct pollfd){.fd = r->fds[i],
						   .events = i == FD_HANGUP ? 0 : POLLIN};
		if (poll(polls, N_FDS, wait_ms(r)) < 0)
			continue;
		if (polls[FD_OUT].revents)
			read_output(r, FD_OUT);
		if (polls[FD_ERR].revents)
			read_output(r, FD_ERR);
		if (polls[FD_SIGNAL].revents)
			read_signals(r);
		if (polls[FD_HANGUP].revents) {
			r->fds[FD_HANGUP] = -1;
			if (!r->result->signal)
				r->result->signal = SIGHUP;
			terminate(r);
		}
		reap(r);
		if (r->state == KILLING && !r->childless)
			descendants_kill();
		if (r->ends_ms && now_ms() >= r->ends_ms && !is_over(r) && state_ended(r))
			break;
	}
}

int
proc_run(const struct proc_spec *spec, struct proc_result *result, struct err *e)
{
	struct run r = {.spec = spec, .result = result, .fds = {-1, -1, -1, -1}};
	sigset_t watched, old;
	int failed = -1;

	*result = (struct proc_result){0};
	ending_signals(&watched);
	sigaddset(&watched, SIGCHLD);
	sigprocmask(SIG_BLOCK, &watched, &old);
	r.fds[FD_SIGNAL] = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.fds[FD_SIGNAL] < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) {
		err_sys(e, "cannot prepare to run '%s'", spec->path);
		goto out;
	}
	if (spec->stop_fd)
		r.fds[FD_HANGUP] = spec->stop_fd;
	if (spec->abort_on_hangup)
		r.fds[FD_HANGUP] = STDERR_FILENO;
	if (start(&r, e))
		goto out;
	if (spec->timeout_ms)
		r.ends_ms = now_ms() + spec->timeout_ms;
	loop(&r);
	result->unkillable = r.state == KILLING && !r.childless;
	drain(&r, FD_OUT);
	drain(&r, FD_ERR);
	if (result->exec_failed)
		result->status = result->exec_errno == ENOENT ? 127 : 126;
	failed = 0;
out:
	end_stream(&r, FD_OUT);
	end_stream(&r, FD_ERR);
	fd_close(&r.fds[FD_SIGNAL]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return failed;
}
