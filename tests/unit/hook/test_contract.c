/* SPDX-License-Identifier: MIT */
/* test_contract - the table of hooks holds what the contract says. */
#include "hook/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/settings.h"
#include "scratch.h"
#include "tests.h"

/* enstratus-agent(7), HOOKS, once more and by hand: a slip in the table must not go unseen. */
static const struct {
	const struct hook *hook;
	const char *name, *old_name, *event, *log_file;
	int absent, not_executable, timeout_s;
	bool as_caller;
} rows[] = {
	{&HOOK_CONFIGURE, "enstratus-configure", "enStratus-configure", "deploy", NULL, 0, 10, 1800,
	 true},
	{&HOOK_START, "enstratus-start", "enStratus-start", "start", NULL, 10, 10, 1800, false},
	{&HOOK_STOP, "enstratus-stop", "enStratus-stop", "stop", "stopService.log", 10, 10, 1800,
	 false},
	{&HOOK_CHECK, "enstratus-check", "enStratus-check", "check", NULL, 0, 0, 30, false},
	{&HOOK_INSTALL_DATA, "enstratus-installds", "enstratus-installDataSource", "installds",
	 NULL, 0, 22, 1800, false},
	{&HOOK_BACKUP_DATA, "enstratus-backupDataSource", "enStratus-backupDataSource", "backup",
	 NULL, 10, 10, 1800, false},
	{&HOOK_GRANT, "enstratus-dbgrant", "enstratus-grantDatabaseAccess", "grant", NULL, 0, 10,
	 1800, false},
	{&HOOK_REVOKE, "enstratus-dbrevoke", "enstratus-revokeDatabaseAccess", "revoke",
	 "revokeDatabaseAccess.log", 0, 10, 1800, false},
	{&HOOK_BACKUP, "enstratus-backupService", "enStratus-backupService", "backup", NULL, 0, 0,
	 1800, false},
	{&HOOK_LOCK, "enstratus-lock", "enStratus-lock", "lock", NULL, 0, 0, 1800, false},
	{&HOOK_REMOVE, "enstratus-remove", "enStratus-remove", "remove", NULL, 0, 10, 1800, false},
};

START_TEST(a_row_is_the_contract_s)
{
	const struct hook *hook = rows[_i].hook;

	ck_assert_str_eq(hook->name, rows[_i].name);
	ck_assert_str_eq(hook->event, rows[_i].event);
	ck_assert_int_eq(hook->absent_status, rows[_i].absent);
	ck_assert_int_eq(hook->not_executable_status, rows[_i].not_executable);
	ck_assert_int_eq(hook->timeout_s, rows[_i].timeout_s);
	ck_assert_int_eq(hook->as_caller, rows[_i].as_caller);
	if (rows[_i].log_file)
		ck_assert_str_eq(hook->log_file, rows[_i].log_file);
	else
		ck_assert_ptr_null(hook->log_file);
}
END_TEST

START_TEST(an_old_spelling_is_known)
{
	bool found = false;

	for (int i = 0; i < CONTRACT_OLD_NAMES_MAX; i++)
		found = found || (rows[_i].hook->old_names[i] &&
				  strcmp(rows[_i].hook->old_names[i], rows[_i].old_name) == 0);
	ck_assert(found);
}
END_TEST

START_TEST(it_is_found_by_each_of_its_names)
{
	ck_assert_ptr_eq(contract_find(rows[_i].name), rows[_i].hook);
	ck_assert_ptr_eq(contract_find(rows[_i].old_name), rows[_i].hook);
	ck_assert_ptr_null(contract_find("enstratus-star"));
	ck_assert_ptr_null(contract_find(""));
}
END_TEST

/* The settings lie below the hooks, and have a list of their own. */
START_TEST(its_time_limit_is_a_setting)
{
	struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	struct paths paths;
	long long seconds = 0;
	char name[80], text[120];
	const struct settings_number number = {"hooks", name, 1, 100};

	snprintf(name, sizeof name, "%s.timeout", rows[_i].hook->name);
	snprintf(text, sizeof text, "[hooks]\n%s=5\n", name);
	scratch_write("cfg/agent.cfg", text);
	setenv("ENSTRATUS_HOME", scratch_dir, 1);
	ck_assert_int_eq(paths_load(&paths, &e), 0);
	ck_assert_msg(settings_load(&s, &paths, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(settings_number(&s, &number, &seconds, &e), 0);
	ck_assert_int_eq(seconds, 5);
	settings_free(&s);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_loop_test(tc, a_row_is_the_contract_s, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, an_old_spelling_is_known, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, it_is_found_by_each_of_its_names, 0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(tc, its_time_limit_is_a_setting, 0, sizeof rows / sizeof *rows);
}
