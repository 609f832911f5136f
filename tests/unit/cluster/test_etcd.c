/* SPDX-License-Identifier: MIT */
/* test_etcd - what is asked of etcd; the real one is asked by tests/e2e/etcd.sh. */
#include "cluster/etcd.h"

#include <check.h>
#include <signal.h>
#include <string.h>

#include "tests.h"

START_TEST(where_nobody_answers_it_is_said)
{
	const struct members_options options = {.endpoints = "127.0.0.1:1,127.0.0.1:2",
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
	tcase_add_test(tc, where_nobody_answers_it_is_said);
}
