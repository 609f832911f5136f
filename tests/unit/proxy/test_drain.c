/* SPDX-License-Identifier: MIT */
/* test_drain - the workers that a balancer had before are waited for. */
#include "proxy/drain.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

static pid_t
start_worker(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void
end_worker(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(those_of_before_are_waited_for_and_no_others)
{
	pid_t old[2] = {start_worker(), start_worker()}, new;
	struct drain drain;

	drain_note(&drain, getpid());
	ck_assert_uint_eq(drain.n, 2);
	new = start_worker();
	ck_assert_uint_eq(drain_wait(&drain, 100), 2);
	end_worker(old[0]);
	ck_assert_uint_eq(drain_wait(&drain, 0), 1);
	end_worker(old[1]);
	ck_assert_uint_eq(drain_wait(&drain, 600000), 0);
	end_worker(new);
}
END_TEST

START_TEST(one_that_ends_meanwhile_ends_the_wait)
{
	pid_t worker = start_worker(), ender;
	struct drain drain;

	drain_note(&drain, getpid());
	/* A child of ours that nobody waits for would stay. */
	signal(SIGCHLD, SIG_IGN);
	ender = fork();
	ck_assert_int_ge(ender, 0);
	if (ender == 0) {
		usleep(50000);
		kill(worker, SIGKILL);
		_exit(0);
	}
	ck_assert_uint_eq(drain_wait(&drain, 600000), 0);
}
END_TEST

START_TEST(a_balancer_that_is_not_there_has_none)
{
	struct drain drain;

	drain_note(&drain, 0x7fffffff);
	ck_assert_uint_eq(drain.n, 0);
	ck_assert_uint_eq(drain_wait(&drain, 600000), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, those_of_before_are_waited_for_and_no_others);
	tcase_add_test(tc, one_that_ends_meanwhile_ends_the_wait);
	tcase_add_test(tc, a_balancer_that_is_not_there_has_none);
}
