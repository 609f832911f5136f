/* SPDX-License-Identifier: MIT */
/* test_lines - a text in pieces becomes lines that records can carry, and loses nothing. */
#include "base/lines.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests.h"

static char taken[1 << 15];
static size_t n_taken, n_lines;

static void
take(void *arg, char *line, size_t len)
{
	ck_assert_str_eq(arg, "arg");
	ck_assert_uint_le(len, LOG_OUTPUT_MAX);
	line[len] = '|'; /* there is room for one */
	memcpy(taken + n_taken, line, len + 1);
	n_taken += len + 1;
	taken[n_taken] = '\0';
	n_lines++;
}

static void
cut(const char *text, size_t len, size_t piece)
{
	struct lines lines = {.take = take, .arg = (void *)"arg"};

	n_taken = n_lines = 0;
	taken[0] = '\0';
	for (size_t at = 0; at < len; at += piece)
		lines_feed(&lines, text + at, len - at < piece ? len - at : piece);
	lines_end(&lines);
	lines_end(&lines); /* there is nothing more */
}

static const struct {
	const char *text, *lines;
} table[] = {
	{"", ""},
	{"\n", "|"},
	{"\n\n", "||"},
	{"one", "one|"},
	{"one\n", "one|"},
	{"one\ntwo", "one|two|"},
	{"one\n\ntwo\n", "one||two|"},
	{"a\rb\n", "a\rb|"},
};

START_TEST(each_line_is_taken_however_it_comes)
{
	size_t len = strlen(table[_i].text);

	for (size_t piece = 1; piece <= len + 1; piece++) {
		cut(table[_i].text, len, piece);
		ck_assert_str_eq(taken, table[_i].lines);
	}
}
END_TEST

START_TEST(a_line_of_the_limit_is_one_whatever_piece_its_newline_comes_in)
{
	char text[2 * LOG_OUTPUT_MAX + 8];
	size_t len = (size_t)(LOG_OUTPUT_MAX * (_i % 2 + 1));

	memset(text, 'x', len);
	memcpy(text + len, "\nend\n", 6);
	cut(text, len + 5, _i < 2 ? len : sizeof text);
	ck_assert_uint_eq(n_lines, (size_t)(_i % 2) + 2);
	ck_assert_str_eq(taken + n_taken - 5, "|end|");
}
END_TEST

START_TEST(a_line_without_an_end_is_taken_as_it_comes_and_in_whole_characters)
{
	char text[3 * 3000];

	for (size_t i = 0; i < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	cut(text, sizeof text, (size_t)_i);
	ck_assert_uint_ge(n_lines, sizeof text / LOG_OUTPUT_MAX);
	ck_assert_uint_eq(n_taken, sizeof text + n_lines);
	for (char *line = strtok(taken, "|"); line; line = strtok(NULL, "|"))
		ck_assert(text_is_utf8(line, strlen(line)));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, each_line_is_taken_however_it_comes, 0,
			    sizeof table / sizeof *table);
	tcase_add_loop_test(tc, a_line_of_the_limit_is_one_whatever_piece_its_newline_comes_in, 0,
			    4);
	tcase_add_loop_test(tc, a_line_without_an_end_is_taken_as_it_comes_and_in_whole_characters,
			    1, 5);
}
