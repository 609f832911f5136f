/* SPDX-License-Identifier: MIT */
/* test_token - the words and numbers of a line in the agent's own records. */
#include "service/token.h"

#include "tests.h"

START_TEST(words_and_numbers_follow_each_other)
{
	const char *text = "12 word\t-  -7\tthe  rest of it \t \nmore";
	char word[16];
	long long number;

	ck_assert(token_number(&text, &number));
	ck_assert_int_eq(number, 12);
	ck_assert(token_text(&text, word, sizeof word));
	ck_assert_str_eq(word, "word");
	ck_assert(token_text(&text, word, sizeof word));
	ck_assert_str_eq(word, "");
	ck_assert(token_number(&text, &number));
	ck_assert_int_eq(number, -7);
	ck_assert(token_rest(&text, word, sizeof word));
	ck_assert_str_eq(word, "the  rest of it");
	ck_assert(!token_text(&text, word, sizeof word)); /* the line is over */
	ck_assert(!token_rest(&text, word, sizeof word));
}
END_TEST

START_TEST(what_is_too_long_or_no_number_is_none)
{
	const char *text = "abcd";
	char word[4];
	long long number;

	ck_assert(!token_text(&text, word, sizeof word));
	ck_assert(!token_rest(&text, word, sizeof word));
	ck_assert(!token_number(&text, &number));
	ck_assert_str_eq(text, "abcd");
}
END_TEST

START_TEST(control_characters_do_not_come_through)
{
	const char *text = "a\033b c\x07 d";
	char word[8];

	ck_assert(token_text(&text, word, sizeof word));
	ck_assert_str_eq(word, "a?b");
	ck_assert(token_rest(&text, word, sizeof word));
	ck_assert_str_eq(word, "c? d");
}
END_TEST

START_TEST(an_empty_word_is_a_dash)
{
	ck_assert_str_eq(token_word(""), "-");
	ck_assert_str_eq(token_word("x"), "x");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, words_and_numbers_follow_each_other);
	tcase_add_test(tc, what_is_too_long_or_no_number_is_none);
	tcase_add_test(tc, control_characters_do_not_come_through);
	tcase_add_test(tc, an_empty_word_is_a_dash);
}
