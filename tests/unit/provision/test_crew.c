/* SPDX-License-Identifier: MIT */
/* test_crew - what a plan says, on several hosts at once. */
#include "provision/crew.h"

#include "scratch_fleet.h"
#include "tests.h"

#include <stdatomic.h>

static atomic_int n_done;

static int
count(void *arg, size_t i, struct err *e)
{
	(void)arg;
	n_done++;
	return i == 3 ? err_set(e, ERR_IO, "the fourth") : 0;
}

START_TEST(all_are_done_whatever_becomes_of_some)
{
	ck_assert_int_eq(crew_each(100, 8, count, NULL, &fleet_err), -1);
	ck_assert_int_eq(n_done, 100);
	ck_assert_str_eq(fleet_err.msg, "the fourth");
	fleet_err = ERR_INIT;
	ck_assert_int_eq(crew_each(0, 8, count, NULL, &fleet_err), 0);
}
END_TEST

START_TEST(up_comes_to_its_end_and_then_does_nothing)
{
	ck_assert_msg(crew_up(&fleet_act, _i ? 8 : 1, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-1")->state, SERVER_RUNNING);
	fleet_asked[0] = '\0';
	ck_assert_int_eq(crew_up(&fleet_act, 8, &fleet_err), 0);
	ck_assert_str_eq(fleet_asked, "");
}
END_TEST

START_TEST(after_a_failure_nothing_that_depends_on_it_is_begun)
{
	fleet_bad_program = "startService";
	fleet_bad_address = "10.0.0.1";
	fleet_bad_status = 1;
	ck_assert_int_eq(crew_up(&fleet_act, 8, &fleet_err), -1);
	ck_assert_ptr_null(strstr(fleet_asked, "10.0.0.2 configureService"));
	/* The next one goes on from there. */
	fleet_bad_program = "-";
	fleet_err = ERR_INIT;
	fleet_asked[0] = '\0';
	ck_assert_int_eq(crew_up(&fleet_act, 8, &fleet_err), 0);
	ck_assert_ptr_null(strstr(fleet_asked, "installService"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.2 configureService"));
}
END_TEST

START_TEST(a_change_that_fails_on_one_leaves_the_other_as_it_was)
{
	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(crew_up(&fleet_act, 2, &fleet_err), 0);
	references_free(&fleet_references);
	scratch_write("secret", "another-word\n");
	/* What was compared is not compared again without a reason. */
	ledger_touch(fleet_l.tiers[0]);
	fleet_asked[0] = '\0';
	fleet_bad_program = "startService";
	fleet_bad_address = "10.0.0.2";
	fleet_bad_status = 70;
	ck_assert_int_eq(crew_up(&fleet_act, 2, &fleet_err), -1);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.2 configureService"));
	ck_assert_ptr_null(strstr(fleet_asked, "10.0.0.3 configureService"));
	/* Nor when it is tried again. */
	ck_assert_int_eq(crew_up(&fleet_act, 2, &fleet_err), -1);
	ck_assert_ptr_null(strstr(fleet_asked, "10.0.0.3 configureService"));
	fleet_bad_program = "";
	ck_assert_int_eq(crew_up(&fleet_act, 2, &fleet_err), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.3 configureService"));
}
END_TEST

START_TEST(a_server_that_joins_configures_no_other)
{
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	fleet_asked[0] = '\0';
	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_ptr_null(strstr(fleet_asked, "10.0.0.2 configureService"));
	ck_assert_str_eq(fleet_verbs(), "installService configureService stopService startService "
					"checkService startProxy grantDatabaseAccess ");
}
END_TEST

START_TEST(a_lost_database_is_loaded_elsewhere_and_its_dependents_are_told)
{
	struct ledger_server *db;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	db = ledger_find_server(&fleet_l, "db-1");
	db->state = SERVER_LOST;
	ledger_touch(db->tier);
	fleet_asked[0] = '\0';
	ck_assert_msg(crew_up(&fleet_act, 1, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.4 installDataSource --run 5630fe7e db"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.2 configureService"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.4 grantDatabaseAccess db"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.4 startProxy web"));
	ck_assert_ptr_null(strstr(fleet_asked, "10.0.0.1 "));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, all_are_done_whatever_becomes_of_some);
	tcase_add_loop_test(tc, up_comes_to_its_end_and_then_does_nothing, 0, (int)(2));
	tcase_add_test(tc, after_a_failure_nothing_that_depends_on_it_is_begun);
	tcase_add_test(tc, a_change_that_fails_on_one_leaves_the_other_as_it_was);
	tcase_add_test(tc, a_server_that_joins_configures_no_other);
	tcase_add_test(tc, a_lost_database_is_loaded_elsewhere_and_its_dependents_are_told);
}
