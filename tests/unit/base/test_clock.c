/* SPDX-License-Identifier: MIT */
/* test_clock - the time that only goes forward. */
#include "base/clock.h"

#include <check.h>
#include <poll.h>

#include "tests.h"

START_TEST(it_goes_forward_in_ms)
{
	long long first = clock_ms();

	poll(NULL, 0, 30);
	ck_assert_int_ge(clock_ms() - first, 29);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, it_goes_forward_in_ms);
}
