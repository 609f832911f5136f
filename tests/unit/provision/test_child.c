/* SPDX-License-Identifier: MIT */
/* test_child - a program beside others. */
#include "provision/child.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

static struct child_result result;
static struct err err;

static int
run(const char *script, const struct secret *input, int timeout_s)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct child_spec spec = {.argv = argv,
				  .input = input,
				  .input_fd = -1,
				  .output_fd = -1,
				  .timeout_s = timeout_s};

	err = ERR_INIT;
	return child_run(&spec, &result, &err);
}

START_TEST(its_output_status_and_last_words_are_kept)
{
	char why[256];

	ck_assert_int_eq(
		run("echo out; echo one >&2; echo 'sh[12]: error: two' >&2; exit 7", NULL, 0), 0);
	ck_assert_int_eq(result.status, 7);
	ck_assert_str_eq(result.out.data, "out\n");
	ck_assert_str_eq(child_why(&result, why), "two");
	child_result_free(&result);
}
END_TEST

START_TEST(what_goes_in_may_be_long)
{
	struct secret text = SECRET_INIT;
	static char part[200000];

	signal(SIGPIPE, SIG_IGN); /* as cli_start does */
	memset(part, 'a', sizeof part);
	ck_assert_int_eq(secret_append(&text, part, sizeof part, &err), 0);
	ck_assert_int_eq(run("wc -c", &text, 0), 0);
	ck_assert_int_eq(atoi(result.out.data), (int)sizeof part);
	child_result_free(&result);
	/* Who does not read it is no fault. */
	ck_assert_int_eq(run("exit 3", &text, 0), 0);
	ck_assert_int_eq(result.status, 3);
	child_result_free(&result);
	secret_free(&text);
}
END_TEST

START_TEST(what_it_leaves_behind_is_not_waited_for)
{
	ck_assert_int_eq(run("sleep 30 & echo $!", NULL, 20), 0);
	ck_assert_int_eq(result.status, 0);
	ck_assert(!result.timed_out);
	kill(atoi(result.out.data), 9);
	child_result_free(&result);
}
END_TEST

START_TEST(its_time_is_limited)
{
	ck_assert_int_eq(run("exec sleep 30", NULL, 1), 0);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + 15);
	ck_assert(result.was_killed);
	ck_assert_int_eq(run("exit 143", NULL, 0), 0);
	ck_assert(!result.was_killed);
	child_result_free(&result);
	child_result_free(&result);
}
END_TEST

START_TEST(a_program_that_is_not_there)
{
	char *argv[] = {(char *)"/no/such/program", NULL};
	struct child_spec spec = {.argv = argv, .input_fd = -1, .output_fd = -1};

	err = ERR_INIT;
	ck_assert_int_eq(child_run(&spec, &result, &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
}
END_TEST

START_TEST(the_end_of_long_messages_is_kept)
{
	char why[256];

	ck_assert_int_eq(run("yes 0123456789 | head -n 2000 >&2; echo last >&2", NULL, 0), 0);
	ck_assert_str_eq(child_why(&result, why), "last");
	child_result_free(&result);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, its_output_status_and_last_words_are_kept);
	tcase_add_test(tc, what_goes_in_may_be_long);
	tcase_add_test(tc, what_it_leaves_behind_is_not_waited_for);
	tcase_add_test(tc, its_time_is_limited);
	tcase_add_test(tc, a_program_that_is_not_there);
	tcase_add_test(tc, the_end_of_long_messages_is_kept);
}
