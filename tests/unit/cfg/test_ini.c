/* SPDX-License-Identifier: MIT */
/* test_ini - INI text of any line length: what a handler gets, and where errors are told. */
#include "cfg/ini.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

/* All items as "LINE [SECTION] NAME=VALUE;" one after the other. */
struct seen {
	char text[4096];
	size_t len, n;
	unsigned stop_at; /* the handler fails at this line; 0 for never */
};

static int
note(void *arg, const struct ini_item *item, struct err *e)
{
	struct seen *seen = arg;

	if (item->line == seen->stop_at)
		return err_set(e, ERR_BUSY, "stopped by the handler");
	seen->n++;
	seen->len += (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
				      "%u [%s] %s=%.*s;", item->line, item->section, item->name,
				      (int)item->value_len, item->value);
	ck_assert_uint_lt(seen->len, sizeof seen->text);
	return 0;
}

static const struct {
	const char *text, *items;
} accepted[] = {
	{"", ""},
	{"\n\n", ""},
	{"a=1", "1 [] a=1;"},
	{"\xef\xbb\xbf[s]\na=1\n", "2 [s] a=1;"},
	{"a=1\n", "1 [] a=1;"},
	{"\na=1\n\n\nb=2\n", "2 [] a=1;5 [] b=2;"},
	{"# c\n; c\na=1\n#a=2\n", "3 [] a=1;"},
	{"[s]\na=1\n[t]\nb=2\n", "2 [s] a=1;4 [t] b=2;"},
	{"[s]  \na=1\n", "2 [s] a=1;"},
	{"[a b]\na=1\n", "2 [a b] a=1;"},
	{"[s]\r\na=1\r\n", "2 [s] a=1\r;"},
	{"a = 1\n", "1 [] a= 1;"},
	{"a\t=1\n", "1 [] a=1;"},
	{"a=1 ; not a comment\n", "1 [] a=1 ; not a comment;"},
	{"a=1 # nor this\n", "1 [] a=1 # nor this;"},
	{"a==\n", "1 [] a==;"},
	{"a=b=c\n", "1 [] a=b=c;"},
	{"a=x:y\n", "1 [] a=x:y;"},
	{"a=[s]\n", "1 [] a=[s];"},
	{"a=\nb=\n", "1 [] a=;2 [] b=;"},
	{"a=1\na=2\n", "1 [] a=1;2 [] a=2;"},
	{"a.b-c_d@e=1\n", "1 [] a.b-c_d@e=1;"},
	{"a;b=1\na#b=2\n", "1 [] a;b=1;2 [] a#b=2;"},
	{" \t \n\t\na=1\n", "3 [] a=1;"},
	{"[s]\na=1\n[s]\nb=2\n", "2 [s] a=1;4 [s] b=2;"},
};

START_TEST(items_come_with_section_name_value_and_line)
{
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;
	struct ini_verbatim none = {.section = "verbatim", .start = 99};
	size_t len = strlen(accepted[_i].text);

	ck_assert_msg(ini_parse_text(accepted[_i].text, len, note, &seen, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(seen.text, accepted[_i].items);
	seen.len = 0;
	ck_assert_int_eq(ini_parse_until(accepted[_i].text, len, &none, note, &seen, &e), 0);
	ck_assert_str_eq(seen.text, accepted[_i].items);
	ck_assert_uint_eq(none.start, len);
}
END_TEST

#define TEN "123456789."
#define FORTY_EIGHT TEN TEN TEN TEN "12345678"
#define ONE_FIFTY TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text, *words;
} refused[] = {
	{"a=1\nno equals VALUE\n", "line 2: neither"},
	{"=VALUE\n", "line 1: there is no name"},
	{" =VALUE\n", "line 1: a line starts with a blank"},
	{" a=VALUE\n", "line 1: a line starts with a blank"},
	{"a=1\n\tb=VALUE\n", "line 2: a line starts with a blank"},
	{"a b=VALUE\n", "line 1: the name"},
	{"a:b=VALUE\n", "line 1: the name"},
	{"a[b=VALUE\n", "line 1: the name"},
	{"\x7f=VALUE\n", "line 1: the name"},
	{"\xc3\xa4=VALUE\n", "line 1: the name"},
	{"a\r=VALUE\n", "line 1: the name"},
	{"\n\n[s\na=VALUE\n", "line 3: a section heading"},
	{"[s]x\na=VALUE\n", "line 1: a section heading"},
	{"[s] # VALUE\n", "line 1: a section heading"},
	{"[]\na=VALUE\n", "line 1: the section's name is empty"},
	{"[" FORTY_EIGHT "9]\na=VALUE\n", "line 1: the section's name is empty or too long"},
	{ONE_FIFTY "x=VALUE\n", "line 1: the name before '=' is too long"},
	{"# c\n[a ;b]\na=VALUE\n", "line 2"},
};

START_TEST(what_is_no_ini_is_refused_with_its_line_and_no_value)
{
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;

	ck_assert_int_eq(
		ini_parse_text(refused[_i].text, strlen(refused[_i].text), note, &seen, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_msg(strstr(e.msg, refused[_i].words) != NULL, "%s", e.msg);
	ck_assert_ptr_null(strstr(e.msg, "VALUE"));
}
END_TEST

START_TEST(the_longest_names_are_read)
{
	static const char text[] = "[" FORTY_EIGHT "]\n" ONE_FIFTY "=v\n";
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;

	ck_assert_msg(ini_parse_text(text, sizeof text - 1, note, &seen, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(seen.text, "2 [" FORTY_EIGHT "] " ONE_FIFTY "=v;");
}
END_TEST

struct lengths {
	size_t len[3];
	size_t n;
	const char *text;
};

static int
measure(void *arg, const struct ini_item *item, struct err *e)
{
	struct lengths *lengths = arg;

	(void)e;
	ck_assert_uint_lt(lengths->n, 3);
	ck_assert_int_eq(item->value[-1], '=');
	ck_assert(item->value > lengths->text);
	lengths->len[lengths->n++] = item->value_len;
	return 0;
}

/* inih's own buffer holds 200 bytes: no length near it, and none far from it, is cut. */
START_TEST(a_line_is_never_cut)
{
	static const size_t sizes[] = {0,   1,	 190, 195,  196,   197,	  198,	   199,	   200,
				       201, 202, 399, 1024, 65536, 65537, 1000000, 5000000};
	size_t size = sizes[_i], len;
	char *text = malloc(size + 100);
	struct lengths lengths = {.n = 0, .text = text};
	struct err e = ERR_INIT;

	ck_assert_ptr_nonnull(text);
	memcpy(text, "a=1\nb=", 6);
	memset(text + 6, 'x', size);
	/* " ;" and what looks like a second key, wherever inih would begin a new line. */
	for (size_t i = 6; i + 4 < size + 6; i += 5)
		memcpy(text + i, " ;k=v", i + 5 < size + 6 ? 5 : 0);
	memcpy(text + 6 + size, "\nc=22\n", 6);
	len = size + 12;
	ck_assert_msg(ini_parse_text(text, len, measure, &lengths, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(lengths.n, 3);
	ck_assert_uint_eq(lengths.len[0], 1);
	ck_assert_uint_eq(lengths.len[1], size);
	ck_assert_uint_eq(lengths.len[2], 2);
	free(text);
}
END_TEST

START_TEST(a_long_comment_is_one_comment)
{
	char *text = malloc(2000);
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;

	ck_assert_ptr_nonnull(text);
	memset(text, '#', 1500);
	memcpy(text + 300, "a=1", 3);
	memcpy(text + 1500, "\nb=2\n", 5);
	ck_assert_int_eq(ini_parse_text(text, 1505, note, &seen, &e), 0);
	ck_assert_str_eq(seen.text, "2 [] b=2;");
	free(text);
}
END_TEST

START_TEST(reading_stops_at_the_verbatim_section)
{
	static const char text[] = "a=1\n[CuStOm]\nno ini at all\n[s\n";
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;
	struct ini_verbatim custom = {.section = "custom"};

	ck_assert_msg(ini_parse_until(text, sizeof text - 1, &custom, note, &seen, &e) == 0, "%s",
		      e.msg);
	ck_assert_str_eq(seen.text, "1 [] a=1;");
	ck_assert_str_eq(text + custom.start, "no ini at all\n[s\n");
}
END_TEST

START_TEST(a_verbatim_section_may_be_empty_or_without_an_end_of_line)
{
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;
	struct ini_verbatim custom = {.section = "custom"};

	ck_assert_int_eq(ini_parse_until("[custom]\n", 9, &custom, note, &seen, &e), 0);
	ck_assert_uint_eq(custom.start, 9);
	ck_assert_int_eq(ini_parse_until("[custom]", 8, &custom, note, &seen, &e), 0);
	ck_assert_uint_eq(custom.start, 8);
	ck_assert_int_eq(ini_parse_until("[customs]\n", 10, &custom, note, &seen, &e), 0);
	ck_assert_uint_eq(custom.start, 10);
}
END_TEST

START_TEST(the_handler_s_failure_ends_it_and_is_the_result)
{
	struct seen seen = {.stop_at = 2};
	struct err e = ERR_INIT;

	ck_assert_int_eq(ini_parse_text("a=1\nb=2\nc=3\nbad line\n", 21, note, &seen, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_str_eq(e.msg, "stopped by the handler");
	ck_assert_uint_eq(seen.n, 1);
}
END_TEST

START_TEST(only_len_bytes_are_looked_at)
{
	struct seen seen = {.len = 0};
	struct err e = ERR_INIT;

	ck_assert_int_eq(ini_parse_text("a=1\nb=234bad", 8, note, &seen, &e), 0);
	ck_assert_str_eq(seen.text, "1 [] a=1;2 [] b=23;");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, items_come_with_section_name_value_and_line, 0,
			    sizeof accepted / sizeof *accepted);
	tcase_add_loop_test(tc, what_is_no_ini_is_refused_with_its_line_and_no_value, 0,
			    sizeof refused / sizeof *refused);
	tcase_add_test(tc, the_longest_names_are_read);
	tcase_add_loop_test(tc, a_line_is_never_cut, 0, 17);
	tcase_add_test(tc, a_long_comment_is_one_comment);
	tcase_add_test(tc, reading_stops_at_the_verbatim_section);
	tcase_add_test(tc, a_verbatim_section_may_be_empty_or_without_an_end_of_line);
	tcase_add_test(tc, the_handler_s_failure_ends_it_and_is_the_result);
	tcase_add_test(tc, only_len_bytes_are_looked_at);
}
