/* SPDX-License-Identifier: MIT */
/* test_faults - all that is wrong with a file. */
#include "provision/faults.h"

#include "tests.h"

START_TEST(each_is_a_line_of_its_own)
{
	struct faults faults = FAULTS_INIT;

	faults_add(&faults, 7, "no %s", "host");
	faults_add(&faults, 9, "'%s' is odd", "a\nb");
	ck_assert_uint_eq(faults.n, 2);
	ck_assert_str_eq(faults.text.data, "7: no host\n9: 'a?b' is odd\n");
	ck_assert(!faults.is_out_of_memory);
	faults_free(&faults);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, each_is_a_line_of_its_own);
}
