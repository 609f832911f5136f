/* SPDX-License-Identifier: MIT */
/* test_step - one step, done and kept. */
#include "provision/step.h"

#include "scratch_task.h"
#include "tests.h"

static int
act(enum lifecycle_step kind)
{
	task_of("web-1", 1);
	task_step.kind = kind;
	return step_do(&fleet_act, &task_step, &fleet_err);
}

static void
tell(void *arg, const struct planner_step *step, int done, const char *why)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 200 - len, "%s %d %s;", step->server->id, done, why ? why : "");
}

START_TEST(a_failure_has_the_program_s_status)
{
	fleet_bad_program = "startService";
	fleet_bad_status = 42;
	ck_assert_int_eq(act(STEP_START), -1);
	ck_assert_int_eq(err_status(&fleet_err), 42);
	ck_assert(!task_placed()->started);
	fleet_bad_status = AGENTS_LOST;
	ck_assert_int_eq(act(STEP_START), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
	/* Of the first stop only is told. */
	fleet_bad_program = "stopService";
	fleet_bad_status = 1;
	ck_assert_int_eq(act(STEP_QUIT), 0);
}
END_TEST

START_TEST(the_state_of_the_server_is_that_of_the_step)
{
	ck_assert_int_eq(act(STEP_START), 0);
	ck_assert_int_eq(task_step.server->state, SERVER_STARTING);
	ck_assert(task_placed()->started);
}
END_TEST

START_TEST(a_server_that_is_forgotten_by_then_is_told_of)
{
	char told[200] = "";

	fleet_act.tell = tell;
	fleet_act.tell_arg = told;
	ck_assert_int_eq(act(STEP_DESTROY), 0);
	ck_assert_str_eq(told, "web-1 -1 ;web-1 0 ;");
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-1"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_failure_has_the_program_s_status);
	tcase_add_test(tc, the_state_of_the_server_is_that_of_the_step);
	tcase_add_test(tc, a_server_that_is_forgotten_by_then_is_told_of);
}
