/* SPDX-License-Identifier: MIT */
/* test_overlay - one tree laid over another. */
#include "scratch.h"

#include "service/overlay.h"
#include "tests.h"

static struct err err;
static int from = -1, to = -1;

static int
directory(const char *name)
{
	int fd;

	ck_assert_int_eq(mkdir(scratch_path(name), 0755), 0);
	fd = open(scratch_path(name), O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
setup(void)
{
	scratch_setup();
	err = ERR_INIT;
	from = directory("from");
	to = directory("to");
}

static void
teardown(void)
{
	close(from);
	close(to);
	scratch_teardown();
}

static void
assert_text(const char *name, const char *text)
{
	char got[64] = "";
	int fd = open(scratch_path(name), O_RDONLY);

	ck_assert_msg(fd >= 0, "%s is missing", name);
	ck_assert_int_ge(read(fd, got, sizeof got - 1), 0);
	close(fd);
	ck_assert_str_eq(got, text);
}

START_TEST(files_replace_files_and_the_others_stay)
{
	mkdir(scratch_path("from/www"), 0755);
	mkdir(scratch_path("to/www"), 0755);
	scratch_write("from/www/page", "new");
	scratch_write("to/www/page", "old");
	scratch_write("to/www/upload", "theirs");
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	assert_text("to/www/page", "new");
	assert_text("to/www/upload", "theirs");
	ck_assert_int_ne(access(scratch_path("from/www/page"), F_OK), 0);
}
END_TEST

START_TEST(a_missing_directory_is_made_with_its_mode)
{
	struct stat st;

	mkdir(scratch_path("from/deep"), 0755);
	mkdir(scratch_path("from/deep/er"), 0755);
	ck_assert_int_eq(chmod(scratch_path("from/deep/er"), 0751), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	ck_assert_int_eq(stat(scratch_path("to/deep/er"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0751);
}
END_TEST

START_TEST(a_second_call_goes_on_where_the_first_was_cut_off)
{
	mkdir(scratch_path("from/www"), 0755);
	scratch_write("from/www/a", "new");
	scratch_write("from/www/b", "new");
	mkdir(scratch_path("to/www"), 0755);
	scratch_write("to/www/b", "old");
	ck_assert_int_eq(rename(scratch_path("from/www/a"), scratch_path("to/www/a")), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	assert_text("to/www/a", "new");
	assert_text("to/www/b", "new");
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	assert_text("to/www/b", "new");
}
END_TEST

START_TEST(a_link_in_the_place_of_an_empty_directory_is_left)
{
	char target[16] = "";

	mkdir(scratch_path("from/data"), 0755);
	ck_assert_int_eq(symlink("/volume", scratch_path("to/data")), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	ck_assert_int_eq(readlink(scratch_path("to/data"), target, sizeof target), 7);
}
END_TEST

START_TEST(nothing_is_written_through_a_link)
{
	mkdir(scratch_path("outside"), 0755);
	mkdir(scratch_path("from/www"), 0755);
	scratch_write("from/www/page", "new");
	ck_assert_int_eq(symlink(scratch_path("outside"), scratch_path("to/www")), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), -1);
	ck_assert_int_ne(access(scratch_path("outside/page"), F_OK), 0);
}
END_TEST

/* As when somebody puts it there between an update that was cut off and its end. */
START_TEST(what_is_in_the_way_is_named_and_the_next_call_goes_on_without_it)
{
	mkdir(scratch_path("from/www"), 0755);
	mkdir(scratch_path("from/www/app"), 0755);
	scratch_write("from/www/app/page", "new");
	mkdir(scratch_path("to/www"), 0755);
	if (_i)
		scratch_write("to/www/app", "a file");
	else
		ck_assert_int_eq(symlink("releases/1", scratch_path("to/www/app")), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "'www/app'"));
	assert_text("from/www/app/page", "new");
	err = ERR_INIT;
	ck_assert_int_eq(unlink(scratch_path("to/www/app")), 0);
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	assert_text("to/www/app/page", "new");
}
END_TEST

START_TEST(a_link_is_moved_as_a_link)
{
	char target[16] = "";

	ck_assert_int_eq(symlink("page", scratch_path("from/link")), 0);
	scratch_write("to/link", "a file");
	ck_assert_int_eq(overlay_merge(from, to, &err), 0);
	ck_assert_int_eq(readlink(scratch_path("to/link"), target, sizeof target), 4);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, files_replace_files_and_the_others_stay);
	tcase_add_test(tc, a_missing_directory_is_made_with_its_mode);
	tcase_add_test(tc, a_second_call_goes_on_where_the_first_was_cut_off);
	tcase_add_test(tc, a_link_in_the_place_of_an_empty_directory_is_left);
	tcase_add_test(tc, nothing_is_written_through_a_link);
	tcase_add_loop_test(tc, what_is_in_the_way_is_named_and_the_next_call_goes_on_without_it, 0,
			    2);
	tcase_add_test(tc, a_link_is_moved_as_a_link);
}
