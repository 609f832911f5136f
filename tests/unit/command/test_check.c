/* SPDX-License-Identifier: MIT */
/* test_check - the state word of a service. */
#include "command/check.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

#define HOOK "services/a1/bin/enstratus-check"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static int
ask(struct check *check, int timeout_s, struct err *e)
{
	struct hook_options options = {.timeout_s = timeout_s};

	*e = ERR_INIT;
	return check_service("a1", &lock, &options, check, e);
}

static const struct {
	const char *script, *state;
	bool running;
} table[] = {
	{"echo OK", "OK", true},
	{"printf '\\n  OK  \\nmore\\n'", "OK", true},
	{"printf 'OK\\r\\n'", "OK", true},
	{"echo OK; exit 3", "OK", true},
	{"echo noise >&2; echo OK", "OK", true},
	{"echo DOWN", "DOWN", false},
	{"echo OK is what it is not", "OK is what it is not", false},
	{"echo ok", "ok", false},
	{"echo 'DOWN: no port'; exit 1", "DOWN: no port", false},
	{"echo BROKEN; kill -9 $$", "BROKEN", false},
	{"exit 0", "UNKNOWN: the hook printed nothing", false},
	{"echo OK >&2", "UNKNOWN: the hook printed nothing", false},
	{"exit 7", "UNKNOWN: hook 'enstratus-check' exited with status 7", false},
	{"kill -9 $$", "UNKNOWN: hook 'enstratus-check' died of signal 9", false},
};

START_TEST(the_first_line_is_the_state)
{
	struct check check;
	struct err e;
	char script[256];

	snprintf(script, sizeof script, "#!/bin/sh\n%s\n", table[_i].script);
	scratch_script(HOOK, script);
	ck_assert_msg(ask(&check, 0, &e) == 0, "%s", e.msg);
	if (strncmp(table[_i].state, "UNKNOWN", 7) == 0)
		ck_assert_msg(strncmp(check.state, table[_i].state, strlen(table[_i].state)) == 0,
			      "%s", check.state);
	else
		ck_assert_str_eq(check.state, table[_i].state);
	ck_assert_int_eq(check.running, table[_i].running);
}
END_TEST

START_TEST(a_service_without_the_hook_is_ok)
{
	struct check check;
	struct err e;

	scratch_mkdir("services/a1/bin/");
	if (_i)
		scratch_write(HOOK, "#!/bin/sh\necho DOWN\n");
	ck_assert_int_eq(ask(&check, 0, &e), 0);
	ck_assert_str_eq(check.state, "OK");
	ck_assert(check.running);
}
END_TEST

/* As where a volume is not mounted. */
START_TEST(a_directory_without_bin_is_unknown)
{
	struct check check;
	struct err e;

	scratch_mkdir("services/a1/data/");
	ck_assert_int_eq(ask(&check, 0, &e), 0);
	ck_assert_str_eq(check.state, "UNKNOWN: the service has no bin/");
	ck_assert(!check.running);
}
END_TEST

START_TEST(a_hook_past_its_time_is_unknown_whatever_it_said)
{
	struct check check;
	struct err e;

	scratch_script(HOOK, "#!/bin/sh\necho OK\nexec sleep 60\n");
	ck_assert_int_eq(ask(&check, 1, &e), 0);
	ck_assert_int_eq(strncmp(check.state, "UNKNOWN: ", 9), 0);
	ck_assert_ptr_nonnull(strstr(check.state, "past its 1 s"));
	ck_assert(!check.running);
}
END_TEST

START_TEST(a_hook_that_cannot_be_run_is_unknown)
{
	struct check check;
	struct err e;

	scratch_script(HOOK, "#!/nowhere/sh\necho OK\n");
	ck_assert_int_eq(ask(&check, 0, &e), 0);
	ck_assert_int_eq(strncmp(check.state, "UNKNOWN: ", 9), 0);
}
END_TEST

START_TEST(no_service_and_a_busy_one_are_failures_and_unknown)
{
	struct service svc = SERVICE_INIT;
	struct check check;
	struct err e;

	ck_assert_int_eq(ask(&check, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NO_SERVICE);
	ck_assert_int_eq(strncmp(check.state, "UNKNOWN: ", 9), 0);
	scratch_mkdir("services/a1/");
	ck_assert_int_eq(hook_open(&svc, "a1", &lock, &e), 0);
	ck_assert_int_eq(ask(&check, 0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(check.state, "busy"));
	ck_assert(!check.running);
	service_close(&svc);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_loop_test(tc, the_first_line_is_the_state, 0, sizeof table / sizeof *table);
	tcase_add_loop_test(tc, a_service_without_the_hook_is_ok, 0, 2);
	tcase_add_test(tc, a_directory_without_bin_is_unknown);
	tcase_add_test(tc, a_hook_past_its_time_is_unknown_whatever_it_said);
	tcase_add_test(tc, a_hook_that_cannot_be_run_is_unknown);
	tcase_add_test(tc, no_service_and_a_busy_one_are_failures_and_unknown);
}
