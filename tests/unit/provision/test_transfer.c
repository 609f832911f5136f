/* SPDX-License-Identifier: MIT */
/* test_transfer - files that are sent to hosts. */
#include "provision/transfer.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(a_file_is_sent_where_it_is_not_yet)
{
	char remote[PATH_MAX];

	task_of("web-1", 1);
	ck_assert_int_eq(transfer_send(&task, scratch_path("image.zip"), "abc", remote), 0);
	ck_assert_str_eq(remote, "/there/file");
	ck_assert_str_eq(fleet_asked, "10.0.0.2 receiveFile --have abc 8 .zip\n"
				      "10.0.0.2 receiveFile abc 8 .zip\n");
	ck_assert_int_eq(transfer_drop(&task, "image.zip", "abc"), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "receiveFile --drop abc 0 .zip\n"));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	char remote[PATH_MAX];

	task_of("web-1", 1);
	ck_assert_int_eq(transfer_send(&task, scratch_path("none.zip"), "abc", remote), -1);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "none.zip"));
	ck_assert_str_eq(fleet_asked, "");
}
END_TEST

START_TEST(an_answer_is_an_absolute_path)
{
	const char *words[] = {"receiveFile", NULL};
	char remote[PATH_MAX];

	task_of("web-1", 1)->call.words = words;
	ck_assert_int_eq(transfer_path(&task, "/a b\nmore\n", remote), 0);
	ck_assert_str_eq(remote, "/a b");
	ck_assert_int_eq(transfer_path(&task, "a\n", remote), -1);
	ck_assert_int_eq(transfer_path(&task, NULL, remote), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_file_is_sent_where_it_is_not_yet);
	tcase_add_test(tc, a_file_that_is_not_there_is_named);
	tcase_add_test(tc, an_answer_is_an_absolute_path);
}
