/* SPDX-License-Identifier: MIT */
/* test_consent - what cannot be undone is meant. */
#include "cli/consent.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests.h"

static const struct {
	const char *second;
	bool yes;
	int result;
	const char *says;
} table[] = {
	{"a1", false, 0, NULL},
	{NULL, true, 0, NULL},
	{NULL, false, -1, "give the id twice, or --yes"},
	{"a2", false, -1, "'a1' and 'a2' are two ids"},
	{"a2", true, -1, "two ids"},
	{"", false, -1, "two ids"},
};

/* Without a terminal; with one see remove.sh. */
START_TEST(it_has_to_be_said)
{
	char *args[] = {(char *)"a1", (char *)table[_i].second, NULL};
	struct cli cli = {.args = args, .n_args = table[_i].second ? 2 : 1, .yes = table[_i].yes};
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
	ck_assert_int_eq(consent_given(&cli, &err), table[_i].result);
	if (table[_i].says)
		ck_assert_msg(strstr(err.msg, table[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(a_question_needs_somebody)
{
	struct cli cli = {.yes = true};
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
	ck_assert_int_eq(consent_typed(&cli, "Is it so", "yes", &err), 0);
	cli.yes = false;
	ck_assert_int_eq(consent_typed(&cli, "Is it so", "yes", &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_question_needs_somebody);
	tcase_add_loop_test(tc, it_has_to_be_said, 0, sizeof table / sizeof *table);
}
