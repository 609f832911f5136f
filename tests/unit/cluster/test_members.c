/* SPDX-License-Identifier: MIT */
/* test_members - who is asked, and that all are; the real ones are asked by tests/e2e/etcd.sh. */
#include "cluster/members.h"

#include <check.h>
#include <string.h>

#include "tests.h"

static const char *const bad[] = {
	"", "host", "host:1,", ",host:1", "http://host:1", "user@host:1", "a b:1"};

START_TEST(endpoints_are_judged)
{
	const struct members_options options = {.endpoints = bad[_i], .user_agent = "test"};
	struct members m = {.n = 0};
	struct err e = ERR_INIT;

	/* An empty word at the end is none. */
	if (members_open(&m, &options, &e) == 0) {
		ck_assert_str_eq(bad[_i], "host:1,");
		members_close(&m);
		return;
	}
	ck_assert_int_eq(e.kind, ERR_USAGE);
	members_close(&m);
}
END_TEST

START_TEST(a_login_has_to_be_a_line)
{
	const struct members_options options = {
		.endpoints = "127.0.0.1:1", .login_file = "/dev/null", .user_agent = "test"};
	struct members m = {.n = 0};
	struct err e = ERR_INIT;

	ck_assert_int_eq(members_open(&m, &options, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	members_close(&m);
}
END_TEST

START_TEST(the_next_one_is_another_and_the_first_follows_the_last)
{
	const struct members_options options = {.endpoints = "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3",
						.tls = true,
						.user_agent = "test"};
	struct members m = {.n = 0};
	struct err e = ERR_INIT;
	size_t first;

	ck_assert_int_eq(members_open(&m, &options, &e), 0);
	ck_assert_uint_eq(m.n, 3);
	ck_assert_str_eq(m.endpoints[1].base, "https://127.0.0.1:2");
	first = m.at;
	ck_assert_uint_lt(first, 3);
	for (size_t i = 1; i <= 3; i++) {
		members_next(&m);
		ck_assert_uint_eq(m.at, (first + i) % 3);
	}
	members_close(&m);
}
END_TEST

START_TEST(without_a_login_there_is_nothing_to_ask_for)
{
	const struct members_options options = {.endpoints = "127.0.0.1:1", .user_agent = "test"};
	struct members m = {.n = 0};
	struct err e = ERR_INIT;

	ck_assert_int_eq(members_open(&m, &options, &e), 0);
	ck_assert_int_eq(members_login(&m, &e), 0);
	strcpy(m.endpoints[0].token, "Authorization: x");
	members_log_out(&m);
	ck_assert_str_eq(m.endpoints[0].token, "");
	members_close(&m);
}
END_TEST

START_TEST(where_nobody_answers_all_are_named)
{
	const struct members_options options = {.endpoints = "127.0.0.1:1,127.0.0.1:2",
						.user_agent = "test"};
	struct json body = JSON_INIT;
	struct members m = {.n = 0};
	struct err e = ERR_INIT;

	ck_assert_int_eq(members_open(&m, &options, &e), 0);
	json_open(&body, NULL, '{');
	json_close(&body, '}');
	ck_assert_ptr_null(members_ask(&m, "/v3/kv/range", &body, &e));
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.msg, "127.0.0.1:1,127.0.0.1:2"));
	json_free(&body);
	members_close(&m);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, endpoints_are_judged, 0, (int)(sizeof bad / sizeof *bad));
	tcase_add_test(tc, a_login_has_to_be_a_line);
	tcase_add_test(tc, the_next_one_is_another_and_the_first_follows_the_last);
	tcase_add_test(tc, without_a_login_there_is_nothing_to_ask_for);
	tcase_add_test(tc, where_nobody_answers_all_are_named);
}
