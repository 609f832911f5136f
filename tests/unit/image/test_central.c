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
#include "image/local.h"
#include "tests.h"

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

/* Reads the directory and compares the local headers with it. */
static int
read_limited(const void *data, size_t len, size_t n_max)
{
	int result, fd = memfd_create("archive", 0);
	struct arrival image;

	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	central_free(&central);
	err = ERR_INIT;
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	result = central_read(&central, &image, n_max, &err) || local_check(&central, &image, &err)
			 ? -1
			 : 0;
	arrival_close(&image);
	close(fd);
	return result;
}

static int
read_bytes(const void *data, size_t len)
{
	return read_limited(data, len, 100);
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

/* The first entry's name is where the headers of the others should be. */
START_TEST(a_name_in_the_place_of_other_entries_is_refused)
{
	enum { N = 1500, HEADER = 46, NAME = 60000, LEN = N * HEADER };
	unsigned char *bytes = calloc(1, LEN + 22), *end = bytes + LEN;

	memset(bytes, 'x', LEN);
	memcpy(bytes, archive + directory_start(), HEADER);
	memset(bytes + 12, 0, HEADER - 12);
	bytes[28] = NAME & 255;
	bytes[29] = NAME >> 8;
	memcpy(end, archive + archive_len - 22, 22);
	end[8] = end[10] = N & 255;
	end[9] = end[11] = N >> 8;
	for (int i = 0; i < 4; i++) {
		end[12 + i] = (unsigned char)(LEN >> 8 * i);
		end[16 + i] = 0;
	}
	ck_assert_int_eq(read_limited(bytes, LEN + 22, N), -1);
	ck_assert_int_eq(err_status(&err), 65);
	free(bytes);
}
END_TEST

START_TEST(more_entries_than_the_limit_are_refused)
{
	ck_assert_int_eq(read_limited(archive, archive_len, 3), 0);
	ck_assert_int_eq(read_limited(archive, archive_len, 2), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "max-entries");
	ck_assert_uint_eq(err.limit, 2);
}
END_TEST

/* An archive of one stored entry, "f" with the bytes "data", all of whose numbers are zip64's. */
struct zip64 {
	unsigned char bytes[512];
	size_t len, extra, end64, locator;
};

static void
put(struct zip64 *z, int n_bytes, uint64_t value)
{
	for (int i = 0; i < n_bytes; i++, value >>= 8)
		z->bytes[z->len++] = (unsigned char)value;
}

/* The fields that the local and the central header have in common, from the flags on. */
static void
put_common(struct zip64 *z, int n_extra)
{
	put(z, 2, 0); /* flags */
	put(z, 2, CENTRAL_STORED);
	put(z, 4, 0x58210000);
	put(z, 4, 0xadf3f363); /* the CRC of "data" */
	put(z, 4, 0xffffffff);
	put(z, 4, 0xffffffff);
	put(z, 2, 1);
	put(z, 2, (uint64_t)n_extra);
}

static struct zip64
make_zip64(void)
{
	struct zip64 z = {.len = 0};
	uint64_t directory, directory_end;

	put(&z, 4, 0x04034b50);
	put(&z, 2, 45);
	put_common(&z, 20);
	put(&z, 1, 'f');
	put(&z, 2, 1);
	put(&z, 2, 16);
	put(&z, 8, 4);
	put(&z, 8, 4);
	memcpy(z.bytes + z.len, "data", 4);
	z.len += 4;
	directory = z.len;
	put(&z, 4, 0x02014b50);
	put(&z, 2, 45);
	put(&z, 2, 45);
	put_common(&z, 36);
	put(&z, 2, 0); /* comment */
	put(&z, 2, 0); /* disk */
	put(&z, 2, 0);
	put(&z, 4, 0);
	put(&z, 4, 0xffffffff);
	put(&z, 1, 'f');
	put(&z, 2, 0x5455); /* another extra field before it */
	put(&z, 2, 4);
	put(&z, 4, 0);
	z.extra = z.len;
	put(&z, 2, 1);
	put(&z, 2, 24);
	put(&z, 8, 4);
	put(&z, 8, 4);
	put(&z, 8, 0);
	directory_end = z.end64 = z.len;
	put(&z, 4, 0x06064b50);
	put(&z, 8, 44);
	put(&z, 4, 45 | 45 << 16);
	put(&z, 8, 0); /* disks */
	put(&z, 8, 1);
	put(&z, 8, 1);
	put(&z, 8, directory_end - directory);
	put(&z, 8, directory);
	z.locator = z.len;
	put(&z, 4, 0x07064b50);
	put(&z, 4, 0);
	put(&z, 8, directory_end);
	put(&z, 4, 1);
	put(&z, 4, 0x06054b50);
	put(&z, 4, 0);
	put(&z, 2, 0xffff);
	put(&z, 2, 0xffff);
	put(&z, 4, 0xffffffff);
	put(&z, 4, 0xffffffff);
	put(&z, 2, 0);
	return z;
}

START_TEST(a_zip64_archive_is_read)
{
	struct zip64 z = make_zip64();

	ck_assert_msg(read_bytes(z.bytes, z.len) == 0, "%s", err.msg);
	ck_assert_uint_eq(central.n_entries, 1);
	ck_assert_uint_eq(central.entries[0].size, 4);
	ck_assert_uint_eq(central.entries[0].compressed, 4);
	ck_assert_uint_eq(central.entries[0].offset, 0);
}
END_TEST

START_TEST(every_truncation_of_a_zip64_archive_is_refused)
{
	struct zip64 z = make_zip64();

	for (size_t len = 0; len < z.len; len++)
		ck_assert_msg(read_bytes(z.bytes, len) == -1, "%zu bytes were taken", len);
}
END_TEST

/* Where in the archive something is added, counted from the record named. */
static const struct {
	const char *what;
	enum { EXTRA, END64, LOCATOR, END } from;
	size_t at;
} zip64_lies[] = {
	{"a size of 4 GiB more", EXTRA, 8},
	{"compressed data of 4 GiB more", EXTRA, 16},
	{"an offset of 4 GiB more", EXTRA, 24},
	{"a zip64 field that is shorter", EXTRA, 3},
	{"no zip64 field", EXTRA, 0},
	{"a zip64 record that is none", END64, 0},
	{"a longer zip64 record", END64, 4},
	{"another disk", END64, 16},
	{"one entry more", END64, 32},
	{"one entry more on this disk", END64, 24},
	{"a longer directory", END64, 40},
	{"a directory that starts later", END64, 48},
	{"a locator of another disk", LOCATOR, 4},
	{"a locator that points elsewhere", LOCATOR, 8},
	{"a locator far away", LOCATOR, 15},
	{"two disks", LOCATOR, 16},
	{"an end record that disagrees in the count", END, 10},
	{"an end record that disagrees in the size", END, 12},
	{"an end record that disagrees in the offset", END, 16},
};

START_TEST(a_zip64_archive_that_lies_is_refused)
{
	struct zip64 z = make_zip64();
	const size_t from[] = {z.extra, z.end64, z.locator, z.len - 22};

	z.bytes[from[zip64_lies[_i].from] + zip64_lies[_i].at]++;
	ck_assert_msg(read_bytes(z.bytes, z.len) == -1, "%s was taken", zip64_lies[_i].what);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

#define N(table) ((int)(sizeof(table) / sizeof *(table)))

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_sound_archive_is_read_whole);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_test(tc, a_comment_is_fine_and_other_trailing_bytes_are_not);
	tcase_add_test(tc, bytes_before_the_archive_are_refused);
	tcase_add_loop_test(tc, an_end_record_that_lies_is_refused, 0, N(end_lies));
	tcase_add_loop_test(tc, an_entry_that_lies_is_refused, 0, N(entry_lies));
	tcase_add_test(tc, a_name_with_a_nul_is_refused);
	tcase_add_test(tc, two_entries_of_the_same_bytes_are_refused);
	tcase_add_test(tc, a_name_in_the_place_of_other_entries_is_refused);
	tcase_add_test(tc, more_entries_than_the_limit_are_refused);
	tcase_add_test(tc, a_zip64_archive_is_read);
	tcase_add_test(tc, every_truncation_of_a_zip64_archive_is_refused);
	tcase_add_loop_test(tc, a_zip64_archive_that_lies_is_refused, 0, N(zip64_lies));
}
