/* SPDX-License-Identifier: MIT */
/* test_removal - an installed service is taken away, with or without what it persists. */
#include "command/removal.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct service_lock_request lock = {.command = "test", .generation = -1};
static struct service svc;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	svc = SERVICE_INIT;
	scratch_write("services/a1/image.ini", "[persist]\npaths=data,www/kept\n");
	scratch_write("services/a1/data/deep/rows", "precious");
	scratch_write("services/a1/www/kept", "mine");
	scratch_write("services/a1/www/lost", "theirs");
	scratch_write("services/a1/bin/x", "");
	ck_assert_int_eq(symlinkat("data", scratch_fd, "services/a1/link"), 0);
	ck_assert_int_eq(service_open(&svc, "a1", &err), 0);
	ck_assert_msg(service_lock(&svc, &lock, &err) == 0, "%s", err.msg);
}

static void
end(void)
{
	service_close(&svc);
	scratch_root_teardown();
}

START_TEST(the_whole_goes)
{
	ck_assert_int_eq(removal_judge(&svc, false, &err), 0);
	ck_assert_msg(removal_perform(&svc, false, &err) == 0, "%s", err.msg);
	ck_assert(!scratch_exists("services/a1"));
	ck_assert_int_eq(rmdir(scratch_path("services/.enstratus/.stage")), 0);
	ck_assert_int_eq(svc.dir_fd, -1);
}
END_TEST

START_TEST(what_persists_stays)
{
	ck_assert_int_eq(removal_judge(&svc, true, &err), 0);
	ck_assert_msg(removal_perform(&svc, true, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("services/a1/data/deep/rows"), "precious");
	ck_assert_str_eq(scratch_read("services/a1/www/kept"), "mine");
	ck_assert(!scratch_exists("services/a1/www/lost"));
	ck_assert(!scratch_exists("services/a1/bin"));
	ck_assert(!scratch_exists("services/a1/link"));
	ck_assert(!scratch_exists("services/a1/image.ini"));
}
END_TEST

START_TEST(nothing_to_persist_is_refused)
{
	scratch_write("services/a1/image.ini", "[image]\nname=x\n");
	ck_assert_int_eq(removal_judge(&svc, true, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	err = ERR_INIT;
	ck_assert_int_eq(removal_perform(&svc, true, &err), -1);
	ck_assert(scratch_exists("services/a1/bin/x"));
}
END_TEST

START_TEST(what_a_dead_run_left_goes_too)
{
	scratch_write("services/.enstratus/.stage/a1.0123abcd/a1/rest", "");
	scratch_write("services/.enstratus/.stage/b1.0123abcd/b1/other", "");
	ck_assert_int_eq(removal_perform(&svc, false, &err), 0);
	ck_assert(!scratch_exists("services/.enstratus/.stage/a1.0123abcd"));
	ck_assert(scratch_exists("services/.enstratus/.stage/b1.0123abcd"));
	/* Also when the service itself is gone. */
	scratch_write("services/.enstratus/.stage/a1.0123abcd/a1/rest", "");
	ck_assert_int_eq(removal_perform(&svc, false, &err), 0);
	ck_assert(!scratch_exists("services/.enstratus/.stage/a1.0123abcd"));
}
END_TEST

START_TEST(a_purge_forgets_it_and_its_images)
{
	scratch_write("services/.enstratus/images/" DIGEST ".zip", "");
	scratch_write("services/.enstratus/a1/history", "");
	ck_assert_msg(removal_purge(&svc, &err) == 0, "%s", err.msg);
	ck_assert(!scratch_exists("services/.enstratus/a1"));
	ck_assert(!scratch_exists("services/.enstratus/images/" DIGEST ".zip"));
}
END_TEST

START_TEST(a_purge_of_a_service_called_images_leaves_those_of_others)
{
	service_close(&svc);
	scratch_mkdir("services/images/bin/");
	scratch_write("services/.enstratus/images/" DIGEST ".zip", "");
	scratch_write("services/.enstratus/a1/state", "[service]\nkept=" DIGEST "\n");
	ck_assert_int_eq(service_open(&svc, "images", &err), 0);
	ck_assert_int_eq(service_lock(&svc, &lock, &err), 0);
	ck_assert_msg(removal_purge(&svc, &err) == 0, "%s", err.msg);
	ck_assert(scratch_exists("services/.enstratus/images/" DIGEST ".zip"));
	ck_assert(!scratch_exists("services/.enstratus/images/state"));
	ck_assert(!scratch_exists("services/.enstratus/images/lock"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, the_whole_goes);
	tcase_add_test(tc, what_persists_stays);
	tcase_add_test(tc, nothing_to_persist_is_refused);
	tcase_add_test(tc, what_a_dead_run_left_goes_too);
	tcase_add_test(tc, a_purge_forgets_it_and_its_images);
	tcase_add_test(tc, a_purge_of_a_service_called_images_leaves_those_of_others);
}
