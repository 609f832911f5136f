/* SPDX-License-Identifier: MIT */
/* test_act - one step, done and kept. */
#include "scratch_fleet.h"
#include "tests.h"

static struct planner_step step;

static int
act(enum lifecycle_step kind, const char *server)
{
	fleet_err = ERR_INIT;
	fleet_asked[0] = '\0';
	step = (struct planner_step){.kind = kind,
				     .server = ledger_find_server(&fleet_l, server),
				     .service = 1,
				     .source = 0,
				     .balancer = 0,
				     .id = "web"};
	step.about = step.server;
	return act_step(&fleet_act, &step, &fleet_err);
}

static struct ledger_placed *
placed(void)
{
	return ledger_placed(ledger_find_server(&fleet_l, "web-1"), "web");
}

static void
begin(void)
{
	fleet_setup();
	ck_assert_int_eq(planner_staff(&fleet_planner, &fleet_err), 0);
}

START_TEST(an_image_is_sent_installed_and_dropped)
{
	ck_assert_int_eq(act(STEP_INSTALL, "web-1"), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "10.0.0.2 receiveFile --have "));
	ck_assert_ptr_nonnull(strstr(fleet_asked, " 8 .zip\n"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, " web c1 www /there/file\n"));
	ck_assert_ptr_nonnull(strstr(fleet_asked, "receiveFile --drop "));
	ck_assert_str_eq(placed()->digest, fleet_planner.digests[1]);
}
END_TEST

START_TEST(a_configuration_is_no_argument)
{
	ck_assert_int_eq(act(STEP_CONFIGURE, "web-1"), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.2 configureService --config - www c1 web\n");
	ck_assert_ptr_nonnull(placed()->told);
	ck_assert_ptr_null(strstr(placed()->told, "pass-word"));
	ck_assert(!placed()->started);
	ck_assert_int_eq(act(STEP_START, "web-1"), 0);
	ck_assert(placed()->started);
	ck_assert_int_eq(act(STEP_CHECK, "web-1"), 0);
	ck_assert_str_eq(placed()->word, "OK");
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-1")->state, SERVER_RUNNING);
}
END_TEST

START_TEST(a_failure_has_the_program_s_status)
{
	fleet_bad_program = "startService";
	fleet_bad_status = 42;
	ck_assert_int_eq(act(STEP_START, "web-1"), -1);
	ck_assert_int_eq(err_status(&fleet_err), 42);
	ck_assert(!placed()->started);
	fleet_bad_status = AGENTS_LOST;
	ck_assert_int_eq(act(STEP_START, "web-1"), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
	/* Of the first stop only is told. */
	fleet_bad_program = "stopService";
	fleet_bad_status = 1;
	ck_assert_int_eq(act(STEP_QUIT, "web-1"), 0);
}
END_TEST

START_TEST(a_grant_is_kept_with_whom_it_was_for)
{
	fleet_asked[0] = '\0';
	step = (struct planner_step){.kind = STEP_GRANT,
				     .server = ledger_find_server(&fleet_l, "db-1"),
				     .service = 0,
				     .source = 0,
				     .id = "db"};
	step.about = step.server;
	ck_assert_int_eq(act_step(&fleet_act, &step, &fleet_err), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.1 grantDatabaseAccess db -\n");
	ck_assert_str_eq(ledger_source(&fleet_l, "shop")->granted, "10.0.0.2");
	ck_assert_str_eq(ledger_source(&fleet_l, "shop")->server, "db-1");
}
END_TEST

START_TEST(a_backup_is_fetched_whole_or_not_at_all)
{
	char path[600];

	ck_assert_int_eq(act_backup_source(&fleet_act, 0, &fleet_err), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "backupDataSource db shop - /there/backup\n"));
	fleet_bad_program = "sendFile";
	fleet_bad_status = 74;
	ck_assert_int_eq(act_backup_service(&fleet_act, 1, &fleet_err), -1);
	snprintf(path, sizeof path, "rm %s/backups/shop-2*.gz && rmdir %s/backups", scratch_dir,
		 scratch_dir);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, fleet_teardown);
	tcase_add_test(tc, an_image_is_sent_installed_and_dropped);
	tcase_add_test(tc, a_configuration_is_no_argument);
	tcase_add_test(tc, a_failure_has_the_program_s_status);
	tcase_add_test(tc, a_grant_is_kept_with_whom_it_was_for);
	tcase_add_test(tc, a_backup_is_fetched_whole_or_not_at_all);
}
