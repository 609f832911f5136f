/* SPDX-License-Identifier: MIT */
/* test_local - an entry's own header leads to its bytes, and says what the directory says. */
#include "image/local.h"

#include "scratch_image.h"
#include "tests.h"

static unsigned char archive[4096]; /* a sound one, of two files and a directory */
static size_t archive_len;
static struct central central;
static struct err err;

static void
begin(void)
{
	int fd;
	ssize_t n;

	scratch_setup();
	scratch_zip(
		"image.zip",
		ITEMS({"bin/start", "#!/bin/sh\necho a line, deflating, deflating, deflating\n",
		       S_IFREG | 0755},
		      {"cfg/", "", S_IFDIR | 0755},
		      {"www/page", "a page of the site, a page of the site\n", S_IFREG | 0644}));
	fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	n = read(fd, archive, sizeof archive);
	ck_assert_int_gt(n, 0);
	archive_len = (size_t)n;
	close(fd);
	central = CENTRAL_INIT;
	err = ERR_INIT;
}

static void
end(void)
{
	central_free(&central);
	scratch_teardown();
}

/* Of what is in archive now: its directory is read, or every header is compared with it. */
static int
with_image(bool check)
{
	struct arrival image;
	int fd, result;

	scratch_write_bytes("image.zip", archive, archive_len);
	fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	result = check ? local_check(&central, &image, &err)
		       : central_read(&central, &image, 100, &err);
	arrival_close(&image);
	close(fd);
	return result;
}

static int
read_directory(void)
{
	return with_image(false);
}

static int
check_headers(void)
{
	return with_image(true);
}

START_TEST(data_is_found_behind_the_local_header)
{
	size_t skip = 0;

	ck_assert_int_eq(read_directory(), 0);
	ck_assert_int_eq(
		local_find_data(&central, &central.entries[0], archive, archive_len, &skip, &err),
		0);
	ck_assert_uint_ge(skip, 30 + 9);
	ck_assert_uint_le(skip + central.entries[0].compressed, central.entries[1].offset);
}
END_TEST

START_TEST(hints_of_the_packer_may_stand_in_one_header_only)
{
	archive[6] ^= 0x16;
	ck_assert_int_eq(read_directory(), 0);
	ck_assert_int_eq(check_headers(), 0);
}
END_TEST

/* Offsets within the first local header. */
static const size_t local_lies[] = {0, 6, 8, 14, 18, 22, 26, 31};

START_TEST(a_local_header_that_differs_is_refused)
{
	size_t skip = 0;

	ck_assert_int_eq(read_directory(), 0);
	archive[local_lies[_i]] ^= 0x18;
	ck_assert_int_eq(
		local_find_data(&central, &central.entries[0], archive, archive_len, &skip, &err),
		-1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

START_TEST(the_check_is_of_every_entry)
{
	size_t at;

	ck_assert_int_eq(read_directory(), 0);
	ck_assert_int_eq(check_headers(), 0);
	at = (size_t)central.entries[_i].offset;
	archive[at + 30] ^= 1; /* the name */
	ck_assert_int_eq(check_headers(), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_ptr_nonnull(strstr(err.msg, "its header and the directory disagree"));
}
END_TEST

START_TEST(a_header_that_is_cut_is_refused)
{
	size_t skip = 0;

	ck_assert_int_eq(read_directory(), 0);
	ck_assert_int_eq(local_find_data(&central, &central.entries[0], archive, 38, &skip, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "it has no header of its own"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, data_is_found_behind_the_local_header);
	tcase_add_test(tc, hints_of_the_packer_may_stand_in_one_header_only);
	tcase_add_loop_test(tc, a_local_header_that_differs_is_refused, 0,
			    (int)(sizeof local_lies / sizeof *local_lies));
	tcase_add_loop_test(tc, the_check_is_of_every_entry, 0, 3);
	tcase_add_test(tc, a_header_that_is_cut_is_refused);
}
