/* SPDX-License-Identifier: MIT */
/* test_backoff - how long to wait before something that failed is tried again. */
#include "cluster/backoff.h"

#include <check.h>

#include "tests.h"

static const int bounds[] = {250, 500, 1000, 2000, 4000, 8000, 8000, 8000};

START_TEST(the_bound_doubles_up_to_eight_seconds)
{
	unsigned tries = (unsigned)_i;
	int bound = bounds[_i];

	ck_assert_int_eq(backoff_ms(tries, 0, 0), 0);
	ck_assert_int_eq(backoff_ms(tries, (uint32_t)bound, 0), bound);
	ck_assert_int_eq(backoff_ms(tries, (uint32_t)bound + 1, 0), 0);
	for (int i = 0; i < 1000; i++) {
		int ms = backoff_ms(tries, backoff_chance(), 0);

		ck_assert_int_ge(ms, 0);
		ck_assert_int_le(ms, bound);
	}
}
END_TEST

START_TEST(many_tries_and_odd_chances_stay_within_it)
{
	ck_assert_int_eq(backoff_ms(100000, 8000, 0), 8000);
	ck_assert_int_le(backoff_ms(~0U, UINT32_MAX, 0), 8000);
}
END_TEST

START_TEST(a_server_s_wish_is_the_least_up_to_half_a_minute)
{
	ck_assert_int_eq(backoff_ms(0, 0, 1), 1000);
	ck_assert_int_eq(backoff_ms(5, 8000, 1), 8000);
	ck_assert_int_eq(backoff_ms(0, 0, 30), 30000);
	ck_assert_int_eq(backoff_ms(0, 0, 31), 30000);
	ck_assert_int_eq(backoff_ms(0, 0, __LONG_LONG_MAX__), 30000);
	ck_assert_int_eq(backoff_ms(0, 7, -5), 7);
}
END_TEST

START_TEST(chances_differ)
{
	uint32_t first = backoff_chance();
	int same = 0;

	for (int i = 0; i < 16; i++)
		same += backoff_chance() == first;
	ck_assert_int_lt(same, 3);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, the_bound_doubles_up_to_eight_seconds, 0,
			    (int)(sizeof bounds / sizeof *bounds));
	tcase_add_test(tc, many_tries_and_odd_chances_stay_within_it);
	tcase_add_test(tc, a_server_s_wish_is_the_least_up_to_half_a_minute);
	tcase_add_test(tc, chances_differ);
}
