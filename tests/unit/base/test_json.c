/* SPDX-License-Identifier: MIT */
/* test_json - documents as RFC 8259 wants them. */
#include "base/json.h"

#include <check.h>
#include <limits.h>
#include <string.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct json json;
static struct err err;

static void
begin(void)
{
	json = JSON_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	json_free(&json);
}

static void
assert_text(const char *expected)
{
	ck_assert_int_eq(json_finish(&json, &err), 0);
	ck_assert_str_eq(json.text.data, expected);
	ck_assert_uint_eq(json.text.len, strlen(expected));
}

START_TEST(an_object_has_commas_between_its_members)
{
	json_open(&json, NULL, '{');
	json_text(&json, "name", "a1");
	json_number(&json, "count", -3);
	json_bool(&json, "yes", true);
	json_bool(&json, "no", false);
	json_close(&json, '}');
	assert_text("{\"name\":\"a1\",\"count\":-3,\"yes\":true,\"no\":false}\n");
}
END_TEST

START_TEST(arrays_and_objects_nest)
{
	json_open(&json, NULL, '{');
	json_open(&json, "list", '[');
	json_number(&json, NULL, 1);
	json_text(&json, NULL, "two");
	json_open(&json, NULL, '{');
	json_close(&json, '}');
	json_open(&json, NULL, '[');
	json_close(&json, ']');
	json_open(&json, NULL, '{');
	json_bool(&json, "x", true);
	json_close(&json, '}');
	json_bool(&json, NULL, false);
	json_close(&json, ']');
	json_open(&json, "empty", '{');
	json_close(&json, '}');
	json_number(&json, "last", 0);
	json_close(&json, '}');
	assert_text("{\"list\":[1,\"two\",{},[],{\"x\":true},false],\"empty\":{},\"last\":0}\n");
}
END_TEST

START_TEST(a_document_may_be_one_value)
{
	static const char *const expected[] = {"\"x\"\n", "7\n", "true\n", "[]\n", "{}\n"};

	if (_i == 0)
		json_text(&json, NULL, "x");
	else if (_i == 1)
		json_number(&json, NULL, 7);
	else if (_i == 2)
		json_bool(&json, NULL, true);
	else {
		json_open(&json, NULL, _i == 3 ? '[' : '{');
		json_close(&json, _i == 3 ? ']' : '}');
	}
	assert_text(expected[_i]);
}
END_TEST

START_TEST(nesting_may_be_deep)
{
	for (int i = 0; i < 1000; i++)
		json_open(&json, NULL, '[');
	for (int i = 0; i < 1000; i++)
		json_close(&json, ']');
	ck_assert_int_eq(json_finish(&json, &err), 0);
	ck_assert_uint_eq(json.text.len, 2001);
	ck_assert_uint_eq(strspn(json.text.data, "["), 1000);
}
END_TEST

static const struct {
	const char *value, *written;
} strings[] = {
	{"", "\"\"\n"},
	{"plain", "\"plain\"\n"},
	{"/", "\"/\"\n"},
	{"\"", "\"\\\"\"\n"},
	{"\\", "\"\\\\\"\n"},
	{"a\"b\\c", "\"a\\\"b\\\\c\"\n"},
	{"\n", "\"\\u000a\"\n"},
	{"\x01\x1f", "\"\\u0001\\u001f\"\n"},
	{"\x1b[2J", "\"\\u001b[2J\"\n"},
	{"\t", "\"\\u0009\"\n"},
	{"'", "\"'\"\n"},
	{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	 "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"\n"},
	{"caf\xe9", "\"caf?\"\n"},
	{"\xff\xfe", "\"??\"\n"},
	{"\xed\xa0\x80", "\"???\"\n"},
	{"\xc3", "\"?\"\n"},
	/* only the bytes that are not UTF-8 */
	{"\xc3\xa9\xff", "\"\xc3\xa9?\"\n"},
};

START_TEST(a_string_is_escaped)
{
	json_text(&json, NULL, strings[_i].value);
	assert_text(strings[_i].written);
}
END_TEST

START_TEST(a_key_is_escaped_too)
{
	json_open(&json, NULL, '{');
	json_number(&json, "a\"\n\xff", 1);
	json_close(&json, '}');
	assert_text("{\"a\\\"\\u000a?\":1}\n");
}
END_TEST

START_TEST(a_number_may_be_any_long_long)
{
	json_open(&json, NULL, '[');
	json_number(&json, NULL, LLONG_MIN);
	json_number(&json, NULL, LLONG_MAX);
	json_close(&json, ']');
	assert_text("[-9223372036854775808,9223372036854775807]\n");
}
END_TEST

START_TEST(after_a_failure_the_calls_do_nothing_and_finishing_tells)
{
	json_open(&json, NULL, '{');
	json.failed = true; /* as when memory ran out */
	json_text(&json, "a", "b");
	json_number(&json, "c", 1);
	json_bool(&json, "d", true);
	json_open(&json, "e", '[');
	json_close(&json, ']');
	ck_assert_str_eq(json.text.data, "{");
	ck_assert_int_eq(json_finish(&json, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
}
END_TEST

START_TEST(releasing_leaves_the_empty_value_and_accepts_it)
{
	json_number(&json, NULL, 1);
	json_free(&json);
	ck_assert_ptr_null(json.text.data);
	json_free(&json);
	json_number(&json, NULL, 2);
	assert_text("2\n");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, an_object_has_commas_between_its_members);
	tcase_add_test(tc, arrays_and_objects_nest);
	tcase_add_loop_test(tc, a_document_may_be_one_value, 0, 5);
	tcase_add_test(tc, nesting_may_be_deep);
	tcase_add_loop_test(tc, a_string_is_escaped, 0, (int)COUNT(strings));
	tcase_add_test(tc, a_key_is_escaped_too);
	tcase_add_test(tc, a_number_may_be_any_long_long);
	tcase_add_test(tc, after_a_failure_the_calls_do_nothing_and_finishing_tells);
	tcase_add_test(tc, releasing_leaves_the_empty_value_and_accepts_it);
}
