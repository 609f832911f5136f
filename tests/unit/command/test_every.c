/* SPDX-License-Identifier: MIT */
/* test_every - one hook of every service. */
#include "command/every.h"

#include <stdlib.h>
#include <string.h>

#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static struct every every;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static int
run(const struct hook *hook)
{
	const struct hook_options options = {.timeout_s = 20};

	return every_run(hook, &lock, &options, &every, &err);
}

/* A service whose hook notes its id and ends so. */
static void
make(const char *id, const char *hook, int status)
{
	char path[128], script[4500];

	snprintf(path, sizeof path, "services/%s/bin/%s", id, hook);
	snprintf(script, sizeof script, "#!/bin/sh\necho \"$1\" >>'%s'\nexit %d\n",
		 scratch_path("out"), status);
	scratch_script(path, script);
}

START_TEST(all_are_asked_in_name_order)
{
	make("b", "enstratus-start", 0);
	make("a10", "enstratus-start", 0);
	make("a9", "enstratus-start", 0);
	make("c", "enstratus-stop", 0);
	ck_assert_msg(run(&HOOK_START) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("out"), "a10\na9\nb\n");
	ck_assert_uint_eq(every.n_done, 3);
	ck_assert_uint_eq(every.n_skipped, 1);
	ck_assert_uint_eq(every.n_failed, 0);
}
END_TEST

START_TEST(one_that_fails_is_counted_and_the_next_one_follows)
{
	make("a", "enstratus-stop", 7);
	make("b", "enstratus-stop", 0);
	make("c", "enstratus-stop", 9);
	scratch_mkdir("services/d/bin/");
	ck_assert_int_eq(run(&HOOK_STOP), 0);
	ck_assert_str_eq(scratch_read("out"), "a\nb\nc\n");
	ck_assert_uint_eq(every.n_done, 1);
	ck_assert_uint_eq(every.n_failed, 2);
	ck_assert_uint_eq(every.n_skipped, 1);
	ck_assert_int_eq(every.status, 7);
}
END_TEST

START_TEST(a_busy_one_has_failed)
{
	struct service holder = SERVICE_INIT;

	make("a", "enstratus-stop", 0);
	make("b", "enstratus-stop", 0);
	ck_assert_int_eq(hook_open(&holder, "a", &lock, &err), 0);
	ck_assert_int_eq(run(&HOOK_STOP), 0);
	service_close(&holder);
	ck_assert_str_eq(scratch_read("out"), "b\n");
	ck_assert_int_eq(every.status, 75);
}
END_TEST

START_TEST(no_services_are_nothing_to_do)
{
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(run(&HOOK_STOP), 0);
	ck_assert_int_eq(err.kind, ERR_NONE);
	ck_assert_uint_eq(every.n_done + every.n_skipped + every.n_failed, 0);
	setenv("ENSTRATUS_SERVICES_DIR", "relative", 1);
	ck_assert_int_eq(run(&HOOK_STOP), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, all_are_asked_in_name_order);
	tcase_add_test(tc, one_that_fails_is_counted_and_the_next_one_follows);
	tcase_add_test(tc, a_busy_one_has_failed);
	tcase_add_test(tc, no_services_are_nothing_to_do);
}
