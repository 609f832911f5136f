/* SPDX-License-Identifier: MIT */
/* test_ledger - what is known of servers. */
#include "provision/ledger.h"

#include "scratch_fleet.h"
#include "tests.h"

START_TEST(servers_stand_in_the_order_of_their_numbers)
{
	const struct ledger_tier *tier = fleet_l.tiers[1];

	ck_assert_ptr_nonnull(ledger_server(&fleet_l, "web-3"));
	ck_assert_ptr_nonnull(ledger_server(&fleet_l, "web-12"));
	ck_assert_ptr_nonnull(ledger_server(&fleet_l, "web-2"));
	ck_assert_ptr_eq(ledger_server(&fleet_l, "web-3"), ledger_find_server(&fleet_l, "web-3"));
	ck_assert_uint_eq(tier->n, 3);
	ck_assert_str_eq(tier->servers[0]->id, "web-2");
	ck_assert_str_eq(tier->servers[2]->id, "web-12");
	ck_assert_uint_eq(tier->next, 13);
	ck_assert_ptr_null(ledger_server(&fleet_l, "web"));
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-1"));
}
END_TEST

START_TEST(tiers_stand_in_the_order_of_the_deployment)
{
	struct ledger l = {.store = NULL};

	ck_assert_ptr_nonnull(ledger_tier(&l, "gone"));
	ck_assert_ptr_nonnull(ledger_tier(&l, "web"));
	ck_assert_int_eq(ledger_bind(&l, &fleet_d, &fleet_err), 0);
	ck_assert_uint_eq(l.n_tiers, 3);
	ck_assert_str_eq(l.tiers[0]->name, "db");
	ck_assert_str_eq(l.tiers[1]->name, "web");
	ck_assert_str_eq(l.tiers[2]->name, "gone");
	ledger_close(&l);
}
END_TEST

START_TEST(what_leaves_or_is_lost_does_not_count)
{
	struct ledger_server *server = ledger_server(&fleet_l, "web-1");

	ck_assert(ledger_counts(server));
	server->leaving = true;
	ck_assert(!ledger_counts(server));
	server->leaving = false;
	server->state = SERVER_LOST;
	ck_assert(!ledger_counts(server));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, servers_stand_in_the_order_of_their_numbers);
	tcase_add_test(tc, tiers_stand_in_the_order_of_the_deployment);
	tcase_add_test(tc, what_leaves_or_is_lost_does_not_count);
}
