/* SPDX-License-Identifier: MIT */
/* test_input - the bytes of an image and of a file, from their start to their end. */
#include "image/input.h"

#include <errno.h>

#include "scratch.h"
#include "tests.h"

static struct input in;
static unsigned n_lost;

static void
begin(void)
{
	scratch_setup();
	scratch_write("bytes", "0123456789");
	in = INPUT_INIT;
	n_lost = 0;
	in.dir_fd = scratch_fd;
	in.name = "bytes";
	in.n_lost = &n_lost;
}

static void
end(void)
{
	input_close(&in);
	scratch_teardown();
}

/* Ten bytes in pieces of four, then the end. */
static void
reads_ten(void)
{
	char data[16];

	ck_assert_int_eq(input_open(&in), 0);
	ck_assert_int_eq(input_read(&in, data, 4), 4);
	ck_assert_int_eq(input_read(&in, data + 4, 4), 4);
	ck_assert_int_eq(input_read(&in, data + 8, 4), 2);
	ck_assert_mem_eq(data, "0123456789", 10);
	ck_assert_int_eq(input_read(&in, data, 4), 0);
}

START_TEST(a_file_is_read_to_its_end_and_closed)
{
	reads_ten();
	ck_assert_int_ge(in.fd, 0);
	input_close(&in);
	ck_assert_int_eq(in.fd, -1);
	ck_assert_uint_eq(n_lost, 0);
}
END_TEST

START_TEST(a_file_that_is_gone_is_counted_and_empty)
{
	char data[4];

	unlinkat(scratch_fd, "bytes", 0);
	if (_i)
		ck_assert_int_eq(symlinkat("/etc/passwd", scratch_fd, "bytes"), 0);
	ck_assert_int_eq(input_open(&in), 0);
	ck_assert_int_eq(input_read(&in, data, sizeof data), 0);
	ck_assert_uint_eq(n_lost, 1);
}
END_TEST

START_TEST(what_cannot_be_opened_for_another_reason_is_an_error)
{
	in.name = "bytes/beneath";
	ck_assert_int_eq(input_open(&in), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_uint_eq(n_lost, 0);
}
END_TEST

START_TEST(an_image_is_read_from_its_start_each_time)
{
	struct err err = ERR_INIT;
	struct arrival image;
	int fd = openat(scratch_fd, "bytes", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	in.image = &image;
	reads_ten();
	reads_ten();
	arrival_close(&image);
	close(fd);
}
END_TEST

START_TEST(an_image_that_is_lost_on_its_way_tells_why)
{
	struct arrival image;
	char data[16];
	int fd = openat(scratch_fd, "bytes", O_RDONLY | O_CLOEXEC);

	arrival_open(&image, fd);
	arrival_tell(&image, 10, 5, 10);
	arrival_end(&image, false);
	in.image = &image;
	ck_assert_int_eq(input_open(&in), 0);
	ck_assert_int_eq(input_read(&in, data, 10), -1);
	ck_assert_int_eq(in.failure.kind, ERR_UNAVAILABLE);
	arrival_close(&image);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_file_is_read_to_its_end_and_closed);
	tcase_add_loop_test(tc, a_file_that_is_gone_is_counted_and_empty, 0, 2);
	tcase_add_test(tc, what_cannot_be_opened_for_another_reason_is_an_error);
	tcase_add_test(tc, an_image_is_read_from_its_start_each_time);
	tcase_add_test(tc, an_image_that_is_lost_on_its_way_tells_why);
}
