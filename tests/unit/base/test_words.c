/* SPDX-License-Identifier: MIT */
/* test_words - a list of words as one line, and back. */
#include "base/words.h"

#include <check.h>
#include <string.h>

#include "tests.h"

static const char *const texts[] = {"a",  "",	"a b",	    "'",    "it's", "$(id)", "a;b", "\"x\"",
				    "\\", "-x", "\xc3\xa4", "`id`", "a\tb", "''",    "*"};

START_TEST(each_word_comes_back)
{
	struct words words = WORDS_INIT;
	struct buf line = BUF_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(words_add(&line, "first", &e), 0);
	ck_assert_int_eq(words_add(&line, texts[_i], &e), 0);
	ck_assert_int_eq(words_add(&line, "last", &e), 0);
	ck_assert_int_eq(words_split(&words, line.data, &e), 0);
	ck_assert_uint_eq(words.n, 3);
	ck_assert_str_eq(words.argv[0], "first");
	ck_assert_str_eq(words.argv[1], texts[_i]);
	ck_assert_str_eq(words.argv[2], "last");
	ck_assert_ptr_null(words.argv[3]);
	words_free(&words);
	buf_free(&line);
}
END_TEST

START_TEST(what_needs_no_quotes_has_none)
{
	struct buf line = BUF_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(words_add(&line, "/a/b_c.d:e=@%+,-1", &e), 0);
	ck_assert_int_eq(words_add(&line, "x y", &e), 0);
	ck_assert_str_eq(line.data, "/a/b_c.d:e=@%+,-1 'x y'");
	buf_free(&line);
}
END_TEST

static const char *const bad[] = {"a;b", "a|b", "$x", "`id`", "a\nb", "a\\b", "\"a\"",
				  "'a",	 "a>b", "~",  "a&",   "(a)",  "a*"};

START_TEST(what_a_shell_would_take_for_its_own_is_refused)
{
	struct words words = WORDS_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(words_split(&words, bad[_i], &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	words_free(&words);
}
END_TEST

START_TEST(too_many_words_are_refused)
{
	char line[2 * WORDS_MAX + 3];
	struct words words = WORDS_INIT;
	struct err e = ERR_INIT;

	for (size_t i = 0; i <= WORDS_MAX; i++)
		memcpy(line + 2 * i, "a ", 3);
	ck_assert_int_eq(words_split(&words, line, &e), -1);
	words_free(&words);
	line[2 * WORDS_MAX] = '\0';
	e = ERR_INIT;
	ck_assert_int_eq(words_split(&words, line, &e), 0);
	ck_assert_uint_eq(words.n, WORDS_MAX);
	words_free(&words);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, each_word_comes_back, 0, (int)(sizeof texts / sizeof *texts));
	tcase_add_test(tc, what_needs_no_quotes_has_none);
	tcase_add_loop_test(tc, what_a_shell_would_take_for_its_own_is_refused, 0,
			    (int)(sizeof bad / sizeof *bad));
	tcase_add_test(tc, too_many_words_are_refused);
}
