/* SPDX-License-Identifier: MIT */
/* main - runs the tests of one file, each in a process of its own (check(3): CK_FORK). */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static Suite *suite;

TCase *
tests_more(const char *name)
{
	TCase *tc = tcase_create(name);

	suite_add_tcase(suite, tc);
	return tc;
}

int
main(int argc, char **argv)
{
	SRunner *runner;
	int failed = test_child ? test_child(argc, argv) : -1;

	if (failed >= 0)
		return failed;
	/* A busy machine is no fault: the library's own limit is 4 s a test. */
	setenv("CK_DEFAULT_TIMEOUT", "600", 0);
	suite = suite_create(program_invocation_short_name);
	add_tests(tests_more(program_invocation_short_name));
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
