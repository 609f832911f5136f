/* SPDX-License-Identifier: MIT */
/* test_record - numbers are little-endian, and a record that is not all there is refused. */
#include "image/record.h"

#include "scratch.h"
#include "tests.h"

static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
}

START_TEST(numbers_are_little_endian_and_unsigned)
{
	const unsigned char bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0xff};

	ck_assert_uint_eq(record_16(bytes), 0x8201);
	ck_assert_uint_eq(record_32(bytes), 0x84038201);
	ck_assert_uint_eq(record_64(bytes), 0x8807860584038201);
	ck_assert_uint_eq(record_64(bytes + 1), 0xff88078605840382);
}
END_TEST

/* What is wanted of a file of 10 bytes, and whether it is there. */
static const struct {
	uint64_t offset;
	size_t len;
	bool is_there;
} wanted[] = {
	{0, 10, true}, {9, 1, true},   {10, 0, true},	       {0, 11, false},
	{9, 2, false}, {10, 1, false}, {UINT64_MAX, 1, false},
};

START_TEST(a_record_is_read_whole_or_refused)
{
	struct arrival image;
	char data[16] = "";
	int fd, result;

	scratch_write("image", "0123456789");
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	result = record_read(&image, data, wanted[_i].len, wanted[_i].offset, &err);
	if (wanted[_i].is_there) {
		ck_assert_int_eq(result, 0);
		ck_assert_mem_eq(data, &"0123456789"[wanted[_i].offset], wanted[_i].len);
	} else {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err_status(&err), 65);
		ck_assert_str_eq(err.rule, "structure");
		ck_assert_str_eq(err.msg, "not a whole, consistent zip archive (cut off?): it ends "
					  "too early");
	}
	arrival_close(&image);
	close(fd);
}
END_TEST

START_TEST(what_is_lost_on_its_way_is_no_damage)
{
	struct arrival image;
	char data[16];
	int fd;

	scratch_write("image", "0123456789");
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	arrival_open(&image, fd);
	arrival_tell(&image, 10, 5, 10);
	arrival_end(&image, false);
	ck_assert_int_eq(record_read(&image, data, 10, 0, &err), -1);
	ck_assert_int_eq(err_status(&err), 69);
	arrival_close(&image);
	close(fd);
}
END_TEST

START_TEST(a_refusal_names_the_rule_and_is_of_the_image_as_a_whole)
{
	ck_assert_int_eq(record_refuse("why", &err), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "structure");
	ck_assert_str_eq(err.entry, "");
	ck_assert_ptr_nonnull(strstr(err.msg, ": why"));
}
END_TEST

START_TEST(a_refusal_of_an_entry_names_it_and_its_rule)
{
	ck_assert_int_eq(record_refuse_entry("bin/xyz", 5, "method", "is a patch", &err), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "method");
	ck_assert_str_eq(err.entry, "bin/x");
	ck_assert_str_eq(err.msg, "entry 'bin/x' is a patch");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_test(tc, numbers_are_little_endian_and_unsigned);
	tcase_add_loop_test(tc, a_record_is_read_whole_or_refused, 0,
			    sizeof wanted / sizeof *wanted);
	tcase_add_test(tc, what_is_lost_on_its_way_is_no_damage);
	tcase_add_test(tc, a_refusal_names_the_rule_and_is_of_the_image_as_a_whole);
	tcase_add_test(tc, a_refusal_of_an_entry_names_it_and_its_rule);
}
