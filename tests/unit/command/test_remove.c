/* SPDX-License-Identifier: MIT */
/* test_remove - a service is stopped, cleans up outside, and is taken away. */
#include "command/remove.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

static struct remove_request request;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	request = (struct remove_request){.service_id = "a1",
					  .lock = {.command = "test", .generation = -1}};
	scratch_mkdir("services/a1/bin/");
	scratch_write("services/a1/www/index", "");
}

static void
hook(const char *name, int status)
{
	char path[64], script[4500];

	snprintf(path, sizeof path, "services/a1/bin/enstratus-%s", name);
	snprintf(script, sizeof script, "#!/bin/sh\necho \"%s $1\" >>'%s'\nexit %d\n", name,
		 scratch_path("out"), status);
	scratch_script(path, script);
}

static int
perform(void)
{
	const struct hook_options options = {.timeout_s = 20};

	return remove_service(&request, &options, &err);
}

START_TEST(both_hooks_run_and_it_goes)
{
	hook("stop", 0);
	hook("remove", 0);
	ck_assert_msg(perform() == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("out"), "stop a1\nremove a1\n");
	ck_assert(!scratch_exists("services/a1"));
	ck_assert(scratch_exists("services/.enstratus/a1/history"));
}
END_TEST

START_TEST(without_hooks_it_goes)
{
	ck_assert_msg(perform() == 0, "%s", err.msg);
	ck_assert(!scratch_exists("services/a1"));
}
END_TEST

START_TEST(a_hook_that_fails_keeps_it_unless_it_is_forced)
{
	hook(_i ? "remove" : "stop", 7);
	ck_assert_int_eq(perform(), -1);
	ck_assert_int_eq(err_status(&err), 7);
	ck_assert_ptr_nonnull(strstr(err.msg, "nothing was removed"));
	ck_assert(scratch_exists("services/a1/www/index"));
	err = ERR_INIT;
	request.force = true;
	ck_assert_int_eq(perform(), 0);
	ck_assert(!scratch_exists("services/a1"));
}
END_TEST

START_TEST(what_is_not_there_can_only_be_purged)
{
	ck_assert_int_eq(perform(), 0);
	ck_assert_int_eq(perform(), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
	err = ERR_INIT;
	request.purge = true;
	ck_assert_msg(perform() == 0, "%s", err.msg);
	ck_assert(!scratch_exists("services/.enstratus/a1"));
	ck_assert_int_eq(perform(), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, both_hooks_run_and_it_goes);
	tcase_add_test(tc, without_hooks_it_goes);
	tcase_add_loop_test(tc, a_hook_that_fails_keeps_it_unless_it_is_forced, 0, 2);
	tcase_add_test(tc, what_is_not_there_can_only_be_purged);
}
