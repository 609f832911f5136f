/* SPDX-License-Identifier: MIT */
/* test_archive - a copy of a service in a file. */
#include "command/archive.h"

#include <signal.h>
#include <string.h>

#include "base/proc.h"
#include "scratch_root.h"
#include "tests.h"

#define HOOK "services/a1/bin/enstratus-backupService"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static struct service svc;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	svc = SERVICE_INIT;
	scratch_write("services/a1/www/index", "page");
	scratch_write("services/a1/cfg/app.conf", "x=y");
	scratch_write("services/a1/cfg/enstratus.cfg", "SECRETSECRET");
	scratch_write("services/a1/cfg/a1.key", "SECRETSECRET");
	scratch_write("services/a1/cfg/a1.cert", "SECRETSECRET");
	scratch_write("services/a1/cfg/.tls", "SECRETSECRET");
	scratch_write("services/a1/www/a1.key", "no delivered one");
	scratch_mkdir("services/a1/bin/");
	scratch_mkdir("b/");
	ck_assert_msg(hook_open(&svc, "a1", &lock, &err) == 0, "%s", err.msg);
}

static void
end(void)
{
	service_close(&svc);
	scratch_root_teardown();
}

static int
back_up(void)
{
	const struct hook_options options = {.timeout_s = 20};

	return archive_service(&svc, scratch_path("b/out"), &options, &err);
}

/* Names of stored entries stand in the file as they are. */
static bool
has(const char *name)
{
	const char *text = scratch_read("b/out");
	struct stat st;

	ck_assert_int_eq(fstatat(scratch_fd, "b/out", &st, 0), 0);
	return memmem(text, (size_t)st.st_size, name, strlen(name)) != NULL;
}

START_TEST(without_a_hook_it_is_an_archive)
{
	ck_assert_msg(back_up() == 0, "%s", err.msg);
	ck_assert_uint_eq(scratch_mode("b/out"), 0600);
	ck_assert(has("www/index") && has("cfg/app.conf") && has("www/a1.key"));
	ck_assert(!has("enstratus.cfg") && !has("cfg/a1.key") && !has("a1.cert") && !has(".tls"));
	ck_assert(!has("SECRET"));
}
END_TEST

START_TEST(what_a_dead_run_left_is_removed)
{
	scratch_write("b/.out.new.AbCdEf", "half");
	scratch_write("b/.out.newer.new.AbCdEf", "that of another backup");
	scratch_write("b/other", "another");
	ck_assert_int_eq(back_up(), 0);
	ck_assert(!scratch_exists("b/.out.new.AbCdEf"));
	ck_assert(scratch_exists("b/.out.newer.new.AbCdEf"));
	ck_assert(scratch_exists("b/other"));
}
END_TEST

START_TEST(a_hook_is_asked_and_checked)
{
	scratch_script(HOOK, "#!/bin/sh\necho \"$1\" >\"$2\"\n");
	ck_assert_msg(back_up() == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("b/out"), "a1\n");
	scratch_script(HOOK, "#!/bin/sh\n: >\"$2\"\n");
	ck_assert_int_eq(back_up(), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	err = ERR_INIT;
	scratch_script(HOOK, "#!/bin/sh\nexit 5\n");
	ck_assert_int_eq(back_up(), -1);
	ck_assert_int_eq(err_status(&err), 5);
}
END_TEST

START_TEST(a_hook_that_is_not_executable_is_none)
{
	scratch_write(HOOK, "#!/bin/sh\nexit 5\n");
	ck_assert_int_eq(back_up(), 0);
	ck_assert(has("www/index"));
}
END_TEST

START_TEST(a_directory_in_its_place_is_refused)
{
	scratch_mkdir("b/out/");
	ck_assert_int_eq(back_up(), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(a_signal_gives_it_up_and_leaves_nothing)
{
	proc_hold_signals();
	raise(SIGTERM);
	ck_assert_int_eq(back_up(), -1);
	ck_assert_int_eq(err_status(&err), 128 + SIGTERM);
	ck_assert(!scratch_exists("b/out"));
	ck_assert_int_eq(rmdir(scratch_path("b")), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, without_a_hook_it_is_an_archive);
	tcase_add_test(tc, what_a_dead_run_left_is_removed);
	tcase_add_test(tc, a_hook_is_asked_and_checked);
	tcase_add_test(tc, a_hook_that_is_not_executable_is_none);
	tcase_add_test(tc, a_directory_in_its_place_is_refused);
	tcase_add_test(tc, a_signal_gives_it_up_and_leaves_nothing);
}
