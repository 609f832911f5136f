/* SPDX-License-Identifier: MIT */
/* test_departure - the steps of a server that leaves. */
#include "provision/departure.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "tests.h"

static struct plan plan;
static struct planner_making making = {.p = &fleet_planner, .plan = &plan, .e = &fleet_err};

static const char *
verbs(void)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan.n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s:%s ",
					plan.steps[i].server->id,
					lifecycle_row(plan.steps[i].kind)->verb);
	plan_free(&plan);
	return text;
}

START_TEST(one_that_leaves_is_stopped_and_removed)
{
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_int_eq(departure_plan(&making, ledger_find_server(&fleet_l, "web-1")), 0);
	ck_assert_str_eq(plan.steps[0].why, "web-1 leaves");
	ck_assert_str_eq(verbs(), "db-1:stopProxy web-1:stopService db-1:revokeDatabaseAccess "
				  "web-1:terminate web-1:removeService web-1:destroy ");
}
END_TEST

START_TEST(one_that_is_lost_is_not_called)
{
	struct ledger_server *server;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	server = ledger_find_server(&fleet_l, "web-1");
	server->state = SERVER_LOST;
	ck_assert_int_eq(departure_plan(&making, server), 0);
	ck_assert_str_eq(plan.steps[0].why, "web-1 is lost");
	ck_assert_str_eq(verbs(), "db-1:stopProxy db-1:revokeDatabaseAccess web-1:destroy ");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, one_that_leaves_is_stopped_and_removed);
	tcase_add_test(tc, one_that_is_lost_is_not_called);
}
