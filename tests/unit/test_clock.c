/* SPDX-License-Identifier: MIT */
/* test_clock - the time that only goes forward. */
#include "base/clock.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>

START_TEST(it_goes_forward_in_ms)
{
	long long first = clock_ms();

	poll(NULL, 0, 30);
	ck_assert_int_ge(clock_ms() - first, 29);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = tcase_create("clock");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, it_goes_forward_in_ms);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
