/* SPDX-License-Identifier: MIT */
/* test_central - a directory is read whole and believed in nothing. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "image/central.h"

static unsigned char *archive; /* a sound one, of two files and a directory */
static size_t archive_len;
static struct central central;
static struct err err;

static void
add(zip_t *zip, const char *name, const char *text)
{
	zip_source_t *source = zip_source_buffer(zip, text, strlen(text), 0);

	ck_assert_ptr_nonnull(source);
	ck_assert_int_ge(zip_file_add(zip, name, source, 0), 0);
}

static void
setup(void)
{
	zip_error_t error;
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);

	ck_assert_ptr_nonnull(zip);
	zip_source_keep(source);
	add(zip, "bin/start",
	    "#!/bin/sh\necho a line that is worth deflating, deflating, deflating\n");
	ck_assert_int_ge(zip_dir_add(zip, "cfg", 0), 0);
	add(zip, "www/page", "a page of the site, a page of the site, a page of the site\n");
	ck_assert_int_eq(zip_close(zip), 0);
	ck_assert_int_eq(zip_source_open(source), 0);
	zip_source_seek(source, 0, SEEK_END);
	archive_len = (size_t)zip_source_tell(source);
	zip_source_seek(source, 0, SEEK_SET);
	archive = malloc(archive_len);
	ck_assert_int_eq(zip_source_read(source, archive, archive_len), (zip_int64_t)archive_len);
	zip_source_free(source);
	central = CENTRAL_INIT;
	err = ERR_INIT;
}

static void
teardown(void)
{
	central_free(&central);
	free(archive);
}

static int
read_bytes(const void *data, size_t len)
{
	int result, fd = memfd_create("archive", 0);

	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	central_free(&central);
	err = ERR_INIT;
	result = central_read(&central, fd, 100, &err);
	close(fd);
	return result;
}

static void
assert_refused(const char *why)
{
	ck_assert_msg(read_bytes(archive, archive_len) == -1, "%s was taken", why);
	ck_assert_int_eq(err_status(&err), 65);
}

static size_t
directory_start(void)
{
	const unsigned char *end = archive + archive_len - 22;

	return end[16] | (size_t)end[17] << 8;
}

START_TEST(a_sound_archive_is_read_whole)
{
	ck_assert_int_eq(read_bytes(archive, archive_len), 0);
	ck_assert_uint_eq(central.n_entries, 3);
	ck_assert_mem_eq(central.names, "bin/startcfg/www/page", 21);
	ck_assert_uint_eq(central.entries[0].offset, 0);
	ck_assert_uint_eq(central.entries[0].method, CENTRAL_DEFLATED);
	ck_assert_uint_eq(central.start, directory_start());
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	for (size_t len = 0; len < archive_len; len++)
		ck_assert_msg(read_bytes(archive, len) == -1, "%zu bytes were taken", len);
}
END_TEST

START_TEST(a_comment_is_fine_and_other_trailing_bytes_are_not)
{
	unsigned char *longer = malloc(archive_len + 5);

	memcpy(longer, archive, archive_len);
	memcpy(longer + archive_len, "12345", 5);
	ck_assert_int_eq(read_bytes(longer, archive_len + 5), -1);
	longer[archive_len - 2] = 5; /* the length of the comment */
	ck_assert_int_eq(read_bytes(longer, archive_len + 5), 0);
	free(longer);
}
END_TEST

START_TEST(bytes_before_the_archive_are_refused)
{
	unsigned char *longer = malloc(archive_len + 1);

	longer[0] = 'x';
	memcpy(longer + 1, archive, archive_len);
	ck_assert_int_eq(read_bytes(longer, archive_len + 1), -1);
	free(longer);
}
END_TEST

/* Offsets within the end record, and what is added there. */
static const struct {
	const char *what;
	size_t from_end;
	unsigned char add;
} end_lies[] = {
	{"one entry more than there are", 12, 1},
	{"another count of this disk's entries", 14, 1},
	{"another disk", 18, 1},
	{"a directory that is longer", 10, 1},
	{"a directory that starts later", 6, 1},
};

START_TEST(an_end_record_that_lies_is_refused)
{
	archive[archive_len - end_lies[_i].from_end] += end_lies[_i].add;
	assert_refused(end_lies[_i].what);
}
END_TEST

/* Offsets within the first entry of the directory. */
static const struct {
	const char *what;
	size_t at;
	unsigned char add;
} entry_lies[] = {
	{"a signature that is none", 0, 1},
	{"a name that is longer", 28, 1},
	{"an extra field that is longer", 30, 1},
	{"an entry of another disk", 34, 1},
	{"compressed data past the directory", 22, 1},
	{"compressed data over the next entry", 20, 8},
	{"an entry past the directory", 44, 1},
};

START_TEST(an_entry_that_lies_is_refused)
{
	archive[directory_start() + entry_lies[_i].at] += entry_lies[_i].add;
	assert_refused(entry_lies[_i].what);
}
END_TEST

START_TEST(a_name_with_a_nul_is_refused)
{
	archive[directory_start() + 46 + 3] = '\0';
	assert_refused("a NUL");
	ck_assert_ptr_nonnull(strstr(err.msg, "NUL"));
}
END_TEST

START_TEST(two_entries_of_the_same_bytes_are_refused)
{
	unsigned char *second = archive + directory_start();

	while (memcmp(second, "PK\1\2", 4) != 0 || memcmp(second + 46, "www", 3) != 0)
		second++;
	memset(second + 42, 0, 4); /* the third entry's local header is the first's */
	assert_refused("an overlap");
	ck_assert_ptr_nonnull(strstr(err.msg, "overlap"));
}
END_TEST

START_TEST(more_entries_than_the_limit_are_refused)
{
	int fd = memfd_create("archive", 0);

	ck_assert_int_eq(write(fd, archive, archive_len), (ssize_t)archive_len);
	ck_assert_int_eq(central_read(&central, fd, 2, &err), -1);
	ck_assert_int_eq(err_status(&err), 65);
	close(fd);
}
END_TEST

START_TEST(data_is_found_behind_the_local_header)
{
	size_t skip = 0;

	ck_assert_int_eq(read_bytes(archive, archive_len), 0);
	ck_assert_int_eq(
		central_find_data(&central, &central.entries[0], archive, archive_len, &skip, &err),
		0);
	ck_assert_uint_ge(skip, 30 + 9);
	ck_assert_uint_le(skip + central.entries[0].compressed, central.entries[1].offset);
}
END_TEST

/* Offsets within the first local header. */
static const size_t local_lies[] = {0, 6, 8, 14, 18, 22, 26, 31};

START_TEST(a_local_header_that_differs_is_refused)
{
	size_t skip = 0;

	ck_assert_int_eq(read_bytes(archive, archive_len), 0);
	archive[local_lies[_i]] ^= 0x10;
	ck_assert_int_eq(
		central_find_data(&central, &central.entries[0], archive, archive_len, &skip, &err),
		-1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

#define N(table) ((int)(sizeof(table) / sizeof *(table)))

int
main(void)
{
	Suite *suite = suite_create("central");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_sound_archive_is_read_whole);
	tcase_add_test(tcase, every_truncation_is_refused);
	tcase_add_test(tcase, a_comment_is_fine_and_other_trailing_bytes_are_not);
	tcase_add_test(tcase, bytes_before_the_archive_are_refused);
	tcase_add_loop_test(tcase, an_end_record_that_lies_is_refused, 0, N(end_lies));
	tcase_add_loop_test(tcase, an_entry_that_lies_is_refused, 0, N(entry_lies));
	tcase_add_test(tcase, a_name_with_a_nul_is_refused);
	tcase_add_test(tcase, two_entries_of_the_same_bytes_are_refused);
	tcase_add_test(tcase, more_entries_than_the_limit_are_refused);
	tcase_add_test(tcase, data_is_found_behind_the_local_header);
	tcase_add_loop_test(tcase, a_local_header_that_differs_is_refused, 0, N(local_lies));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
