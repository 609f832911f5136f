/* SPDX-License-Identifier: MIT */
/* test_planner - what is to be done, step by step. */
#include "provision/planner.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "tests.h"

static struct plan plan;

static const char *
verbs(void)
{
	static char text[4096];
	size_t len = 0;

	plan_free(&plan);
	text[0] = '\0';
	ck_assert_msg(planner_staff(&fleet_planner, &fleet_err) == 0 &&
			      planner_plan(&fleet_planner, &plan, &fleet_err) == 0,
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

START_TEST(a_tier_stays_within_its_bounds)
{
	ck_assert_int_eq(planner_want(&fleet_d.tiers[1], 0), 1);
	ck_assert_int_eq(planner_want(&fleet_d.tiers[1], 2), 2);
	ck_assert_int_eq(planner_want(&fleet_d.tiers[1], 9), 2);
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
		"db-1:configureService db-1:stopService db-1:startService db-1:checkService "
		"web-1:configureService web-1:stopService web-1:startService web-1:checkService "
		"db-1:grantDatabaseAccess ");
	ck_assert_str_eq(plan.steps[0].why, "changed: serviceKey.admin.password");
	plan_free(&plan);
}
END_TEST

START_TEST(too_few_hosts_are_an_error_below_min)
{
	fleet_d.tiers[1].min = 3;
	fleet_d.tiers[1].max = 3;
	ck_assert_int_eq(planner_staff(&fleet_planner, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_launch_is_in_the_order_of_events);
	tcase_add_test(tc, a_tier_stays_within_its_bounds);
	tcase_add_test(tc, an_end_is_in_the_order_of_events);
	tcase_add_test(tc, a_lost_server_is_not_asked_and_goes_elsewhere);
	tcase_add_test(tc, why_a_service_is_configured_is_said);
	tcase_add_test(tc, too_few_hosts_are_an_error_below_min);
}
