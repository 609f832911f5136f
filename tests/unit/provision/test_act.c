/* SPDX-License-Identifier: MIT */
/* test_act - one step under way. */
#include "provision/act.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(a_status_is_a_failure_only_where_it_is_demanded)
{
	const char *words[] = {"startService", "web", NULL};
	const struct ledger_server *server = task_of("web-1", 1)->step->server;

	fleet_bad_program = "startService";
	fleet_bad_status = 42;
	ck_assert_int_eq(act_ask(&task, server, words), 0);
	ck_assert_int_eq(task.call.status, 42);
	ck_assert_int_eq(act_demand(&task, server, words), -1);
	ck_assert_int_eq(err_status(&fleet_err), 42);
	ck_assert_str_eq(fleet_asked, "10.0.0.2 startService web\n10.0.0.2 startService web\n");
}
END_TEST

START_TEST(a_lost_connection_is_named)
{
	const char *words[] = {"startService", "web", NULL};

	task_of("web-1", 1);
	fleet_bad_program = "startService";
	fleet_bad_status = AGENTS_LOST;
	ck_assert_int_eq(act_demand(&task, task_step.server, words), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "web-1"));
}
END_TEST

START_TEST(a_lost_server_stays_lost)
{
	task_of("web-1", 1);
	ck_assert_int_eq(act_state(&task, SERVER_STARTING), 0);
	ck_assert_int_eq(task_step.server->state, SERVER_STARTING);
	task_step.server->state = SERVER_LOST;
	ck_assert_int_eq(act_state(&task, SERVER_STARTING), 0);
	ck_assert_int_eq(task_step.server->state, SERVER_LOST);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_status_is_a_failure_only_where_it_is_demanded);
	tcase_add_test(tc, a_lost_connection_is_named);
	tcase_add_test(tc, a_lost_server_stays_lost);
}
