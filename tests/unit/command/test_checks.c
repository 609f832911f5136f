/* SPDX-License-Identifier: MIT */
/* test_checks - the states of many services, asked side by side. */
#include "command/checks.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch_root.h"
#include "tests.h"

#define N 80 /* more than are asked at once */

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

/* What came, and that it came in order. */
struct seen {
	size_t n, last;
	char states[N][80];
};

static void
take(void *arg, size_t i, const struct check *check)
{
	struct seen *seen = arg;

	ck_assert(seen->n == 0 || i > seen->last);
	snprintf(seen->states[i], sizeof seen->states[i], "%.79s", check->state);
	seen->last = i;
	seen->n++;
}

static int
run(char *const *ids, size_t n, struct seen *seen, struct err *e)
{
	const struct hook_options options = {.timeout_s = 600};

	*e = ERR_INIT;
	*seen = (struct seen){.n = 0};
	return checks_run(&(const struct checks_request){&lock, &options, take, seen}, ids, n, e);
}

static void
make(const char *id, const char *script)
{
	char path[80], text[256];

	snprintf(path, sizeof path, "services/%s/bin/enstratus-check", id);
	snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
	scratch_script(path, text);
}

START_TEST(more_than_at_once_are_told_in_order)
{
	char *ids[N], script[32];
	struct seen seen;
	struct err e;

	for (size_t i = 0; i < N; i++) {
		ck_assert_int_gt(asprintf(&ids[i], "a%02zu", i), 0);
		snprintf(script, sizeof script, "echo state %zu", i);
		make(ids[i], script);
	}
	ck_assert_msg(run(ids, N, &seen, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(seen.n, N);
	for (size_t i = 0; i < N; i++) {
		snprintf(script, sizeof script, "state %zu", i);
		ck_assert_str_eq(seen.states[i], script);
		free(ids[i]);
	}
}
END_TEST

START_TEST(one_that_is_gone_is_left_out_and_one_whose_asker_dies_is_unknown)
{
	char *ids[] = {(char *)"a", (char *)"gone", (char *)"killed", (char *)"z"};
	struct seen seen;
	struct err e;

	make("a", "echo OK");
	make("killed", "kill -s KILL $(cut -d ' ' -f 4 /proc/$PPID/stat); sleep 600");
	make("z", "echo OK");
	ck_assert_msg(run(ids, 4, &seen, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(seen.n, 3);
	ck_assert_str_eq(seen.states[0], "OK");
	ck_assert_str_eq(seen.states[2], "UNKNOWN: its check was killed");
	ck_assert_str_eq(seen.states[3], "OK");
}
END_TEST

START_TEST(no_service_is_no_failure)
{
	struct seen seen;
	struct err e;

	ck_assert_int_eq(run(NULL, 0, &seen, &e), 0);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

START_TEST(a_signal_ends_all_of_them)
{
	char *ids[] = {(char *)"a", (char *)"b"}, script[80];
	struct seen seen;
	struct err e;

	make("a", "sleep 600");
	snprintf(script, sizeof script, "kill -s TERM %d; sleep 600", getpid());
	make("b", script);
	ck_assert_int_eq(run(ids, 2, &seen, &e), -1);
	ck_assert_int_eq(err_status(&e), 128 + SIGTERM);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, more_than_at_once_are_told_in_order);
	tcase_add_test(tc, one_that_is_gone_is_left_out_and_one_whose_asker_dies_is_unknown);
	tcase_add_test(tc, no_service_is_no_failure);
	tcase_add_test(tc, a_signal_ends_all_of_them);
}
