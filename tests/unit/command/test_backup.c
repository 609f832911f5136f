/* SPDX-License-Identifier: MIT */
/* test_backup - the file that a hook backs something up to. */
#include "command/backup.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "tests.h"

static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
}

START_TEST(a_place_is_told_from_the_root)
{
	char path[PATH_MAX], here[PATH_MAX], expected[PATH_MAX + 8];

	ck_assert_int_eq(backup_place(scratch_path("b"), path, &err), 0);
	ck_assert_str_eq(path, scratch_path("b"));
	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	snprintf(expected, sizeof expected, "%s/b", here);
	ck_assert_int_eq(backup_place("b", path, &err), 0);
	ck_assert_str_eq(path, expected);
}
END_TEST

START_TEST(no_directory_is_no_place)
{
	char path[PATH_MAX];

	ck_assert_int_eq(backup_place(scratch_path("none/b"), path, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "there is no place for the backup"));
}
END_TEST

START_TEST(one_that_was_made_is_its_owner_s_alone)
{
	scratch_write("b", "x");
	ck_assert_int_eq(fchmodat(scratch_fd, "b", 0664, 0), 0);
	ck_assert_int_eq(backup_check(scratch_path("b"), &err), 0);
	ck_assert_uint_eq(scratch_mode("b"), 0600);
}
END_TEST

START_TEST(one_that_was_not_is_refused)
{
	ck_assert_int_eq(backup_check(scratch_path("none"), &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "is not there"));
	scratch_write("empty", "");
	scratch_mkdir("directory/");
	ck_assert_int_eq(symlinkat("empty", scratch_fd, "link"), 0);
	err = ERR_INIT;
	ck_assert_int_eq(backup_check(scratch_path("empty"), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "is empty"));
	err = ERR_INIT;
	ck_assert_int_eq(backup_check(scratch_path("directory"), &err), -1);
	err = ERR_INIT;
	ck_assert_int_eq(backup_check(scratch_path("link"), &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_test(tc, a_place_is_told_from_the_root);
	tcase_add_test(tc, no_directory_is_no_place);
	tcase_add_test(tc, one_that_was_made_is_its_owner_s_alone);
	tcase_add_test(tc, one_that_was_not_is_refused);
}
