/* SPDX-License-Identifier: MIT */
/* test_upkeep - the steps of a server that counts. */
#include "provision/upkeep.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "provision/staffing.h"
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

START_TEST(one_that_is_new_gets_all)
{
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_int_eq(upkeep_plan(&making, ledger_find_server(&fleet_l, "web-1"), 1), 0);
	ck_assert_str_eq(plan.steps[0].why, "the server has joined");
	ck_assert_str_eq(verbs(), "web-1:installService web-1:configureService web-1:stopService "
				  "web-1:startService web-1:checkService db-1:startProxy ");
}
END_TEST

START_TEST(one_that_is_as_it_should_be_gets_nothing)
{
	struct ledger_server *server;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	server = ledger_find_server(&fleet_l, "web-1");
	ck_assert_int_eq(upkeep_plan(&making, server, 1), 0);
	ck_assert_str_eq(verbs(), "");
	/* In a tier that does not have the service, it is too much. */
	ck_assert_int_eq(upkeep_plan(&making, server, 0), 0);
	ck_assert_ptr_nonnull(strstr(verbs(), "web-1:stopService web-1:removeService "));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, one_that_is_new_gets_all);
	tcase_add_test(tc, one_that_is_as_it_should_be_gets_nothing);
}
