/* SPDX-License-Identifier: MIT */
/* test_placement - the steps of a service on its server. */
#include "provision/placement.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(an_image_is_sent_installed_and_dropped)
{
	ck_assert_int_eq(placement_install(task_of("web-1", 1)), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.2 receiveFile --have "));
	ck_assert_ptr_nonnull(strstr(fleet_asked, " 8 .zip\n"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, " web c1 www /there/file\n"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "receiveFile --drop "));
	ck_assert_str_eq(task_placed()->digest, fleet_planner.digests[1]);
}
END_TEST

START_TEST(a_configuration_is_no_argument)
{
	ck_assert_int_eq(placement_configure(task_of("web-1", 1)), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.2 configureService --config - www c1 web\n");
	ck_assert_ptr_nonnull(task_placed()->told);
	ck_assert_ptr_null(strstr(task_placed()->told, "pass-word"));
	ck_assert(!task_placed()->started);
	ck_assert_int_eq(placement_start(&task), 0);
	ck_assert(task_placed()->started);
	ck_assert_int_eq(placement_check(&task), 0);
	ck_assert_str_eq(task_placed()->word, "OK");
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-1")->state, SERVER_RUNNING);
}
END_TEST

START_TEST(what_is_not_ok_is_looked_at_again_unless_it_was_before)
{
	task_of("web-1", 1);
	task_placed()->settled = true;
	fleet_bad_program = "checkService";
	fleet_bad_status = 3;
	ck_assert_int_eq(placement_settle(&task), -1);
	ck_assert_str_eq(fleet_asked, "10.0.0.2 checkService web\n");
	fleet_bad_program = "-";
	task_of("web-1", 1);
	ck_assert_int_eq(placement_settle(&task), 0);
}
END_TEST

START_TEST(a_service_is_stopped_and_removed)
{
	ck_assert_int_eq(placement_install(task_of("web-1", 1)), 0);
	ck_assert_int_eq(placement_start(&task), 0);
	ck_assert_int_eq(placement_stop(&task), 0);
	ck_assert(!task_placed()->started);
	/* It is gone already: that is as good. */
	fleet_bad_program = "removeService";
	fleet_bad_status = 66;
	ck_assert_int_eq(placement_remove(&task), 0);
	ck_assert_str_eq(task_placed()->digest, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, an_image_is_sent_installed_and_dropped);
	tcase_add_test(tc, a_configuration_is_no_argument);
	tcase_add_test(tc, what_is_not_ok_is_looked_at_again_unless_it_was_before);
	tcase_add_test(tc, a_service_is_stopped_and_removed);
}
