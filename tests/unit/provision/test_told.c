/* SPDX-License-Identifier: MIT */
/* test_told - what services and databases are told. */
#include "provision/told.h"

#include "scratch_fleet.h"
#include "tests.h"

#include "provision/staffing.h"

static struct told told;
static struct secret text;

static const char *
service(size_t at, const char *id)
{
	static char copy[8192];

	told = (struct told){&fleet_d, &fleet_l, &fleet_references};
	secret_free(&text);
	ck_assert_msg(told_service(&told, &fleet_d.services[at], ledger_find_server(&fleet_l, id),
				   &text, &fleet_err) == 0,
		      "%s", fleet_err.msg);
	snprintf(copy, sizeof copy, "%.*s", (int)text.len, secret_reveal(&text));
	return copy;
}

static void
staff(void)
{
	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
}

START_TEST(a_service_is_told_where_its_database_is)
{
	const char *said;

	staff();
	said = service(1, "web-1");
	ck_assert_ptr_nonnull(strstr(said, "\nserviceId=web\n"));
	ck_assert_ptr_nonnull(strstr(said, "dependency.DATA_SOURCE-shop.writeHosts=10.0.0.1\n"));
	ck_assert_ptr_nonnull(strstr(said, "dependency.DATA_SOURCE-shop.password=pass-word\n"));
	ck_assert_ptr_nonnull(strstr(said, "dataSource.shop.servicePassword=pass-word\n"));
	ck_assert_ptr_nonnull(strstr(said, "addresses=10.0.0.2\n"));
	said = service(0, "db-1");
	ck_assert_ptr_nonnull(strstr(said, "serviceKey.admin.password=pass-word\n"));
	ck_assert_ptr_nonnull(strstr(said, "role=master\n"));
}
END_TEST

START_TEST(only_what_differs_has_changed)
{
	struct changes changes;
	struct ledger_placed placed = {.told = NULL};

	staff();
	service(1, "web-1");
	ck_assert_int_eq(told_compare(&text, &placed, &changes, &fleet_err), 0);
	ck_assert_str_eq(changes.names.data, "*");
	ck_assert_ptr_null(strstr(changes.now.data, "pass-word"));
	placed.told = changes.now.data;
	placed.told_len = changes.now.len;
	changes.now = BUF_INIT;
	changes_free(&changes);
	service(1, "web-1");
	ck_assert_int_eq(told_compare(&text, &placed, &changes, &fleet_err), 0);
	ck_assert_uint_eq(changes.names.len, 0);
	changes_free(&changes);
	free(ledger_find_server(&fleet_l, "db-1")->address);
	ledger_find_server(&fleet_l, "db-1")->address = strdup("10.0.0.9");
	service(1, "web-1");
	ck_assert_int_eq(told_compare(&text, &placed, &changes, &fleet_err), 0);
	ck_assert_str_eq(changes.names.data, "dataSource.shop.read,dataSource.shop.write,"
					     "dependency.DATA_SOURCE-shop.readHosts,"
					     "dependency.DATA_SOURCE-shop.writeHosts");
	changes_free(&changes);
	free(placed.told);
}
END_TEST

START_TEST(a_grant_is_for_all_that_use_it)
{
	struct buf addresses = BUF_INIT;
	char hash[33], other[33];

	staff();
	told = (struct told){&fleet_d, &fleet_l, &fleet_references};
	ck_assert_int_eq(told_addresses(&fleet_d, &fleet_l, 0, NULL, &addresses, &fleet_err), 0);
	ck_assert_str_eq(addresses.data, "10.0.0.2,10.0.0.3");
	ck_assert_int_eq(told_source(&told, &fleet_d.sources[0], addresses.data, &text, &fleet_err),
			 0);
	told_hash(&fleet_l, &text, hash);
	ck_assert_int_eq(told_finish(&text, &fleet_err), 0);
	told_hash(&fleet_l, &text, other);
	ck_assert_str_ne(hash, other);
	buf_free(&addresses);
	secret_free(&text);
}
END_TEST

START_TEST(one_that_leaves_is_not_told_of)
{
	staff();
	ledger_find_server(&fleet_l, "db-1")->leaving = true;
	ck_assert_ptr_nonnull(strstr(service(1, "web-1"), "writeHosts=\n"));
	ck_assert_ptr_null(told_writer(fleet_l.tiers[0]));
	secret_free(&text);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_service_is_told_where_its_database_is);
	tcase_add_test(tc, only_what_differs_has_changed);
	tcase_add_test(tc, a_grant_is_for_all_that_use_it);
	tcase_add_test(tc, one_that_leaves_is_not_told_of);
}
