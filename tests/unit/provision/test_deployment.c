/* SPDX-License-Identifier: MIT */
/* test_deployment - what is to run where. */
#include "provision/deployment.h"

#include "scratch_fleet.h"
#include "tests.h"

START_TEST(a_name_has_its_place)
{
	ck_assert_uint_eq(deployment_tier(&fleet_d, "web"), 1);
	ck_assert_uint_eq(deployment_service(&fleet_d, "x"), DEPLOYMENT_NONE);
	ck_assert_uint_eq(deployment_host(&fleet_d, "h2"), 1);
	ck_assert_uint_eq(deployment_find(fleet_d.balancers, fleet_d.n_balancers,
					  sizeof *fleet_d.balancers, "front"),
			  0);
}
END_TEST

START_TEST(what_was_freed_is_empty)
{
	struct deployment d = DEPLOYMENT_INIT;

	deployment_free(&d);
	ck_assert_uint_eq(d.n_tiers, 0);
	ck_assert_uint_eq(deployment_tier(&d, "web"), DEPLOYMENT_NONE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_name_has_its_place);
	tcase_add_test(tc, what_was_freed_is_empty);
}
