/* SPDX-License-Identifier: MIT */
/* test_consistency - whether the sections of a deployment fit together. */
#include "provision/consistency.h"

#include "scratch_fleet.h"
#include "tests.h"

static struct faults faults;

/* What was found, when the small deployment is looked at again. */
static const char *
found(void)
{
	faults_free(&faults);
	consistency_check(&fleet_d, &faults);
	return faults.n ? faults.text.data : "";
}

START_TEST(what_fits_has_no_fault)
{
	ck_assert_str_eq(found(), "");
	ck_assert_uint_eq(fleet_d.services[1].level, 1);
	ck_assert_uint_eq(fleet_d.services[1].tier, 1);
	ck_assert_uint_eq(fleet_d.services[1].balancer, 0);
}
END_TEST

START_TEST(a_file_must_be_there)
{
	fleet_d.services[1].image = "/none.zip";
	fleet_d.services[0].keys[0].password = "file:/none";
	fleet_d.sources[0].password = "file:/none.either";
	fleet_d.sources[0].dump = "/none.sql";
	found();
	ck_assert_ptr_nonnull(strstr(faults.text.data, "[service web]: the image '/none.zip' can"));
	ck_assert_ptr_nonnull(strstr(faults.text.data, "[service db]: the secret '/none' cannot"));
	ck_assert_ptr_nonnull(
		strstr(faults.text.data, "[data source shop]: the secret '/none.either' cannot"));
	ck_assert_ptr_nonnull(strstr(faults.text.data, "the dump '/none.sql' cannot be read"));
	ck_assert_uint_eq(faults.n, 4);
	faults_free(&faults);
	/* What only looks, or ends it all, does without them. */
	faults.no_files = true;
	consistency_check(&fleet_d, &faults);
	ck_assert_uint_eq(faults.n, 0);
	faults_free(&faults);
}
END_TEST

START_TEST(a_place_of_a_name_must_be_there)
{
	fleet_d.balancers[0].tier_name = "none";
	fleet_d.sources[0].service_name = "nothing";
	ck_assert_ptr_nonnull(strstr(found(), "[balancer front]: there is no [tier none]"));
	ck_assert_ptr_nonnull(strstr(found(), "there is no [service nothing]"));
	ck_assert_uint_eq(faults.n, 2);
	faults_free(&faults);
}
END_TEST

START_TEST(more_servers_than_hosts_need_a_command)
{
	fleet_d.tiers[1].min = fleet_d.tiers[1].max = 3;
	ck_assert_ptr_nonnull(strstr(found(), "only 2 hosts and no [hosts] make"));
	fleet_d.make = fleet_d.destroy = "x";
	ck_assert_str_eq(found(), "");
	faults_free(&faults);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, what_fits_has_no_fault);
	tcase_add_test(tc, a_file_must_be_there);
	tcase_add_test(tc, a_place_of_a_name_must_be_there);
	tcase_add_test(tc, more_servers_than_hosts_need_a_command);
}
