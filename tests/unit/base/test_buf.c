/* SPDX-License-Identifier: MIT */
/* test_buf - bytes that grow. */
#include "base/buf.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "tests.h"

static struct buf buf;
static struct err err;

static void
begin(void)
{
	buf = BUF_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	buf_free(&buf);
}

START_TEST(a_new_buffer_is_empty)
{
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.len, 0);
}
END_TEST

START_TEST(what_is_added_is_there_in_order_and_terminated)
{
	ck_assert_int_eq(buf_add(&buf, "ab", 2, &err), 0);
	ck_assert_str_eq(buf.data, "ab");
	ck_assert_int_eq(buf_add(&buf, "", 0, &err), 0);
	ck_assert_int_eq(buf_add(&buf, NULL, 0, &err), 0);
	ck_assert_int_eq(buf_addf(&buf, &err, "%d-%s", 42, "x"), 0);
	ck_assert_int_eq(buf_add(&buf, "c\0d", 3, &err), 0);
	ck_assert_uint_eq(buf.len, 9);
	ck_assert_mem_eq(buf.data, "ab42-xc\0d", 10);
}
END_TEST

START_TEST(an_addition_of_nothing_is_terminated_too)
{
	ck_assert_int_eq(_i ? buf_addf(&buf, &err, "%s", "") : buf_add(&buf, NULL, 0, &err), 0);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_str_eq(buf.data, "");
}
END_TEST

START_TEST(growth_keeps_the_bytes)
{
	for (int i = 0; i < 10000; i++) {
		char byte = (char)(i % 251);

		ck_assert_int_eq(buf_add(&buf, &byte, 1, &err), 0);
		ck_assert_int_eq(buf.data[buf.len], 0);
	}
	ck_assert_uint_eq(buf.len, 10000);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq((unsigned char)buf.data[i], i % 251);
}
END_TEST

START_TEST(additions_of_every_length_fit)
{
	static const char text[600];

	ck_assert_int_eq(buf_add(&buf, text, (size_t)_i, &err), 0);
	ck_assert_uint_eq(buf.len, (size_t)_i);
	ck_assert_uint_gt(buf.capacity, buf.len);
	ck_assert_int_eq(buf.data[buf.len], 0);
}
END_TEST

START_TEST(formatted_text_may_be_long)
{
	ck_assert_int_eq(buf_addf(&buf, &err, "%0*d", _i, 7), 0);
	ck_assert_uint_eq(buf.len, (size_t)_i);
	ck_assert_uint_eq(strlen(buf.data), (size_t)_i);
	ck_assert_int_eq(buf.data[_i - 1], '7');
}
END_TEST

static const size_t sizes[] = {
	SIZE_MAX,     SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 4,
#ifndef __SANITIZE_ADDRESS__ /* whose allocator would end the process */
	SIZE_MAX / 8,
#endif
};

START_TEST(more_than_there_is_is_an_error_and_changes_nothing)
{
	struct buf before;

	ck_assert_int_eq(buf_add(&buf, "kept", 4, &err), 0);
	before = buf;
	ck_assert_int_eq(buf_add(&buf, "", sizes[_i], &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_ptr_eq(buf.data, before.data);
	ck_assert_uint_eq(buf.len, 4);
	ck_assert_uint_eq(buf.capacity, before.capacity);
	ck_assert_str_eq(buf.data, "kept");
}
END_TEST

START_TEST(releasing_leaves_the_empty_value_and_accepts_it)
{
	ck_assert_int_eq(buf_add(&buf, "x", 1, &err), 0);
	buf_free(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_uint_eq(buf.capacity, 0);
	buf_free(&buf);
	ck_assert_int_eq(buf_add(&buf, "again", 5, &err), 0);
	ck_assert_str_eq(buf.data, "again");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, a_new_buffer_is_empty);
	tcase_add_test(tc, what_is_added_is_there_in_order_and_terminated);
	tcase_add_loop_test(tc, an_addition_of_nothing_is_terminated_too, 0, 2);
	tcase_add_test(tc, growth_keeps_the_bytes);
	tcase_add_loop_test(tc, additions_of_every_length_fit, 120, 136);
	tcase_add_loop_test(tc, additions_of_every_length_fit, 254, 258);
	tcase_add_loop_test(tc, formatted_text_may_be_long, 126, 130);
	tcase_add_loop_test(tc, formatted_text_may_be_long, 100000, 100001);
	tcase_add_loop_test(tc, more_than_there_is_is_an_error_and_changes_nothing, 0,
			    (int)(sizeof sizes / sizeof *sizes));
	tcase_add_test(tc, releasing_leaves_the_empty_value_and_accepts_it);
}
