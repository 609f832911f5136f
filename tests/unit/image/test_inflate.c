/* SPDX-License-Identifier: MIT */
/* test_inflate - bytes come out whole, in pieces of any size, or not at all. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "image/central.h"
#include "image/inflate.h"
#include "image/local.h"
#include "tests.h"

/* The large text is decoded in pieces, the small one at once where it has the room. */
#define LARGE (1000u * 1000)
#define SMALL (100u * 1000)

static char *text, *got;
static size_t text_len;
static int fd;
static struct arrival image;
static struct central central;
static struct inflate *in;
static struct err err;

/* A text that deflates, but not to nothing, in an archive: deflated, then stored. */
static void
setup(size_t len)
{
	char path[] = "/tmp/inflate.XXXXXX";
	unsigned seed = 7;
	zip_t *zip;
	int temporary = mkstemp(path), code;

	text_len = len;
	text = malloc(text_len);
	got = malloc(text_len + 1);
	for (size_t i = 0; i < text_len; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)("abcdefgh \n"[(seed >> 16) % 10]);
	}
	close(temporary);
	zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
	ck_assert_ptr_nonnull(zip);
	for (zip_uint64_t i = 0; i < 2; i++) {
		ck_assert_int_ge(zip_file_add(zip, i ? "stored" : "deflated",
					      zip_source_buffer(zip, text, text_len, 0), 0),
				 0);
		zip_set_file_compression(zip, i, i ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
	}
	ck_assert_int_eq(zip_close(zip), 0);
	fd = open(path, O_RDWR);
	unlink(path);
	central = CENTRAL_INIT;
	err = ERR_INIT;
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	ck_assert_int_eq(central_read(&central, &image, 10, &err), 0);
	in = inflate_new();
	ck_assert_ptr_nonnull(in);
}

static void
setup_large(void)
{
	setup(LARGE);
}

static void
setup_small(void)
{
	setup(SMALL);
}

static void
teardown(void)
{
	inflate_free(in);
	central_free(&central);
	arrival_close(&image);
	close(fd);
	free(text);
	free(got);
}

static uint64_t
data_offset(size_t i)
{
	struct inflate_piece header;
	size_t skip = 0;

	ck_assert_int_eq(inflate_peek(in, &image, central.entries[i].offset, 100, &header, &err),
			 0);
	ck_assert_int_eq(local_find_data(&central, &central.entries[i], header.data, header.len,
					 &skip, &err),
			 0);
	return central.entries[i].offset + skip;
}

/* Reads all in pieces of at most `piece` bytes; -1 when it is refused. */
static int
read_all(size_t piece, size_t *len)
{
	size_t n;

	*len = 0;
	do {
		size_t room = text_len + 1 - *len;

		if (inflate_next(in, got + *len, room < piece ? room : piece, &n, &err))
			return -1;
		*len += n;
	} while (n);
	return 0;
}

static const size_t pieces[] = {13, 4096, 65536, 131072, LARGE + 1};

START_TEST(pieces_of_any_size_make_the_whole)
{
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		inflate_start(in, &image, data_offset(i), central.entries[i].compressed, text_len,
			      i == 0);
		ck_assert_int_eq(read_all(pieces[_i], &len), 0);
		ck_assert_uint_eq(len, text_len);
		ck_assert_int_eq(memcmp(got, text, text_len), 0);
		ck_assert_uint_eq(inflate_crc(in), central.entries[i].crc);
	}
}
END_TEST

START_TEST(a_size_that_is_not_so_changes_nothing)
{
	const uint64_t sizes[] = {0, 1, text_len - 1, text_len + 1, UINT64_MAX};
	size_t len;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		inflate_start(in, &image, data_offset(0), central.entries[0].compressed, sizes[i],
			      1);
		ck_assert_int_eq(read_all(text_len + 1, &len), 0);
		ck_assert_uint_eq(len, text_len);
		ck_assert_int_eq(memcmp(got, text, text_len), 0);
	}
}
END_TEST

START_TEST(data_that_ends_too_early_is_refused)
{
	size_t len;

	inflate_start(in, &image, data_offset(0), central.entries[0].compressed - 1, text_len, 1);
	ck_assert_int_eq(read_all(pieces[_i], &len), -1);
	ck_assert_int_eq(err_status(&err), 65);
	inflate_start(in, &image, data_offset(0), 0, text_len, 1);
	ck_assert_int_eq(read_all(pieces[_i], &len), -1);
}
END_TEST

START_TEST(data_that_goes_on_after_its_end_is_refused)
{
	size_t len;

	inflate_start(in, &image, data_offset(0), central.entries[0].compressed + 1, text_len, 1);
	ck_assert_int_eq(read_all(pieces[_i], &len), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

START_TEST(stored_data_past_the_end_of_the_file_is_refused)
{
	size_t len;

	inflate_start(in, &image, 10 * text_len, 5, 5, 0);
	ck_assert_int_eq(read_all(65536, &len), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

START_TEST(a_damaged_byte_changes_the_crc_or_is_refused)
{
	size_t len;
	uint64_t offset = data_offset(0), at;
	unsigned char byte;

	for (at = offset + 10; at < offset + central.entries[0].compressed; at += 9973) {
		ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
		byte ^= 0x40;
		ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
		inflate_free(in); /* what was read ahead is the old byte */
		in = inflate_new();
		inflate_start(in, &image, offset, central.entries[0].compressed, text_len, 1);
		if (read_all(pieces[_i], &len) == 0)
			ck_assert(len != text_len || inflate_crc(in) != central.entries[0].crc);
		byte ^= 0x40;
		ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
}
END_TEST

static void
add_all(TCase *tc, void (*set_up)(void))
{
	int n = (int)(sizeof pieces / sizeof *pieces);

	tcase_add_checked_fixture(tc, set_up, teardown);
	tcase_add_loop_test(tc, pieces_of_any_size_make_the_whole, 0, n);
	tcase_add_test(tc, a_size_that_is_not_so_changes_nothing);
	tcase_add_loop_test(tc, data_that_ends_too_early_is_refused, 0, n);
	tcase_add_loop_test(tc, data_that_goes_on_after_its_end_is_refused, 0, n);
	tcase_add_test(tc, stored_data_past_the_end_of_the_file_is_refused);
	tcase_add_loop_test(tc, a_damaged_byte_changes_the_crc_or_is_refused, 0, n);
}

void
add_tests(TCase *tc)
{
	add_all(tc, setup_large);
	add_all(tests_more("small"), setup_small);
}
