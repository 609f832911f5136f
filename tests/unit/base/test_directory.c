/* SPDX-License-Identifier: MIT */
/* test_directory - each entry with its path, and removing that follows no link. */
#include "base/directory.h"

#include <check.h>
#include <fcntl.h>

#include "scratch.h"
#include "tests.h"

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static int
note_entry(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct directory_path *path = arg;
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC), result = 0;
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	if (S_ISDIR(st.st_mode))
		result = directory_each_entry(fd, path, note_entry, path, e);
	else
		ck_assert(strcmp(path->text, "a") == 0 || strcmp(path->text, "sub/deep/b") == 0);
	close(fd);
	return result;
}

static int
fail_entry(void *arg, int dir_fd, const char *name, struct err *e)
{
	(void)dir_fd;
	(void)name;
	++*(int *)arg;
	return err_set(e, ERR_IO, "enough");
}

START_TEST(each_entry_is_handed_on_with_its_path)
{
	struct directory_path path = {.len = 0};
	struct err e = ERR_INIT;
	int fd, n = 0;

	scratch_write("tree/a", "");
	scratch_write("tree/sub/deep/b", "");
	fd = open(scratch_path("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(directory_each_entry(fd, &path, note_entry, &path, &e), 0);
	ck_assert_uint_eq(path.len, 0);
	ck_assert_str_eq(path.text, "");
	ck_assert_int_eq(directory_each_entry(fd, &path, fail_entry, &n, &e), -1);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(e.kind, ERR_IO);
	memset(path.text, 'x', sizeof path.text);
	path.len = sizeof path.text - 2;
	e = ERR_INIT;
	ck_assert_int_eq(directory_each_entry(fd, &path, fail_entry, &n, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_int_eq(n, 1);
	close(fd);
}
END_TEST

START_TEST(a_tree_is_removed_and_no_link_followed)
{
	scratch_write("kept/file", "kept");
	scratch_write("tree/a/b/c", "gone");
	scratch_write("tree/.hidden", "gone");
	scratch_mkdir("tree/empty/");
	ck_assert_int_eq(symlinkat("../kept", scratch_fd, "tree/to-directory"), 0);
	ck_assert_int_eq(symlinkat("../../kept/file", scratch_fd, "tree/a/to-file"), 0);
	ck_assert_int_eq(mkfifoat(scratch_fd, "tree/fifo", 0600), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "tree/empty", 0700, 0), 0);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "tree", &err), 0);
	ck_assert(!scratch_exists("tree"));
	ck_assert_str_eq(scratch_read("kept/file"), "kept");
}
END_TEST

START_TEST(a_link_a_file_and_nothing_are_removed)
{
	scratch_write("kept/file", "kept");
	scratch_write("file", "gone");
	ck_assert_int_eq(symlinkat("kept", scratch_fd, "link"), 0);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "link", &err), 0);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "file", &err), 0);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "missing", &err), 0);
	ck_assert(!scratch_exists("link"));
	ck_assert(!scratch_exists("file"));
	ck_assert_str_eq(scratch_read("kept/file"), "kept");
}
END_TEST

START_TEST(removing_leaves_no_descriptor_open)
{
	int first = dup(scratch_fd), last;

	close(first);
	scratch_write("tree/a/b/c/d", "gone");
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "tree", &err), 0);
	last = dup(scratch_fd);
	close(last);
	ck_assert_int_eq(first, last);
}
END_TEST

START_TEST(what_cannot_be_removed_is_told)
{
	bool was_root = geteuid() == 0;
	int result;

	scratch_write("tree/file", "kept");
	ck_assert_int_eq(fchmodat(scratch_fd, "tree", 0555, 0), 0);
	if (was_root)
		ck_assert_int_eq(seteuid(65534), 0);
	result = directory_remove_tree(scratch_fd, "tree", &err);
	if (was_root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "tree", 0755, 0), 0);
	ck_assert_int_eq(result, -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_str_eq(scratch_read("tree/file"), "kept");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, each_entry_is_handed_on_with_its_path);
	tcase_add_test(tc, a_tree_is_removed_and_no_link_followed);
	tcase_add_test(tc, a_link_a_file_and_nothing_are_removed);
	tcase_add_test(tc, removing_leaves_no_descriptor_open);
	tcase_add_test(tc, what_cannot_be_removed_is_told);
}
