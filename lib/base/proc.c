/* SPDX-License-Identifier: MIT */
/* proc - run one program to its end, with its output, a time limit and all its descendants. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define DRAIN_MS 2000 /* the contract's limit for output held by what a hook left behind */
#define QUIET_MS 200  /* silence that ends the draining before it */
#define POLL_MAX_MS 60000

enum { FD_OUT, FD_ERR, FD_KEEPER, FD_SIGNAL, FD_HANGUP, N_FDS };

struct run {
	const struct proc_spec *spec;
	struct proc_result *result;
	struct keeper keeper;
	bool ended; /* the program, and its tree where that was to end */
	bool over;  /* nothing more is waited for */
	long long
		ends_ms; /* of reading what a program that has ended left, on the monotonic clock */
	long long drained_ms;
	int fds[N_FDS];
};

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

static int
start(struct run *r, struct err *e)
{
	const struct proc_spec *spec = r->spec;
	struct spawn_program program = spec->program;
	struct keeper_options keeper = spec->keeper;
	int out[2] = {-1, -1}, err[2] = {-1, -1}, result = -1;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || fcntl(out[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK)) {
		err_sys(e, "cannot prepare to run '%s'", spec->program.path);
		goto out;
	}
	program.out_fd = out[1];
	program.err_fd = err[1];
	keeper.output_fds[0] = out[0];
	keeper.output_fds[1] = err[0];
	if (keeper_start(&r->keeper, &program, &keeper, e))
		goto out;
	r->result->exec_failed = r->keeper.exec_errno != 0;
	r->result->exec_errno = r->keeper.exec_errno;
	r->fds[FD_OUT] = out[0];
	r->fds[FD_ERR] = err[0];
	r->fds[FD_KEEPER] = r->keeper.fd;
	out[0] = err[0] = -1;
	result = 0;
out:
	fd_close(&out[0]);
	fd_close(&out[1]);
	fd_close(&err[0]);
	fd_close(&err[1]);
	return result;
}

/* Something ends the run: the program with it, or where that has ended, the reading of the rest. */
static void
interrupt(struct run *r, int signal)
{
	if (r->ended) {
		r->result->held_output = true;
		r->over = true;
		return;
	}
	if (!r->result->signal)
		r->result->signal = signal;
	keeper_terminate(&r->keeper);
}

static void
read_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->fds[FD_SIGNAL], &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo != SIGHUP || r->spec->abort_on_hangup)
			interrupt(r, (int)info.ssi_signo);
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
	if (r->ended) {
		r->ends_ms = clock_ms() + QUIET_MS;
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

static int
take_end(struct run *r, struct err *e)
{
	struct keeper_end end;

	r->fds[FD_KEEPER] = -1; /* the keeper's own to close */
	if (keeper_take(&r->keeper, &end, e))
		return -1;
	r->result->status = end.status;
	r->result->died = end.died;
	r->result->timed_out = end.timed_out;
	r->result->unkillable = end.unkillable;
	r->ended = true;
	r->ends_ms = clock_ms() + QUIET_MS;
	r->drained_ms = clock_ms() + DRAIN_MS;
	return 0;
}

static bool
is_over(const struct run *r)
{
	return r->over || (r->ended && r->fds[FD_OUT] < 0 && r->fds[FD_ERR] < 0);
}

static int
wait_ms(const struct run *r)
{
	long long left = r->ends_ms ? r->ends_ms - clock_ms() : POLL_MAX_MS;

	return left < 0 ? 0 : left > POLL_MAX_MS ? POLL_MAX_MS : (int)left;
}

static int
loop(struct run *r, struct err *e)
{
	struct pollfd polls[N_FDS];

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
		if (polls[FD_KEEPER].revents && take_end(r, e))
			return -1;
		if (polls[FD_SIGNAL].revents)
			read_signals(r);
		if (polls[FD_HANGUP].revents) {
			r->fds[FD_HANGUP] = -1;
			interrupt(r, SIGHUP);
		}
		if (r->ended && !is_over(r) && clock_ms() >= r->ends_ms)
			r->over = r->result->held_output = true;
	}
	return 0;
}

int
proc_run(const struct proc_spec *spec, struct proc_result *result, struct err *e)
{
	struct run r = {
		.spec = spec, .result = result, .keeper = KEEPER_INIT, .fds = {-1, -1, -1, -1, -1}};
	sigset_t watched, old;
	int failed = -1;

	*result = (struct proc_result){0};
	ending_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, &old);
	r.fds[FD_SIGNAL] = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.fds[FD_SIGNAL] < 0) {
		err_sys(e, "cannot prepare to run '%s'", spec->program.path);
		goto out;
	}
	if (spec->stop_fd)
		r.fds[FD_HANGUP] = spec->stop_fd;
	if (spec->abort_on_hangup)
		r.fds[FD_HANGUP] = STDERR_FILENO;
	if (start(&r, e) || loop(&r, e))
		goto out;
	drain(&r, FD_OUT);
	drain(&r, FD_ERR);
	if (result->exec_failed)
		result->status = result->exec_errno == ENOENT ? 127 : 126;
	failed = 0;
out:
	end_stream(&r, FD_OUT);
	end_stream(&r, FD_ERR);
	keeper_close(&r.keeper);
	fd_close(&r.fds[FD_SIGNAL]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return failed;
}
