/* SPDX-License-Identifier: MIT */
/* tests - what a file of unit tests gives to tests/unit/main.c. */
#ifndef TESTS_UNIT_TESTS_H
#define TESTS_UNIT_TESTS_H

#include <check.h>

/* add_tests - fixtures and tests of the file. */
void add_tests(TCase *tc);

/* tests_more - another case of the same file, for fixtures of its own. */
TCase *tests_more(const char *name);

/*
 * test_child - what the program does when a test runs it as another program: its exit status, -1
 *              when it is not run so.  Only files that need it have it.
 */
int test_child(int argc, char **argv) __attribute__((weak));

#endif
