/* SPDX-License-Identifier: MIT */
/* test_difference - what is to be done, step by step. */
#include "provision/difference.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "provision/staffing.h"
#include "provision/step.h"
#include "tests.h"

static struct plan plan;

static const char *
verbs(void)
{
	static char text[4096];
	size_t len = 0;

	plan_free(&plan);
	text[0] = '\0';
	ck_assert_msg(staffing_tiers(&fleet_planner, &fleet_err) == 0 &&
			      difference_plan(&fleet_planner, &plan, &fleet_err) == 0,
		      "%s", fleet_err.msg);
	for (size_t i = 0; i < plan.n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s:%s ",
					plan.steps[i].server->id,
					lifecycle_row(plan.steps[i].kind)->verb);
	return text;
}

START_TEST(a_launch_is_in_the_order_of_events)
{
	ck_assert_str_eq(
		verbs(),
		"db-1:installService web-1:installService "
		"db-1:configureService db-1:stopService db-1:startService db-1:checkService "
		"db-1:installDataSource "
		"web-1:configureService web-1:stopService web-1:startService web-1:checkService "
		"db-1:startProxy db-1:grantDatabaseAccess ");
	plan_free(&plan);
}
END_TEST

START_TEST(an_end_is_in_the_order_of_events)
{
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_str_eq(verbs(), "");
	for (size_t i = 0; i < 2; i++)
		fleet_l.tiers[i]->wanted = 0;
	ck_assert_str_eq(verbs(),
			 "db-1:stopProxy web-1:stopService db-1:stopService "
			 "db-1:terminate web-1:terminate db-1:removeService web-1:removeService "
			 "db-1:destroy web-1:destroy ");
	plan_free(&plan);
}
END_TEST

START_TEST(a_lost_server_is_not_asked_and_goes_elsewhere)
{
	struct ledger_server *server;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	server = ledger_find_server(&fleet_l, "web-1");
	server->state = SERVER_LOST;
	ledger_touch(server->tier);
	ck_assert_str_eq(
		verbs(),
		"db-1:stopProxy db-1:revokeDatabaseAccess web-1:destroy web-2:installService "
		"web-2:configureService web-2:stopService web-2:startService web-2:checkService "
		"db-1:startProxy db-1:grantDatabaseAccess ");
	ck_assert_str_eq(ledger_find_server(&fleet_l, "web-2")->host, "h3");
	plan_free(&plan);
}
END_TEST

START_TEST(why_a_service_is_configured_is_said)
{
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	references_free(&fleet_references);
	scratch_write("secret", "another\n");
	/* As the next run would see it: nothing is known to be compared. */
	for (size_t i = 0; i < 2; i++)
		ledger_touch(fleet_l.tiers[i]);
	ck_assert_str_eq(
		verbs(),
		"db-1:grantDatabaseAccess "
		"db-1:configureService db-1:stopService db-1:startService db-1:checkService "
		"web-1:configureService web-1:stopService web-1:startService web-1:checkService "
		"db-1:grantDatabaseAccess ");
	ck_assert_str_eq(plan.steps[1].why, "changed: serviceKey.admin.password");
	plan_free(&plan);
}
END_TEST

/* Tells the database of another password; the state is then that of after it. */
static void
grant(enum lifecycle_step kind)
{
	for (size_t i = 0; i < plan.n; i++)
		if (plan.steps[i].kind == kind)
			ck_assert_int_eq(step_do(&fleet_act, &plan.steps[i], &fleet_err), 0);
}

START_TEST(another_password_is_let_in_beside_the_one_before)
{
	const char *again = "db-1:configureService db-1:stopService db-1:startService "
			    "db-1:checkService web-1:configureService web-1:stopService "
			    "web-1:startService web-1:checkService ";
	char expected[400];

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	references_free(&fleet_references);
	scratch_write("secret", "another\n");
	for (size_t i = 0; i < 2; i++)
		ledger_touch(fleet_l.tiers[i]);
	snprintf(expected, sizeof expected, "db-1:grantDatabaseAccess %sdb-1:grantDatabaseAccess ",
		 again);
	ck_assert_str_eq(verbs(), expected);
	ck_assert_int_eq(plan.steps[0].kind, STEP_ADMIT);
	/* Once that is done, and the run cut off, it is not done again. */
	grant(STEP_ADMIT);
	snprintf(expected, sizeof expected, "%sdb-1:grantDatabaseAccess ", again);
	ck_assert_str_eq(verbs(), expected);
	grant(STEP_GRANT);
	ck_assert_str_eq(verbs(), again);
	ck_assert_str_eq(fleet_l.sources[0].admitted, "");
	plan_free(&plan);
}
END_TEST

START_TEST(what_was_not_ok_yet_is_looked_at)
{
	struct ledger_placed *placed;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_int_eq(difference_unsettled(&fleet_planner, true, &plan, &fleet_err), 0);
	ck_assert_uint_eq(plan.n, 0);
	plan_free(&plan);
	placed = ledger_placed(ledger_find_server(&fleet_l, "web-1"), "web");
	snprintf(placed->word, sizeof placed->word, "ERROR");
	ck_assert_int_eq(difference_unsettled(&fleet_planner, false, &plan, &fleet_err), 0);
	ck_assert_uint_eq(plan.n, 0);
	plan_free(&plan);
	ck_assert_int_eq(difference_unsettled(&fleet_planner, true, &plan, &fleet_err), 0);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.steps[0].kind, STEP_SETTLE);
	plan_free(&plan);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_launch_is_in_the_order_of_events);
	tcase_add_test(tc, an_end_is_in_the_order_of_events);
	tcase_add_test(tc, a_lost_server_is_not_asked_and_goes_elsewhere);
	tcase_add_test(tc, why_a_service_is_configured_is_said);
	tcase_add_test(tc, another_password_is_let_in_beside_the_one_before);
	tcase_add_test(tc, what_was_not_ok_yet_is_looked_at);
}
