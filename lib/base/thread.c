/* SPDX-License-Identifier: MIT */
/* thread - start a thread that no signal is delivered to. */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>

int
thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct err *e)
{
	sigset_t all, old;

	/* The mask is inherited: in the new thread they are blocked from its first instruction. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return errno ? err_sys(e, "cannot start a thread") : 0;
}
