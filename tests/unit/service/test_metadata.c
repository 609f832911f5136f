/* SPDX-License-Identifier: MIT */
/* test_metadata - the agent's own directories: their mode, and who may remove them. */
#include "service/metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "scratch.h"
#include "tests.h"

static int
open_books(void)
{
	struct err e = ERR_INIT;
	int fd = -1;

	ck_assert_msg(metadata_open(scratch_fd, &fd, &e) == 0, "%s", e.msg);
	return fd;
}

START_TEST(the_directory_is_made_for_the_agent_s_account_and_its_group)
{
	int fd = open_books();

	ck_assert_uint_eq(scratch_mode(METADATA_DIRECTORY), 02770);
	fd_close(&fd);
	/* As a maker leaves it that was killed before it had done so. */
	ck_assert_int_eq(fchmodat(scratch_fd, METADATA_DIRECTORY, 0700, 0), 0);
	fd = open_books();
	ck_assert_uint_eq(scratch_mode(METADATA_DIRECTORY), 02770);
	fd_close(&fd);
}
END_TEST

START_TEST(it_is_told_who_makes_a_directory)
{
	struct err e = ERR_INIT;
	bool made = false;
	int fd = -1;

	ck_assert_int_eq(metadata_make(scratch_fd, "images", &made, &fd, &e), 0);
	ck_assert(made);
	fd_close(&fd);
	ck_assert_int_eq(metadata_make(scratch_fd, "images", &made, &fd, &e), 0);
	ck_assert(!made);
	fd_close(&fd);
	scratch_write("file", "");
	ck_assert_int_eq(metadata_make(scratch_fd, "file", &made, &fd, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.msg, "cannot open the agent's directory 'file'"));
}
END_TEST

START_TEST(a_directory_that_two_hold_is_nobody_s_alone)
{
	int first = open_books(), second = open_books();

	ck_assert(!metadata_is_held_alone(first));
	fd_close(&second);
	ck_assert(metadata_is_held_alone(first));
	fd_close(&first);
	ck_assert(!metadata_is_held_alone(-1));
}
END_TEST

START_TEST(what_was_removed_has_no_name_and_is_made_anew)
{
	int old = -1, fd = -1;

	ck_assert_int_eq(metadata_hold(scratch_fd, "a1", &old), 0);
	ck_assert(metadata_has_name(old, scratch_fd, "a1"));
	ck_assert_int_eq(unlinkat(scratch_fd, "a1", AT_REMOVEDIR), 0);
	ck_assert(!metadata_has_name(old, scratch_fd, "a1"));
	ck_assert_int_eq(metadata_hold(scratch_fd, "a1", &fd), 0);
	ck_assert(metadata_has_name(fd, scratch_fd, "a1"));
	ck_assert(!metadata_has_name(old, scratch_fd, "a1"));
	fd_close(&old);
	fd_close(&fd);
}
END_TEST

START_TEST(a_link_in_its_place_is_not_followed)
{
	int fd = -1;

	scratch_mkdir("elsewhere/");
	ck_assert_int_eq(symlinkat("elsewhere", scratch_fd, "a1"), 0);
	ck_assert_int_eq(metadata_hold(scratch_fd, "a1", &fd), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(a_file_is_for_the_agent_and_root_alike)
{
	int fd;

	umask(077);
	scratch_mkdir("book/");
	fd = metadata_open_file(scratch_fd, "book/file", O_RDWR | O_CREAT);
	ck_assert_int_ge(fd, 0);
	fd_close(&fd);
	ck_assert_uint_eq(scratch_mode("book/file"), 0660);
	ck_assert_int_eq(symlinkat("file", scratch_fd, "book/link"), 0);
	ck_assert_int_lt(metadata_open_file(scratch_fd, "book/link", O_RDWR), 0);
	ck_assert_int_lt(metadata_open_file(scratch_fd, "book/none", O_RDWR), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, the_directory_is_made_for_the_agent_s_account_and_its_group);
	tcase_add_test(tc, it_is_told_who_makes_a_directory);
	tcase_add_test(tc, a_directory_that_two_hold_is_nobody_s_alone);
	tcase_add_test(tc, what_was_removed_has_no_name_and_is_made_anew);
	tcase_add_test(tc, a_link_in_its_place_is_not_followed);
	tcase_add_test(tc, a_file_is_for_the_agent_and_root_alike);
}
