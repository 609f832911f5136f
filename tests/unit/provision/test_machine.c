/* SPDX-License-Identifier: MIT */
/* test_machine - hosts that are made and destroyed. */
#include "provision/entry.h"
#include "provision/machine.h"

#include "scratch_task.h"
#include "tests.h"

static int
make(void *arg, const char *id, char address[static 64], struct err *e)
{
	(void)arg, (void)id, (void)e;
	snprintf(address, 64, "10.0.0.7 2222 root");
	return 0;
}

static int
destroy(void *arg, const char *id, const char *address, struct err *e)
{
	(void)arg, (void)e;
	scratch_write("destroyed", id);
	ck_assert_str_eq(address, "10.0.0.7");
	return 0;
}

/* A server on a host that is made. */
static void
begin(void)
{
	struct ledger_server *server;

	ck_assert_int_eq(entry_add_server(&fleet_l, fleet_l.tiers[1], NULL, &server, &fleet_err),
			 0);
	ck_assert_str_eq(server->id, "web-2");
	task_of("web-2", 1);
}

START_TEST(a_host_is_made_and_destroyed)
{
	begin();
	fleet_act.agents.make = make;
	fleet_act.agents.destroy = destroy;
	ck_assert_int_eq(machine_make(&task), 0);
	ck_assert_str_eq(task_step.server->address, "10.0.0.7");
	ck_assert_str_eq(task_step.server->user, "root");
	ck_assert_int_eq(task_step.server->port, 2222);
	ck_assert_int_eq(machine_terminate(&task), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.7 terminate\n");
	ck_assert_int_eq(machine_destroy(&task), 0);
	ck_assert_str_eq(scratch_read("destroyed"), "web-2");
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-2"));
	ck_assert_uint_eq(fleet_act.ended, 1);
}
END_TEST

START_TEST(a_host_is_not_made_without_a_command)
{
	begin();
	ck_assert_int_eq(machine_make(&task), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_null(task_step.server->address);
}
END_TEST

START_TEST(a_host_of_the_deployment_is_only_forgotten)
{
	task_of("web-1", 1);
	fleet_act.agents.destroy = destroy;
	ck_assert_int_eq(machine_destroy(&task), 0);
	ck_assert(!scratch_exists("destroyed"));
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-1"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_host_is_made_and_destroyed);
	tcase_add_test(tc, a_host_is_not_made_without_a_command);
	tcase_add_test(tc, a_host_of_the_deployment_is_only_forgotten);
}
