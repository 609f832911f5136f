/* SPDX-License-Identifier: MIT */
/* checks - the states of many services, asked side by side. */
#include "command/checks.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* One service; in memory that is shared with the process which asks it. */
struct asked {
	pid_t pid; /* of that process while it runs; else 0 */
	bool is_over;
	bool is_told; /* the check is whole */
	bool is_gone; /* the service is */
	struct check check;
};

struct checks {
	char *const *ids;
	const struct checks_request *request;
	struct asked *asked;
	size_t n, n_started, n_running, n_told;
};

/* The process of one service. */
static _Noreturn void
ask(const struct checks *c, size_t i, pid_t parent)
{
	struct asked *asked = &c->asked[i];
	struct err e = ERR_INIT;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log_subject(c->ids[i]);
	if (check_service(c->ids[i], c->request->lock, c->request->options, &asked->check, &e))
		asked->is_gone = e.kind == ERR_NO_SERVICE;
	/* A signal to this process: what the hook has said is not all. */
	if (e.kind == ERR_STATUS) {
		asked->check.running = false;
		snprintf(asked->check.state, sizeof asked->check.state, "UNKNOWN: %s", e.msg);
	}
	asked->is_told = true;
	_exit(0);
}

static int
start(struct checks *c, struct err *e)
{
	struct asked *asked = &c->asked[c->n_started];
	pid_t parent = getpid(), pid;

	pid = fork();
	if (pid == 0)
		ask(c, c->n_started, parent);
	if (pid < 0)
		return err_sys(e, "cannot start a process");
	asked->pid = pid;
	c->n_started++;
	c->n_running++;
	return 0;
}

static void
mark_over(struct asked *asked)
{
	asked->pid = 0;
	asked->is_over = true;
	if (asked->is_told)
		return;
	asked->check.running = false;
	snprintf(asked->check.state, sizeof asked->check.state, "UNKNOWN: its check was killed");
}

static void
reap(struct checks *c)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = c->n_told; i < c->n_started; i++) /* those before are over */
			if (c->asked[i].pid == pid) {
				mark_over(&c->asked[i]);
				c->n_running--;
			}
}

static void
tell(struct checks *c)
{
	for (; c->n_told < c->n_started && c->asked[c->n_told].is_over; c->n_told++)
		if (!c->asked[c->n_told].is_gone)
			c->request->fn(c->request->arg, c->n_told, &c->asked[c->n_told].check);
}

static void
end_all(const struct checks *c, int signal)
{
	for (size_t i = 0; i < c->n_started; i++)
		if (c->asked[i].pid)
			kill(c->asked[i].pid, signal);
}

static int
loop(struct checks *c, struct err *e)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGQUIT};
	int ending = 0, result = 0;
	sigset_t set;

	/* Blocked, they wait to be asked for. */
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);

	while (c->n_running || (c->n_started < c->n && !ending && !result)) {
		while (c->n_started < c->n && c->n_running < CHECKS_AT_ONCE && !ending && !result)
			if ((result = start(c, e)))
				end_all(c, SIGTERM);
		if (c->n_running) {
			int signal = sigwaitinfo(&set, NULL);

			if (signal > 0 && signal != SIGCHLD) {
				ending = signal;
				end_all(c, signal);
			}
			reap(c);
		}
		if (!ending)
			tell(c);
	}
	return ending ? err_hook(e, 128 + ending, "interrupted by signal %d", ending) : result;
}

int
checks_run(const struct checks_request *request, char *const *ids, size_t n, struct err *e)
{
	struct checks c = {.ids = ids, .n = n, .request = request};
	size_t size = (n + 1) * sizeof *c.asked;
	int result;

	c.asked = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.asked == MAP_FAILED)
		return err_sys(e, "cannot get memory");
	result = loop(&c, e);
	munmap(c.asked, size);
	return result;
}
