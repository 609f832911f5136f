/* SPDX-License-Identifier: MIT */
/* test_lifecycle - the table of steps and states. */
#include "provision/lifecycle.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests.h"

START_TEST(a_state_is_known_by_its_name)
{
	enum lifecycle_state state = N_SERVER_STATES;

	ck_assert(lifecycle_state(lifecycle_state_name((enum lifecycle_state)_i), &state));
	ck_assert_int_eq(state, _i);
}
END_TEST

#define TABLE ".Bl -column \"revokeDatabaseAccess\""

START_TEST(each_step_has_a_row_that_the_manual_has_too)
{
	const struct lifecycle_row *row = lifecycle_row((enum lifecycle_step)_i);
	FILE *page = fopen("man/enstratus-agent.7", "r");
	char line[512], wanted[512];
	int at = -1, found = -1;
	bool is_table = false;

	ck_assert_ptr_nonnull(page);
	snprintf(wanted, sizeof wanted, ".It %s Ta %s Ta %s\n", row->verb, row->when,
		 lifecycle_state_name(row->during));
	/* The rows of the page are those of the table, in their order. */
	while (fgets(line, sizeof line, page) && found < 0) {
		is_table = is_table || strncmp(line, TABLE, sizeof TABLE - 1) == 0;
		if (is_table && strncmp(line, ".It ", 4) == 0 && ++at == _i)
			found = strcmp(line, wanted) != 0;
	}
	fclose(page);
	ck_assert_msg(found == 0, "wanted %s, found %s", wanted, line);
}
END_TEST

START_TEST(what_is_no_name_is_no_state)
{
	enum lifecycle_state state = SERVER_RUNNING;

	ck_assert(!lifecycle_state("?", &state));
	ck_assert(!lifecycle_state("", &state));
	ck_assert_int_eq(state, SERVER_RUNNING);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_state_is_known_by_its_name, 0, (int)(N_SERVER_STATES));
	tcase_add_loop_test(tc, each_step_has_a_row_that_the_manual_has_too, 0, (int)(N_STEPS));
	tcase_add_test(tc, what_is_no_name_is_no_state);
}
