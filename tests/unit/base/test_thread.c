/* SPDX-License-Identifier: MIT */
/* test_thread - signals stay with those threads that had them. */
#include <check.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/thread.h"
#include "tests.h"

static struct err err;

/* The thread's own mask, taken as its first act. */
static void *
look_at_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return arg;
}

START_TEST(every_signal_is_blocked_in_the_thread)
{
	pthread_t thread;
	sigset_t mask;
	void *result;

	sigemptyset(&mask);
	err = ERR_INIT;
	ck_assert_int_eq(thread_start(&thread, look_at_mask, &mask, &err), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, &mask);
	for (int sig = 1; sig < SIGRTMAX; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && (sig < 32 || sig >= SIGRTMIN))
			ck_assert_msg(sigismember(&mask, sig), "signal %d is not blocked", sig);
}
END_TEST

START_TEST(the_callers_mask_stays)
{
	pthread_t thread;
	sigset_t before, after, inside;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	err = ERR_INIT;
	ck_assert_int_eq(thread_start(&thread, look_at_mask, &inside, &err), 0);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig < 32; sig++)
		ck_assert_int_eq(sigismember(&after, sig), sig == SIGUSR1);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose leak check needs a process itself */
/* A user without a process left may start no thread; root always may. */
START_TEST(a_thread_that_cannot_be_started_is_an_error)
{
	const struct rlimit none = {1, 1};
	pthread_t thread;
	sigset_t before, after, inside;

	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &none), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	err = ERR_INIT;
	ck_assert_int_eq(thread_start(&thread, look_at_mask, &inside, &err), -1);
	ck_assert_int_eq(err_status(&err), 71);
	ck_assert_str_eq(err.msg, "cannot start a thread: Resource temporarily unavailable");
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	ck_assert_int_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}
END_TEST
#endif

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, every_signal_is_blocked_in_the_thread);
	tcase_add_test(tc, the_callers_mask_stays);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tc, a_thread_that_cannot_be_started_is_an_error);
#endif
}
