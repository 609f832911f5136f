/* SPDX-License-Identifier: MIT */
/* test_unpack - what was packed comes out, whole and checked, or is refused. */
#include "image/unpack.h"

#include "scratch_tar.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX (400u * 1024)
#define KINDS 3

static unsigned char *text, *packed, *got;
static size_t n_packed, n_got;
static struct err err;

static void
begin(void)
{
	unsigned seed = 5;

	scratch_setup();
	err = ERR_INIT;
	n_packed = n_got = 0;
	text = malloc(MAX);
	packed = malloc(2 * MAX);
	got = malloc(2 * MAX);
	for (size_t i = 0; i < MAX; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (unsigned char)("abcdefghijklmnop"[seed >> 28]);
	}
}

static void
finish(void)
{
	free(text);
	free(packed);
	free(got);
	scratch_teardown();
}

/* Adds a stream of the first len bytes of the text. */
static void
pack(int kind, size_t len)
{
	unsigned char *end = packed + n_packed;
	size_t room = 2 * MAX - n_packed;

	n_packed += kind == UNPACK_GZIP	   ? scratch_gzip(text, len, end, room)
		    : kind == UNPACK_BZIP2 ? scratch_bzip2(text, len, end, room)
					   : scratch_xz(text, len, end, room);
}

/* Unpacks the first len bytes of what is packed; -1 when that is refused. */
static int
unpack(int kind, size_t len)
{
	struct arrival image;
	struct unpack *u;
	const void *data;
	size_t n = 0;
	int fd, result;

	scratch_write_bytes("image", packed, len);
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	err = ERR_INIT;
	n_got = 0;
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	u = unpack_open(&image, (enum unpack_kind)kind, &err);
	ck_assert_ptr_nonnull(u);
	while (!(result = unpack_next(u, &data, &n, &err)) && n) {
		ck_assert_uint_le(n_got + n, 2 * MAX);
		memcpy(got + n_got, data, n);
		n_got += n;
	}
	unpack_close(u);
	arrival_close(&image);
	close(fd);
	return result;
}

static void
refused(int kind, size_t len)
{
	ck_assert_int_eq(unpack(kind, len), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "data");
}

/* Around the 64 KiB that are read and made at once. */
static const size_t sizes[] = {0, 1, 3, 65535, 65536, 65537, 131072, MAX};

START_TEST(a_stream_of_any_size)
{
	int kind = _i % KINDS;

	pack(kind, sizes[_i / KINDS]);
	ck_assert_msg(unpack(kind, n_packed) == 0, "%s", err.msg);
	ck_assert_uint_eq(n_got, sizes[_i / KINDS]);
	ck_assert_mem_eq(got, text, n_got);
}
END_TEST

START_TEST(several_streams_are_one)
{
	pack(_i, 70000);
	pack(_i, 0);
	pack(_i, 1);
	pack(_i, 150000);
	ck_assert_msg(unpack(_i, n_packed) == 0, "%s", err.msg);
	ck_assert_uint_eq(n_got, 220001);
	ck_assert_mem_eq(got, text, 70000);
	ck_assert_int_eq(got[70000], text[0]);
	ck_assert_mem_eq(got + 70001, text, 150000);
}
END_TEST

START_TEST(cut_off_anywhere_it_is_refused)
{
	pack(_i, 1000);
	for (size_t len = 0; len < n_packed; len++)
		refused(_i, len);
	pack(_i, 1000);
	for (size_t len = n_packed / 2 + 1; len < n_packed; len++)
		refused(_i, len);
	ck_assert_int_eq(unpack(_i, n_packed), 0);
}
END_TEST

START_TEST(cut_off_in_a_large_one)
{
	pack(_i, MAX);
	refused(_i, n_packed - 1);
	refused(_i, n_packed / 2);
	refused(_i, 65536);
}
END_TEST

/* Every bit counts but those that say nothing of the content. */
START_TEST(a_damaged_byte_is_refused_or_changes_nothing)
{
	pack(_i, 1000);
	for (size_t at = 0; at < n_packed; at++) {
		packed[at] ^= 0x10;
		if (unpack(_i, n_packed) == 0) {
			ck_assert_msg(_i == UNPACK_GZIP && at >= 4 && at < 10,
				      "byte %zu does not count", at);
			ck_assert_uint_eq(n_got, 1000);
			ck_assert_mem_eq(got, text, 1000);
		} else {
			ck_assert_int_eq(err_status(&err), 65);
		}
		packed[at] ^= 0x10;
	}
}
END_TEST

static const struct {
	const char *tail;
	size_t len;
} tails[] = {{"x", 1},	      {"more", 4}, {"\0\0\0\0\0\0\0\0\0\0", 10},
	     {"\x1f\x8b", 2}, {"BZ", 2},   {"PK\3\4 and whatever follows", 25}};

START_TEST(what_follows_and_is_no_stream_is_refused)
{
	int kind = _i % KINDS;

	pack(kind, 1000);
	memcpy(packed + n_packed, tails[_i / KINDS].tail, tails[_i / KINDS].len);
	n_packed += tails[_i / KINDS].len;
	refused(kind, n_packed);
	ck_assert_ptr_nonnull(strstr(err.msg, "followed by something else"));
}
END_TEST

START_TEST(the_other_kind_is_refused)
{
	pack((_i + 1) % KINDS, 1000);
	refused(_i, n_packed);
}
END_TEST

/* RFC 1952 2.3.1.2: bits that are none yet must be zero. */
START_TEST(a_gzip_of_an_unknown_kind_is_refused)
{
	pack(UNPACK_GZIP, 10);
	packed[3] |= 0x20;
	refused(UNPACK_GZIP, n_packed);
}
END_TEST

/* Source: tukaani.org/xz/xz-file-format.txt, sections 3.1 and 5.3.1. */
START_TEST(an_xz_of_a_huge_dictionary_is_refused)
{
	unsigned char *block = packed + 12, *filter;
	size_t len;

	pack(UNPACK_XZ, 1000);
	len = (block[0] + 1u) * 4 - 4;
	filter = memmem(block, len, "\x21\1", 2); /* LZMA2, with properties of one byte */
	ck_assert_ptr_nonnull(filter);
	for (unsigned bits = 28; bits <= 40; bits++) {
		uint32_t crc;

		filter[2] = (unsigned char)bits; /* 28: 64 MiB, 29: 96, 40: 4 GiB */
		crc = lzma_crc32(block, len, 0);
		for (size_t i = 0; i < 4; i++)
			block[len + i] = (unsigned char)(crc >> 8 * i);
		if (bits == 28) {
			ck_assert_msg(unpack(UNPACK_XZ, n_packed) == 0, "%s", err.msg);
			continue;
		}
		refused(UNPACK_XZ, n_packed);
		ck_assert_ptr_nonnull(strstr(err.msg, "needs more memory"));
	}
}
END_TEST

START_TEST(an_xz_without_a_checksum_is_refused)
{
	ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_NONE, NULL, text, 1000, packed,
						 &n_packed, MAX),
			 LZMA_OK);
	refused(UNPACK_XZ, n_packed);
	ck_assert_ptr_nonnull(strstr(err.msg, "has no checksum"));
}
END_TEST

START_TEST(what_is_lost_on_its_way_is_no_damage)
{
	struct arrival image;
	const void *data;
	struct unpack *u;
	size_t n;
	int fd;

	pack(_i, MAX);
	scratch_write_bytes("image", packed, n_packed);
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	arrival_open(&image, fd);
	arrival_tell(&image, n_packed, 1000, n_packed);
	arrival_end(&image, false);
	u = unpack_open(&image, (enum unpack_kind)_i, &err);
	while (unpack_next(u, &data, &n, &err) == 0)
		ck_assert_uint_gt(n, 0);
	ck_assert_int_eq(err_status(&err), 69);
	unpack_close(u);
	unpack_close(NULL);
	arrival_close(&image);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_stream_of_any_size, 0, KINDS * COUNT(sizes));
	tcase_add_loop_test(tc, several_streams_are_one, 0, KINDS);
	tcase_add_loop_test(tc, cut_off_anywhere_it_is_refused, 0, KINDS);
	tcase_add_loop_test(tc, cut_off_in_a_large_one, 0, KINDS);
	tcase_add_loop_test(tc, a_damaged_byte_is_refused_or_changes_nothing, 0, KINDS);
	tcase_add_loop_test(tc, what_follows_and_is_no_stream_is_refused, 0, KINDS * COUNT(tails));
	tcase_add_loop_test(tc, the_other_kind_is_refused, 0, KINDS);
	tcase_add_test(tc, a_gzip_of_an_unknown_kind_is_refused);
	tcase_add_test(tc, an_xz_of_a_huge_dictionary_is_refused);
	tcase_add_test(tc, an_xz_without_a_checksum_is_refused);
	tcase_add_loop_test(tc, what_is_lost_on_its_way_is_no_damage, 0, KINDS);
}
