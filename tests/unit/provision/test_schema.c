/* SPDX-License-Identifier: MIT */
/* test_schema - the sections and keys of a deployment file. */
#include "provision/schema.h"

#include "provision/deployment.h"
#include "tests.h"

START_TEST(a_heading_may_have_a_name)
{
	const char *name = NULL;

	ck_assert_int_eq(schema_section("hosts", &name), SECTION_HOSTS);
	ck_assert_int_eq(schema_section("host h1", &name), SECTION_HOST);
	ck_assert_str_eq(name, "h1");
	ck_assert_int_eq(schema_section("data source shop", &name), SECTION_SOURCE);
	ck_assert_str_eq(name, "shop");
	ck_assert_int_eq(schema_section("host", &name), N_SECTIONS);
	ck_assert_int_eq(schema_section("hosts x", &name), N_SECTIONS);
}
END_TEST

START_TEST(a_key_is_of_one_section)
{
	size_t place = schema_find(SECTION_HOST, "address");

	ck_assert_uint_lt(place, SCHEMA_KEYS);
	ck_assert_str_eq(schema_keys[place].name, "address");
	ck_assert_uint_ne(place, schema_find(SECTION_BALANCER, "address"));
	ck_assert_uint_eq(schema_find(SECTION_TIER, "address"), SCHEMA_KEYS);
}
END_TEST

START_TEST(a_tier_has_one_server_at_least)
{
	struct deployment_tier tier = {.name = "web"};
	struct deployment_service service = {.id = "web"};

	schema_defaults(SECTION_TIER, &tier, 3);
	ck_assert_str_eq(tier.name, "web");
	ck_assert_int_eq(tier.min, 1);
	ck_assert_uint_eq(tier.line, 3);
	schema_defaults(SECTION_SERVICE, &service, 4);
	ck_assert_uint_eq(service.balancer, DEPLOYMENT_NONE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_heading_may_have_a_name);
	tcase_add_test(tc, a_key_is_of_one_section);
	tcase_add_test(tc, a_tier_has_one_server_at_least);
}
