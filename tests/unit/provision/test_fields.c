/* SPDX-License-Identifier: MIT */
/* test_fields - values of the state. */
#include "provision/fields.h"

#include "scratch.h"
#include "tests.h"

START_TEST(what_was_added_is_found)
{
	struct buf line = BUF_INIT;
	struct words words = WORDS_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(fields_add(&line, "word", "it's odd", &e), 0);
	ck_assert_int_eq(fields_add(&line, "empty", "", &e), 0);
	ck_assert_int_eq(fields_add_number(&line, "number", -7, &e), 0);
	ck_assert_int_eq(words_split(&words, line.data, &e), 0);
	ck_assert_str_eq(fields_value(&words, "word"), "it's odd");
	ck_assert_str_eq(fields_value(&words, "number"), "-7");
	ck_assert_str_eq(fields_value(&words, "empty"), "");
	ck_assert_str_eq(fields_value(&words, "wo"), "");
	words_free(&words);
	buf_free(&line);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, what_was_added_is_found);
}
