/* SPDX-License-Identifier: MIT */
/* test_reply - numbers as text, bytes in base64, and what is missing or of another kind. */
#include "cluster/reply.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

static struct reply *
read_text(const char *text)
{
	return reply_read(text, strlen(text));
}

START_TEST(members_are_found)
{
	struct reply *root = read_text("{\"header\": {\"revision\": \"7\"}, \"more\": true, "
				       "\"kvs\": [{\"key\": \"YQ==\"}, {\"key\": \"Yg==\"}]}");
	const struct reply *kvs = reply_member(root, "kvs");

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(reply_number(reply_member(root, "header"), "revision"), 7);
	ck_assert(reply_is_true(root, "more"));
	ck_assert_uint_eq(reply_count(kvs), 2);
	ck_assert_str_eq(reply_text(reply_item(kvs, 1), "key"), "Yg==");
	reply_free(root);
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_is_empty)
{
	struct reply *root = read_text("{\"text\": \"x\", \"list\": [1]}");

	ck_assert_ptr_null(reply_member(root, "none"));
	ck_assert_ptr_null(reply_member(NULL, "none"));
	ck_assert_ptr_null(reply_member(reply_member(root, "list"), "none"));
	ck_assert_uint_eq(reply_count(NULL), 0);
	ck_assert_uint_eq(reply_count(root), 0);
	ck_assert_ptr_null(reply_item(reply_member(root, "list"), 1));
	ck_assert_ptr_null(reply_text(root, "list"));
	ck_assert_ptr_null(reply_text(NULL, "text"));
	ck_assert(!reply_is_true(root, "text"));
	ck_assert_int_eq(reply_number(root, "none"), 0);
	reply_free(root);
	reply_free(NULL);
}
END_TEST

static const char *const no_json[] = {"", "{", "text", "{} {}", "{\"a\": }"};

START_TEST(what_is_no_json_is_none)
{
	ck_assert_ptr_null(read_text(no_json[_i]));
	ck_assert_ptr_null(reply_read(NULL, 0));
}
END_TEST

START_TEST(numbers_are_text_or_numbers)
{
	struct reply *root =
		read_text("{\"a\": \"9223372036854775807\", \"b\": \"-3\", \"c\": 12}");

	ck_assert_int_eq(reply_number(root, "a"), 9223372036854775807);
	ck_assert_int_eq(reply_number(root, "b"), -3);
	ck_assert_int_eq(reply_number(root, "c"), 12);
	reply_free(root);
}
END_TEST

static const struct {
	const char *text, *bytes; /* NULL: refused */
	size_t len;
} encoded[] = {
	{"{\"v\": \"\"}", "", 0},	 {"{}", "", 0},
	{"{\"v\": \"YQ==\"}", "a", 1},	 {"{\"v\": \"YWI=\"}", "ab", 2},
	{"{\"v\": \"YWJj\"}", "abc", 3}, {"{\"v\": \"YQBj\"}", "a\0c", 3},
	{"{\"v\": \"????\"}", NULL, 0},	 {"{\"v\": \"YWJ\"}", NULL, 0},
};

START_TEST(bytes_are_decoded_and_terminated)
{
	struct reply *root = read_text(encoded[_i].text);
	size_t len = 0;
	char *bytes = reply_bytes(root, "v", &len);

	if (encoded[_i].bytes) {
		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq(len, encoded[_i].len);
		ck_assert_mem_eq(bytes, encoded[_i].bytes, len + 1);
	} else {
		ck_assert_ptr_null(bytes);
	}
	free(bytes);
	reply_free(root);
}
END_TEST

#define N(table) ((int)(sizeof(table) / sizeof *(table)))

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, members_are_found);
	tcase_add_test(tc, what_is_missing_or_of_another_kind_is_empty);
	tcase_add_loop_test(tc, what_is_no_json_is_none, 0, N(no_json));
	tcase_add_test(tc, numbers_are_text_or_numbers);
	tcase_add_loop_test(tc, bytes_are_decoded_and_terminated, 0, N(encoded));
}
