/* SPDX-License-Identifier: MIT */
/* test_request - keys, bytes and numbers as the gateway wants them. */
#include "cluster/request.h"

#include <check.h>
#include <string.h>

#include "tests.h"

static struct json body;
static struct err err;

static void
begin(void)
{
	body = JSON_INIT;
	err = ERR_INIT;
	json_open(&body, NULL, '{');
}

static void
end(void)
{
	json_free(&body);
}

static void
assert_written(const char *text)
{
	json_close(&body, '}');
	ck_assert_int_eq(json_finish(&body, &err), 0);
	ck_assert_uint_eq(body.text.len, strlen(text));
	ck_assert_mem_eq(body.text.data, text, body.text.len);
}

START_TEST(numbers_are_text)
{
	request_number(&body, "lease", 9223372036854775807);
	request_number(&body, "ttl", -1);
	assert_written("{\"lease\":\"9223372036854775807\",\"ttl\":\"-1\"}\n");
}
END_TEST

START_TEST(bytes_are_base64)
{
	ck_assert_int_eq(request_bytes(&body, "value", "a\0c", 3, &err), 0);
	ck_assert_int_eq(request_bytes(&body, "none", "", 0, &err), 0);
	assert_written("{\"value\":\"YQBj\",\"none\":\"\"}\n");
}
END_TEST

START_TEST(a_key_is_one_or_all_that_begin_with_it)
{
	ck_assert_int_eq(request_key(&body, "/a", _i, &err), 0);
	assert_written(_i ? "{\"key\":\"L2E=\",\"range_end\":\"L2I=\"}\n" : "{\"key\":\"L2E=\"}\n");
}
END_TEST

START_TEST(a_key_has_a_length)
{
	char key[513];

	memset(key, 'k', sizeof key);
	key[511] = '\0';
	ck_assert_int_eq(request_key(&body, key, true, &err), 0);
	key[511] = 'k';
	key[512] = '\0';
	ck_assert_int_eq(request_key(&body, key, false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	ck_assert_int_eq(request_key(&body, "", false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, numbers_are_text);
	tcase_add_test(tc, bytes_are_base64);
	tcase_add_loop_test(tc, a_key_is_one_or_all_that_begin_with_it, 0, 2);
	tcase_add_test(tc, a_key_has_a_length);
}
