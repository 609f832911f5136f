/* SPDX-License-Identifier: MIT */
/* test_etcd - what is asked of etcd; the real one is asked by tests/e2e/etcd.sh. */
#include "cluster/etcd.h"

#include <check.h>
#include <signal.h>
#include <string.h>

#include "tests.h"

static const char *const bad[] = {
	"", "host", "host:1,", ",host:1", "http://host:1", "user@host:1", "a b:1"};

START_TEST(endpoints_are_judged)
{
	const struct etcd_options options = {.endpoints = bad[_i], .user_agent = "test"};
	struct etcd *etcd = NULL;
	struct err e = ERR_INIT;

	/* An empty word at the end is none. */
	if (etcd_open(&etcd, &options, &e) == 0) {
		ck_assert_str_eq(bad[_i], "host:1,");
		etcd_close(etcd);
		return;
	}
	ck_assert_int_eq(e.kind, ERR_USAGE);
}
END_TEST

START_TEST(a_login_has_to_be_a_line)
{
	const struct etcd_options options = {
		.endpoints = "127.0.0.1:1", .login_file = "/dev/null", .user_agent = "test"};
	struct etcd *etcd = NULL;
	struct err e = ERR_INIT;

	ck_assert_int_eq(etcd_open(&etcd, &options, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(where_nobody_answers_it_is_said)
{
	const struct etcd_options options = {.endpoints = "127.0.0.1:1,127.0.0.1:2",
					     .user_agent = "test"};
	struct etcd_pairs pairs;
	struct etcd *etcd = NULL;
	struct err e = ERR_INIT;

	ck_assert_int_eq(etcd_open(&etcd, &options, &e), 0);
	ck_assert_int_eq(etcd_get(etcd, "/x", false, &pairs, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.msg, "127.0.0.1:1,127.0.0.1:2"));
	e = ERR_INIT;
	ck_assert_int_eq(etcd_get(etcd, "", false, &pairs, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	etcd_close(etcd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, endpoints_are_judged, 0, (int)(sizeof bad / sizeof *bad));
	tcase_add_test(tc, a_login_has_to_be_a_line);
	tcase_add_test(tc, where_nobody_answers_it_is_said);
}
