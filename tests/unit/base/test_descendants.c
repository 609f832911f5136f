/* SPDX-License-Identifier: MIT */
/* test_descendants - who is found, and that none outlives the kill. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descendants.h"
#include "tests.h"

/*
 * A child with a child of its own, which has a session of its own; says on the pipe when both
 * are up.
 */
static pid_t
start_family(int ignored_signal)
{
	char byte;
	int up[2];
	pid_t pid;

	ck_assert_int_eq(pipe(up), 0);
	pid = fork();
	if (pid == 0) {
		/* check's own handler, inherited, would pass the signal on to this test. */
		signal(SIGTERM, SIG_DFL);
		signal(ignored_signal, SIG_IGN);
		if (fork() == 0)
			setsid();
		if (write(up[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(up[0], &byte, 1), 1);
	ck_assert_int_eq(read(up[0], &byte, 1), 1);
	close(up[0]);
	close(up[1]);
	return pid;
}

static int
reap_all(void)
{
	int n = 0;

	while (waitpid(-1, NULL, 0) > 0)
		n++;
	return n;
}

START_TEST(a_process_without_children_has_no_descendants)
{
	ck_assert_uint_eq(descendants_signal(0), 0);
}
END_TEST

START_TEST(a_grandchild_in_a_session_of_its_own_is_found)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_family(SIGUSR1);
	ck_assert_uint_eq(descendants_signal(0), 2);
	descendants_signal(SIGTERM);
	ck_assert_int_eq(reap_all(), 2);
	ck_assert_uint_eq(descendants_signal(0), 0);
}
END_TEST

START_TEST(an_orphan_is_found_by_a_subreaper)
{
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = start_family(SIGUSR1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(descendants_signal(0), 1);
	descendants_kill();
	ck_assert_int_eq(reap_all(), 1);
}
END_TEST

START_TEST(who_ignores_sigterm_is_killed)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_family(SIGTERM);
	descendants_signal(SIGTERM);
	ck_assert_uint_eq(descendants_signal(0), 2);
	descendants_kill();
	ck_assert_int_eq(reap_all(), 2);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_process_without_children_has_no_descendants);
	tcase_add_test(tc, a_grandchild_in_a_session_of_its_own_is_found);
	tcase_add_test(tc, an_orphan_is_found_by_a_subreaper);
	tcase_add_test(tc, who_ignores_sigterm_is_killed);
}
