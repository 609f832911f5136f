/* SPDX-License-Identifier: MIT */
/* test_backups - what a data source is loaded from. */
#include "provision/backups.h"

#include "scratch_fleet.h"
#include "tests.h"

START_TEST(the_newest_backup_goes_before_the_dump)
{
	struct backup backup;
	char path[PATH_MAX];

	ck_assert(backups_dump(&fleet_d, 0, path));
	ck_assert_str_eq(strrchr(path, '/'), "/dump.sql");
	for (long long now = 1000000000; now < 1000000003; now++) {
		ck_assert_int_eq(backups_begin(&fleet_d, "shop", ".gz", now, &backup, &fleet_err),
				 0);
		ck_assert_int_eq(backups_end(&backup, now < 1000000002, &fleet_err), 0);
	}
	scratch_write("backups/shop-2-20991231T000000Z.gz", "another's");
	ck_assert(backups_dump(&fleet_d, 0, path));
	ck_assert_str_eq(strrchr(path, '/'), "/shop-20010909T014641Z.gz");
}
END_TEST

START_TEST(without_a_directory_there_are_none)
{
	struct backup backup;
	char path[PATH_MAX];

	fleet_d.backups = NULL;
	ck_assert_int_eq(backups_begin(&fleet_d, "shop", ".gz", 0, &backup, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_USAGE);
	fleet_d.sources[0].dump = NULL;
	ck_assert(!backups_dump(&fleet_d, 0, path));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, the_newest_backup_goes_before_the_dump);
	tcase_add_test(tc, without_a_directory_there_are_none);
}
