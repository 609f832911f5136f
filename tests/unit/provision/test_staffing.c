/* SPDX-License-Identifier: MIT */
/* test_staffing - how many servers a tier has. */
#include "provision/staffing.h"

#include "scratch_fleet.h"

#include "provision/entry.h"
#include "tests.h"

START_TEST(a_tier_stays_within_its_bounds)
{
	ck_assert_int_eq(staffing_want(&fleet_d.tiers[1], 0), 1);
	ck_assert_int_eq(staffing_want(&fleet_d.tiers[1], 2), 2);
	ck_assert_int_eq(staffing_want(&fleet_d.tiers[1], 9), 2);
}
END_TEST

START_TEST(too_few_hosts_are_an_error_below_min)
{
	fleet_d.tiers[1].min = 3;
	fleet_d.tiers[1].max = 3;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(a_host_that_comes_free_is_waited_for)
{
	fleet_l.tiers[1]->wanted = fleet_d.tiers[1].min = 2;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	fleet_l.tiers[1]->servers[1]->state = SERVER_LOST;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_uint_eq(fleet_l.tiers[1]->n, 2);
	ck_assert_int_eq(entry_drop_server(&fleet_l, fleet_l.tiers[1]->servers[1], &fleet_err), 0);
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_str_eq(fleet_l.tiers[1]->servers[1]->id, "web-3");
}
END_TEST

START_TEST(more_join_and_leave_as_it_is_wished)
{
	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_uint_eq(fleet_l.tiers[1]->n, 2);
	ck_assert_str_eq(fleet_l.tiers[1]->servers[1]->host, "h3");
	ck_assert_uint_eq(fleet_planner.hired, 3);
	fleet_l.tiers[1]->wanted = 1;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_int_eq(
		fleet_l.tiers[1]->servers[0]->leaving + fleet_l.tiers[1]->servers[1]->leaving, 1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_tier_stays_within_its_bounds);
	tcase_add_test(tc, too_few_hosts_are_an_error_below_min);
	tcase_add_test(tc, a_host_that_comes_free_is_waited_for);
	tcase_add_test(tc, more_join_and_leave_as_it_is_wished);
}
