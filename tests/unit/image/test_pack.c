/* SPDX-License-Identifier: MIT */
/* test_pack - a tree as an archive, and the archive as a tree again. */
#include "image/pack.h"

#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/fd.h"
#include "scratch.h"
#include "tests.h"

static struct pack counts;
static struct err err;
static int tree_fd;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
	scratch_mkdir("tree/empty/");
	scratch_write("tree/a", "first\n");
	scratch_write("tree/sub/b", "");
	scratch_write("tree/.hidden", "dots are for others to judge");
	ck_assert_int_eq(symlinkat("../a", scratch_fd, "tree/sub/link"), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "tree/a", 0750, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "tree/empty", 0700, 0), 0);
	tree_fd = open(scratch_path("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
end(void)
{
	fd_close(&tree_fd);
	scratch_teardown();
}

static bool
skip_none(void *arg, const char *path, bool is_directory)
{
	(void)arg;
	(void)path;
	(void)is_directory;
	return false;
}

static bool
skip_sub(void *arg, const char *path, bool is_directory)
{
	(void)arg;
	ck_assert_int_eq(is_directory, strcmp(path, "sub") == 0 || strcmp(path, "empty") == 0);
	return strcmp(path, "sub") == 0;
}

static int
pack(pack_skip_fn *skip, bool (*is_cancelled)(void))
{
	const struct pack_options options = {skip, NULL, is_cancelled};

	return pack_tree(tree_fd, scratch_path("out.zip"), &options, &counts, &err);
}

/* The content of an entry, its mode into *mode; NULL for none. */
static const char *
entry(const char *name, mode_t *mode)
{
	static char text[256];
	zip_t *archive = zip_open(scratch_path("out.zip"), ZIP_RDONLY | ZIP_CHECKCONS, NULL);
	zip_int64_t index, n = 0;
	zip_uint32_t attributes = 0;
	zip_file_t *file;
	zip_uint8_t system;

	ck_assert_ptr_nonnull(archive);
	index = zip_name_locate(archive, name, 0);
	if (index >= 0) {
		zip_file_get_external_attributes(archive, (zip_uint64_t)index, 0, &system,
						 &attributes);
		file = zip_fopen_index(archive, (zip_uint64_t)index, 0);
		n = zip_fread(file, text, sizeof text - 1);
		zip_fclose(file);
		text[n > 0 ? n : 0] = '\0';
	}
	zip_discard(archive);
	*mode = (mode_t)(attributes >> 16);
	return index < 0 ? NULL : text;
}

START_TEST(everything_is_in_it)
{
	mode_t mode;

	ck_assert_msg(pack(skip_none, NULL) == 0, "%s", err.msg);
	ck_assert_uint_eq(counts.n_entries, 6);
	ck_assert_str_eq(entry("a", &mode), "first\n");
	ck_assert_uint_eq(mode, S_IFREG | 0750);
	ck_assert_str_eq(entry("sub/b", &mode), "");
	ck_assert_str_eq(entry("sub/link", &mode), "../a");
	ck_assert(S_ISLNK(mode));
	ck_assert_ptr_nonnull(entry("empty/", &mode));
	ck_assert_uint_eq(mode, S_IFDIR | 0700);
	ck_assert_ptr_nonnull(entry(".hidden", &mode));
}
END_TEST

START_TEST(what_is_to_be_left_out_is_with_all_beneath_it)
{
	mode_t mode;

	ck_assert_int_eq(pack(skip_sub, NULL), 0);
	ck_assert_uint_eq(counts.n_entries, 3);
	ck_assert_ptr_null(entry("sub/b", &mode));
	ck_assert_ptr_null(entry("sub/", &mode));
	ck_assert_ptr_nonnull(entry("a", &mode));
}
END_TEST

START_TEST(what_is_neither_file_nor_directory_nor_link_is_counted)
{
	mode_t mode;

	ck_assert_int_eq(mkfifoat(scratch_fd, "tree/fifo", 0600), 0);
	ck_assert_int_eq(pack(skip_none, NULL), 0);
	ck_assert_uint_eq(counts.n_odd, 1);
	ck_assert_ptr_null(entry("fifo", &mode));
}
END_TEST

/* Between the walk and the writing: the first question whether to go on comes in between. */
static bool
lose_a(void)
{
	unlinkat(scratch_fd, "tree/a", 0);
	return false;
}

static bool
link_a(void)
{
	unlinkat(scratch_fd, "tree/a", 0);
	(void)!symlinkat("/etc/passwd", scratch_fd, "tree/a");
	return false;
}

static bool
cancel(void)
{
	return true;
}

START_TEST(a_file_that_goes_away_is_empty)
{
	mode_t mode;

	ck_assert_msg(pack(skip_none, _i ? link_a : lose_a) == 0, "%s", err.msg);
	ck_assert_uint_eq(counts.n_lost, 1);
	ck_assert_str_eq(entry("a", &mode), "");
}
END_TEST

START_TEST(one_that_is_cancelled_leaves_the_old_file)
{
	scratch_write("out.zip", "old");
	ck_assert_int_eq(pack(skip_none, cancel), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "cancelled"));
	ck_assert_str_eq(scratch_read("out.zip"), "old");
}
END_TEST

START_TEST(a_place_that_is_none_is_an_error)
{
	ck_assert_int_eq(pack_tree(tree_fd, scratch_path("none/out.zip"),
				   &(struct pack_options){.skip = skip_none}, &counts, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_IO);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, everything_is_in_it);
	tcase_add_test(tc, what_is_to_be_left_out_is_with_all_beneath_it);
	tcase_add_test(tc, what_is_neither_file_nor_directory_nor_link_is_counted);
	tcase_add_loop_test(tc, a_file_that_goes_away_is_empty, 0, 2);
	tcase_add_test(tc, one_that_is_cancelled_leaves_the_old_file);
	tcase_add_test(tc, a_place_that_is_none_is_an_error);
}
