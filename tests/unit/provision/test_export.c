/* SPDX-License-Identifier: MIT */
/* test_export - backups that are made on a server, and fetched. */
#include "provision/export.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(a_backup_is_fetched_whole_or_not_at_all)
{
	char path[600];

	ck_assert_int_eq(export_source(&fleet_act, 0, &fleet_err), 0);
	ck_assert_ptr_nonnull(strstr(fleet_asked, "backupDataSource db shop - /there/backup\n"));
	fleet_bad_program = "sendFile";
	fleet_bad_status = 74;
	ck_assert_int_eq(export_service(&fleet_act, 1, &fleet_err), -1);
	snprintf(path, sizeof path, "rm %s/backups/shop-2*.gz && rmdir %s/backups", scratch_dir,
		 scratch_dir);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_backup_is_fetched_whole_or_not_at_all);
}
