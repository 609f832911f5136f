/* SPDX-License-Identifier: MIT */
/* test_text - names, numbers and bytes from outside. */
#include "base/text.h"

#include <check.h>
#include <limits.h>
#include <string.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define C32 "a2345678901234567890123456789012"
#define C64 C32 C32

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static const struct {
	const char *name;
	size_t max;
	bool fine;
} ids[] = {
	{"a1234", TEXT_SERVICE_ID_MAX, true},	{"a", TEXT_SERVICE_ID_MAX, true},
	{"0", TEXT_SERVICE_ID_MAX, true},	{"Z", TEXT_SERVICE_ID_MAX, true},
	{"a.b_c-d", TEXT_SERVICE_ID_MAX, true}, {"a..b", TEXT_SERVICE_ID_MAX, true},
	{"a.", TEXT_SERVICE_ID_MAX, true},	{"9-", TEXT_SERVICE_ID_MAX, true},
	{C64, TEXT_SERVICE_ID_MAX, true},	{C32, TEXT_ACCOUNT_MAX, true},
	{C64 "x", TEXT_SERVICE_ID_MAX, false},	{C32 "x", TEXT_ACCOUNT_MAX, false},
	{"", TEXT_SERVICE_ID_MAX, false},	{".", TEXT_SERVICE_ID_MAX, false},
	{"..", TEXT_SERVICE_ID_MAX, false},	{".enstratus", TEXT_SERVICE_ID_MAX, false},
	{"-a", TEXT_SERVICE_ID_MAX, false},	{"--help", TEXT_SERVICE_ID_MAX, false},
	{"_a", TEXT_SERVICE_ID_MAX, false},	{"a/b", TEXT_SERVICE_ID_MAX, false},
	{"/", TEXT_SERVICE_ID_MAX, false},	{"../a", TEXT_SERVICE_ID_MAX, false},
	{"a\\b", TEXT_SERVICE_ID_MAX, false},	{"a b", TEXT_SERVICE_ID_MAX, false},
	{" a", TEXT_SERVICE_ID_MAX, false},	{"a\n", TEXT_SERVICE_ID_MAX, false},
	{"a\t", TEXT_SERVICE_ID_MAX, false},	{"a:b", TEXT_SERVICE_ID_MAX, false},
	{"a@b", TEXT_SERVICE_ID_MAX, false},	{"a$b", TEXT_SERVICE_ID_MAX, false},
	{"a;b", TEXT_SERVICE_ID_MAX, false},	{"a*", TEXT_SERVICE_ID_MAX, false},
	{"a\x7f", TEXT_SERVICE_ID_MAX, false},	{"caf\xc3\xa9", TEXT_SERVICE_ID_MAX, false},
	{"\xe9", TEXT_SERVICE_ID_MAX, false},
};

START_TEST(an_id_is_letters_digits_and_a_few_more)
{
	int result = text_check_id("service id", ids[_i].name, ids[_i].max, &err);

	ck_assert_int_eq(result, ids[_i].fine ? 0 : -1);
	ck_assert_int_eq(err.kind, ids[_i].fine ? ERR_NONE : ERR_USAGE);
	if (!ids[_i].fine)
		ck_assert_ptr_nonnull(strstr(err.msg, "service id"));
}
END_TEST

START_TEST(an_id_has_no_byte_but_the_allowed_ones)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (int byte = 1; byte < 256; byte++) {
		char first[] = {(char)byte, 'a', '\0'}, later[] = {'a', (char)byte, '\0'};
		bool alnum = strchr(allowed, byte) != NULL;

		ck_assert_int_eq(text_check_id("id", first, 64, &err), alnum ? 0 : -1);
		ck_assert_int_eq(text_check_id("id", later, 64, &err),
				 alnum || strchr("._-", byte) ? 0 : -1);
	}
}
END_TEST

static const struct {
	const char *s;
	long long min, max;
	bool fine;
	long long value;
} numbers[] = {
	{"0", 0, 10, true, 0},
	{"10", 0, 10, true, 10},
	{"007", 0, 10, true, 7},
	{"-5", -5, 10, true, -5},
	{"-0", 0, 10, true, 0},
	{"9223372036854775807", LLONG_MIN, LLONG_MAX, true, LLONG_MAX},
	{"-9223372036854775808", LLONG_MIN, LLONG_MAX, true, LLONG_MIN},
	{"11", 0, 10, false, 0},
	{"-1", 0, 10, false, 0},
	{"-6", -5, 10, false, 0},
	{"9223372036854775808", LLONG_MIN, LLONG_MAX, false, 0},
	{"-9223372036854775809", LLONG_MIN, LLONG_MAX, false, 0},
	{"99999999999999999999999999", 0, LLONG_MAX, false, 0},
	{"", 0, 10, false, 0},
	{" ", 0, 10, false, 0},
	{" 1", 0, 10, false, 0},
	{"1 ", 0, 10, false, 0},
	{"\t1", 0, 10, false, 0},
	{"1\n", 0, 10, false, 0},
	{"+1", 0, 10, false, 0},
	{"-", -5, 10, false, 0},
	{"--1", -5, 10, false, 0},
	{"-+1", -5, 10, false, 0},
	{"- 1", -5, 10, false, 0},
	{"1s", 0, 10, false, 0},
	{"1.0", 0, 10, false, 0},
	{"1e1", 0, 10, false, 0},
	{"0x1", 0, 10, false, 0},
	{"1,000", 0, 10000, false, 0},
	{"one", 0, 10, false, 0},
	{"\xd9\xa1", 0, 10, false, 0}, /* an Arabic one */
};

START_TEST(a_number_is_the_whole_string_within_its_range)
{
	long long value = 4242;
	int result = text_number("--wait", numbers[_i].s, numbers[_i].min, numbers[_i].max, &value,
				 &err);

	ck_assert_int_eq(result, numbers[_i].fine ? 0 : -1);
	ck_assert(value == (numbers[_i].fine ? numbers[_i].value : 4242));
	if (!numbers[_i].fine) {
		ck_assert_int_eq(err.kind, ERR_USAGE);
		ck_assert_ptr_nonnull(strstr(err.msg, "--wait"));
	}
}
END_TEST

/* Each is shown between two letters by text_printable as it says here. */
static const struct {
	const char *s;
	size_t len;
	bool utf8;
	const char *shown;
} sequences[] = {
	{"", 0, true, ""},
	{"plain", 5, true, "plain"},
	{"\0", 1, true, "?"},
	{"\t", 1, true, "\t"},
	{"\n\r\x1b\x01\x1f\x7f", 6, true, "??????"},
	{"~ ", 2, true, "~ "},
	{"\xc2\x80", 2, true, "?"}, /* C1, first and last */
	{"\xc2\x9f", 2, true, "?"},
	{"\xc2\x85\xc2\x9b", 4, true, "??"}, /* NEL and CSI */
	{"\xc2\xa0", 2, true, "\xc2\xa0"},
	{"\xc3\xa9", 2, true, "\xc3\xa9"},
	{"\xdf\xbf", 2, true, "\xdf\xbf"},
	{"\xe0\xa0\x80", 3, true, "\xe0\xa0\x80"},
	{"\xe2\x82\xac", 3, true, "\xe2\x82\xac"},
	{"\xed\x9f\xbf", 3, true, "\xed\x9f\xbf"},
	{"\xee\x80\x80", 3, true, "\xee\x80\x80"},
	{"\xef\xbf\xbf", 3, true, "\xef\xbf\xbf"},
	{"\xf0\x90\x80\x80", 4, true, "\xf0\x90\x80\x80"},
	{"\xf0\x9f\x98\x80", 4, true, "\xf0\x9f\x98\x80"},
	{"\xf4\x8f\xbf\xbf", 4, true, "\xf4\x8f\xbf\xbf"},
	/* never the first byte */
	{"\x80", 1, false, "?"},
	{"\xbf\xbf", 2, false, "??"},
	{"\xfe", 1, false, "?"},
	{"\xff", 1, false, "?"},
	{"\xf5\x80\x80\x80", 4, false, "????"},
	{"\xf8\x88\x80\x80\x80", 5, false, "?????"},
	/* overlong */
	{"\xc0\x80", 2, false, "??"},
	{"\xc0\xaf", 2, false, "??"},
	{"\xc1\xbf", 2, false, "??"},
	{"\xe0\x80\xaf", 3, false, "???"},
	{"\xe0\x9f\xbf", 3, false, "???"},
	{"\xf0\x80\x80\xaf", 4, false, "????"},
	{"\xf0\x8f\xbf\xbf", 4, false, "????"},
	/* surrogates */
	{"\xed\xa0\x80", 3, false, "???"},
	{"\xed\xbf\xbf", 3, false, "???"},
	{"\xed\xa0\xbd\xed\xb8\x80", 6, false, "??????"},
	/* over U+10FFFF */
	{"\xf4\x90\x80\x80", 4, false, "????"},
	/* cut, or interrupted */
	{"\xc3", 1, false, "?"},
	{"\xe2\x82", 2, false, "??"},
	{"\xf0\x9f\x98", 3, false, "???"},
	{"\xc3(", 2, false, "?("},
	{"\xe2\x82(", 3, false, "\x3f?("},
	{"\xf0\x9f(\x80", 4, false, "\x3f?(?"},
	{"\xc3\xc3\xa9", 3, false, "?\xc3\xa9"},
};

START_TEST(utf_8_is_well_formed_or_not)
{
	char text[32] = "a";

	memcpy(text + 1, sequences[_i].s, sequences[_i].len);
	ck_assert_int_eq(text_is_utf8(sequences[_i].s, sequences[_i].len), sequences[_i].utf8);
	ck_assert_int_eq(text_is_utf8(text, sequences[_i].len + 1), sequences[_i].utf8);
	text[sequences[_i].len + 1] = 'b';
	ck_assert_int_eq(text_is_utf8(text, sequences[_i].len + 2), sequences[_i].utf8);
}
END_TEST

START_TEST(what_is_shown_is_safe_on_a_terminal)
{
	char shown[32], same[32];

	memset(shown, 'x', sizeof shown);
	text_printable(shown, sequences[_i].s, sequences[_i].len);
	ck_assert_str_eq(shown, sequences[_i].shown);
	ck_assert_int_eq(shown[sequences[_i].len + 1], 'x'); /* len + 1 bytes are enough */
	memcpy(same, sequences[_i].s, sequences[_i].len);
	text_printable(same, same, sequences[_i].len);
	ck_assert_str_eq(same, sequences[_i].shown);
}
END_TEST

/* Against the definition: RFC 3629's table, one byte sequence of up to three after the other. */
START_TEST(every_pair_of_bytes_is_judged_by_the_rule)
{
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char pair[2] = {(char)a, (char)b};
			bool expected = (a < 0x80 && b < 0x80) ||
					(a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf);

			ck_assert_int_eq(text_is_utf8(pair, 2), expected);
		}
}
END_TEST

static const struct {
	const char *s, *trimmed;
} blanks[] = {
	{"", ""},    {" ", ""},	  {" \t\r\n ", ""},	  {"a", "a"},
	{" a", "a"}, {"a ", "a"}, {"\t a b \r\n", "a b"}, {"a\n", "a"},
};

START_TEST(trimming_takes_blanks_at_both_ends)
{
	size_t len = strlen(blanks[_i].s);
	const char *trimmed = text_trim(blanks[_i].s, &len);

	ck_assert_uint_eq(len, strlen(blanks[_i].trimmed));
	ck_assert_mem_eq(trimmed, blanks[_i].trimmed, len);
	ck_assert(trimmed >= blanks[_i].s && trimmed + len <= blanks[_i].s + strlen(blanks[_i].s));
}
END_TEST

START_TEST(trimming_stops_at_the_given_length_and_keeps_a_nul)
{
	size_t len = 3;

	ck_assert_mem_eq(text_trim(" a b", &len), "a", 1);
	ck_assert_uint_eq(len, 1);
	len = 4;
	ck_assert_mem_eq(text_trim(" a\0 ", &len), "a\0", 2);
	ck_assert_uint_eq(len, 2);
}
END_TEST

static const struct {
	const char *words, *value;
	int place;
} choices[] = {
	{"any|signed", "any", 0},   {"any|signed", "signed", 1},      {"any|signed", "", -1},
	{"any|signed", "sign", -1}, {"any|signed", "signed!", -1},    {"any|signed", "ny", -1},
	{"a|b|c", "c", 2},	    {"any|signed", "any|signed", -1}, {"any|signed", "any|", -1},
	{"one", "one", 0},	    {"any|signed", "|signed", -1},
};

START_TEST(a_word_is_chosen_whole_and_alone)
{
	ck_assert_int_eq(text_choose(choices[_i].words, choices[_i].value), choices[_i].place);
}
END_TEST

START_TEST(bytes_as_hexadecimal_digits)
{
	static const unsigned char bytes[] = {0x00, 0x0f, 0xa5, 0xff};
	char hex[2 * sizeof bytes + 1];

	text_hex(hex, bytes, sizeof bytes);
	ck_assert_str_eq(hex, "000fa5ff");
	text_hex(hex, bytes, 0);
	ck_assert_str_eq(hex, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, bytes_as_hexadecimal_digits);
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, an_id_is_letters_digits_and_a_few_more, 0, (int)COUNT(ids));
	tcase_add_test(tc, an_id_has_no_byte_but_the_allowed_ones);
	tcase_add_loop_test(tc, a_number_is_the_whole_string_within_its_range, 0,
			    (int)COUNT(numbers));
	tcase_add_loop_test(tc, utf_8_is_well_formed_or_not, 0, (int)COUNT(sequences));
	tcase_add_loop_test(tc, what_is_shown_is_safe_on_a_terminal, 0, (int)COUNT(sequences));
	tcase_add_test(tc, every_pair_of_bytes_is_judged_by_the_rule);
	tcase_add_loop_test(tc, trimming_takes_blanks_at_both_ends, 0, (int)COUNT(blanks));
	tcase_add_loop_test(tc, a_word_is_chosen_whole_and_alone, 0, (int)COUNT(choices));
	tcase_add_test(tc, trimming_stops_at_the_given_length_and_keeps_a_nul);
}
