/* SPDX-License-Identifier: MIT */
/* test_routing - the steps of a balancer. */
#include "provision/routing.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(a_balancer_is_told_of_a_server_and_of_its_end)
{
	struct ledger_server *web = ledger_find_server(&fleet_l, "web-1");

	task_of("db-1", 1);
	task_step.about = web;
	ck_assert_int_eq(routing_add(&task), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.1 startProxy web * NONE 10.0.0.1 10.0.0.2 80\n");
	ck_assert_uint_eq(web->n_nodes, 1);
	ck_assert_str_eq(web->nodes[0].address, "10.0.0.2:80");
	/* Told again, it is there once. */
	ck_assert_int_eq(routing_add(&task), 0);
	ck_assert_uint_eq(web->n_nodes, 1);
	fleet_asked[0] = '\0';
	ck_assert_int_eq(routing_drop(&task), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.1 stopProxy 10.0.0.2\n");
	ck_assert_uint_eq(web->n_nodes, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_balancer_is_told_of_a_server_and_of_its_end);
}
