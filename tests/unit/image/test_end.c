/* SPDX-License-Identifier: MIT */
/* test_end - the end of an archive is found where it is, and nowhere else. */
#include "image/end.h"

#include "base/buf.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct buf zip; /* the file that is being made */
static struct end end;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
	zip = BUF_INIT;
}

static void
finish(void)
{
	buf_free(&zip);
	scratch_teardown();
}

static void
put(uint64_t value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8) {
		char byte = (char)(value & 0xff);

		ck_assert_int_eq(buf_add(&zip, &byte, 1, &err), 0);
	}
}

static void
put_text(const char *text, size_t len)
{
	ck_assert_int_eq(buf_add(&zip, text, len, &err), 0);
}

/* APPNOTE 4.3.16 */
static void
put_end(uint16_t n, uint32_t size, uint32_t offset, uint16_t comment)
{
	put(0x06054b50, 4);
	put(0, 4); /* this disk, the directory's */
	put(n, 2);
	put(n, 2);
	put(size, 4);
	put(offset, 4);
	put(comment, 2);
}

/* APPNOTE 4.3.14 and 4.3.15 */
static void
put_end64(uint64_t n, uint64_t size, uint64_t offset)
{
	uint64_t at = zip.len;

	put(0x06064b50, 4);
	put(44, 8);
	put(45, 2);
	put(45, 2);
	put(0, 8);
	put(n, 8);
	put(n, 8);
	put(size, 8);
	put(offset, 8);
	put(0x07064b50, 4);
	put(0, 4);
	put(at, 8);
	put(1, 4);
}

/* What the file holds by now; the first len bytes of it. */
static int
find_in(size_t len)
{
	struct arrival image;
	int fd, result;

	scratch_write_bytes("image", zip.data ? zip.data : "", len);
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	err = ERR_INIT;
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	result = end_find(&image, &end, &err);
	arrival_close(&image);
	close(fd);
	return result;
}

static void
refused(size_t len, const char *words)
{
	ck_assert_int_eq(find_in(len), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "structure");
	ck_assert_msg(strstr(err.msg, words) != NULL, "'%s' not in '%s'", words, err.msg);
}

START_TEST(an_end_without_a_comment)
{
	put_text("directory", 9);
	put_end(3, 9, 0, 0);
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.position, 9);
	ck_assert_uint_eq(end.n_entries, 3);
	ck_assert_uint_eq(end.size, 9);
	ck_assert_uint_eq(end.offset, 0);
}
END_TEST

START_TEST(an_end_with_a_comment_of_any_length)
{
	static const size_t lens[] = {1, 21, 22, 23, 1000, 65535};
	char *comment = calloc(1, 65535);

	put_text("directory", 9);
	put_end(3, 9, 0, (uint16_t)lens[_i]);
	put_text(comment, lens[_i]);
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.position, 9);
	ck_assert_uint_eq(end.n_entries, 3);
	free(comment);
}
END_TEST

START_TEST(a_comment_that_is_longer_or_shorter_than_it_says)
{
	put_text("directory", 9);
	put_end(3, 9, 0, 5);
	put_text("12345", 5);
	refused(zip.len - 1, "its directory is missing");
	put_text("6", 1);
	refused(zip.len, "there are more bytes behind its end");
}
END_TEST

/* Whatever is in front of the end or behind it: one record alone reaches to the end of the file. */
START_TEST(a_record_within_the_comment_is_none)
{
	put_text("directory", 9);
	put_end(3, 9, 0, 30);
	put_end(1, 1, 1, 0); /* ends 8 bytes before the file does */
	put_text("12345678", 8);
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.position, 9);
	ck_assert_uint_eq(end.n_entries, 3);
}
END_TEST

START_TEST(of_two_that_reach_to_the_end_the_last_counts)
{
	put_text("directory", 9);
	put_end(3, 9, 0, 22);
	put_end(1, 31, 0, 0);
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.position, 31);
	ck_assert_uint_eq(end.n_entries, 1);
}
END_TEST

START_TEST(cut_off_anywhere_it_is_refused)
{
	put_text("directory", 9);
	put_end(3, 9, 0, 4);
	put_text("word", 4);
	for (size_t len = 0; len < zip.len; len++)
		refused(len, "its directory is missing");
	ck_assert_int_eq(find_in(zip.len), 0);
}
END_TEST

/* What the end record says beside a zip64 record of 3 entries, 9 bytes, at 0. */
static const struct {
	uint16_t n;
	uint32_t size, offset;
	bool agrees;
} smalls[] = {
	{3, 9, 0, true},       {0xffff, 0xffffffff, 0xffffffff, true},
	{0xffff, 9, 0, true},  {4, 9, 0, false},
	{3, 8, 0, false},      {3, 9, 1, false},
	{0xfffe, 9, 0, false}, {3, 0xfffffffe, 0, false},
};

START_TEST(a_zip64_record_has_to_agree)
{
	put_text("directory", 9);
	put_end64(3, 9, 0);
	put_end(smalls[_i].n, smalls[_i].size, smalls[_i].offset, 0);
	if (!smalls[_i].agrees) {
		refused(zip.len, "its two end records disagree");
		return;
	}
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.position, 9);
	ck_assert_uint_eq(end.n_entries, 3);
	ck_assert_uint_eq(end.size, 9);
	ck_assert_uint_eq(end.offset, 0);
}
END_TEST

START_TEST(numbers_that_take_zip64)
{
	put_text("directory", 9);
	put_end64(70000, UINT64_C(1) << 33, UINT64_C(1) << 34);
	put_end(0xffff, 0xffffffff, 0xffffffff, 0);
	ck_assert_int_eq(find_in(zip.len), 0);
	ck_assert_uint_eq(end.n_entries, 70000);
	ck_assert_uint_eq(end.size, UINT64_C(1) << 33);
	ck_assert_uint_eq(end.offset, UINT64_C(1) << 34);
}
END_TEST

/* A byte that is changed, by its place from the start of the zip64 record, and what becomes of it.
 */
static const struct {
	size_t at;
	unsigned char value;
	const char *words;
} damages[] = {
	{0, 0, "its zip64 record is damaged"},
	{4, 45, "its zip64 record is damaged"}, /* its length */
	{4, 0, "its zip64 record is damaged"},
	{16, 1, "it is spread over several disks"},
	{20, 1, "it is spread over several disks"},
	{24, 9, "it is spread over several disks"},	/* entries on this disk, and in all */
	{56 + 4, 1, "it is spread over several disks"}, /* the locator */
	{56 + 16, 0, NULL},				/* some count the disks from there */
	{56 + 16, 2, "it is spread over several disks"},
	{56 + 8, 200, "its zip64 record is not where it should be"},
	{56 + 15, 0x80, "its zip64 record is not where it should be"},
	{56 + 8, 10, "its zip64 record is not where it should be"}, /* no room for it */
	{56 + 8, 8, "its zip64 record is damaged"},
	{76 + 4, 1, NULL}, /* disks in the end record are left to zip64 */
};

START_TEST(a_zip64_record_that_is_damaged)
{
	put_text("directory", 9);
	put_end64(3, 9, 0);
	put_end(3, 9, 0, 0);
	zip.data[9 + damages[_i].at] = (char)damages[_i].value;
	if (damages[_i].words)
		refused(zip.len, damages[_i].words);
	else
		ck_assert_int_eq(find_in(zip.len), 0);
}
END_TEST

START_TEST(several_disks_are_refused)
{
	static const size_t at[] = {4, 6, 8};

	put_text("directory", 9);
	put_end(3, 9, 0, 0);
	zip.data[9 + at[_i]] = 7;
	refused(zip.len, "it is spread over several disks");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, an_end_without_a_comment);
	tcase_add_loop_test(tc, an_end_with_a_comment_of_any_length, 0, 6);
	tcase_add_test(tc, a_comment_that_is_longer_or_shorter_than_it_says);
	tcase_add_test(tc, a_record_within_the_comment_is_none);
	tcase_add_test(tc, of_two_that_reach_to_the_end_the_last_counts);
	tcase_add_test(tc, cut_off_anywhere_it_is_refused);
	tcase_add_loop_test(tc, a_zip64_record_has_to_agree, 0, COUNT(smalls));
	tcase_add_test(tc, numbers_that_take_zip64);
	tcase_add_loop_test(tc, a_zip64_record_that_is_damaged, 0, COUNT(damages));
	tcase_add_loop_test(tc, several_disks_are_refused, 0, 3);
}
