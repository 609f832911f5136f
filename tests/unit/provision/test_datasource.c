/* SPDX-License-Identifier: MIT */
/* test_datasource - the steps of a data source. */
#include "provision/datasource.h"

#include "scratch_task.h"
#include "tests.h"

START_TEST(a_grant_is_kept_with_whom_it_was_for)
{
	ck_assert_int_eq(datasource_grant(task_of("db-1", 0)), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.1 grantDatabaseAccess db -\n");
	ck_assert_str_eq(ledger_source(&fleet_l, "shop")->granted, "10.0.0.2");
	ck_assert_str_eq(ledger_source(&fleet_l, "shop")->server, "db-1");
}
END_TEST

START_TEST(a_revocation_leaves_what_was_granted_to_the_next_grant)
{
	ck_assert_int_eq(datasource_grant(task_of("db-1", 0)), 0);
	task_of("db-1", 0);
	task_step.about = ledger_find_server(&fleet_l, "web-1");
	ck_assert_int_eq(datasource_revoke(&task), 0);
	ck_assert_str_eq(fleet_asked, "10.0.0.1 revokeDatabaseAccess db -\n");
	ck_assert_str_eq(ledger_source(&fleet_l, "shop")->granted, "10.0.0.2");
}
END_TEST

START_TEST(a_dump_is_sent_and_loaded)
{
	ck_assert_int_eq(datasource_load(task_of("db-1", 0)), 0);
	ck_assert_ptr_nonnull(
		strstr(fleet_asked, "installDataSource --run 5630fe7e db - /there/file\n"));
	ck_assert(ledger_source(&fleet_l, "shop")->loaded);
	fleet_bad_program = "installDataSource";
	fleet_bad_status = 42;
	ck_assert_int_eq(datasource_load(task_of("db-1", 0)), -1);
	ck_assert_int_eq(err_status(&fleet_err), 42);
}
END_TEST

/* The connection is lost while it loads; then the host says that it came to its end. */
static int
lose(void *arg, struct agents_call *call, struct err *e)
{
	static const char *const end = "2026\tinstallds\tx\t0.1\t0\t-\t5630fe7e\t-\n";
	bool asked = strcmp(call->words[0], "serviceHistory") == 0;
	bool loaded = strstr(fleet_asked, "installDataSource") != NULL;

	if (fleet_answer(arg, call, e))
		return -1;
	if (strcmp(call->words[0], "installDataSource") == 0)
		call->status = AGENTS_LOST;
	if (asked && !loaded)
		call->status = 66;
	return asked && loaded ? buf_add(&call->out, end, strlen(end), e) : 0;
}

START_TEST(what_became_of_a_load_is_asked)
{
	const char *first;

	fleet_act.agents.fn = lose;
	ck_assert_msg(datasource_load(task_of("db-1", 0)) == 0, "%s", fleet_err.msg);
	first = strstr(fleet_asked, "installDataSource");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "installDataSource"));
	ck_assert(ledger_source(&fleet_l, "shop")->loaded);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, task_setup, task_teardown);
	tcase_add_test(tc, a_grant_is_kept_with_whom_it_was_for);
	tcase_add_test(tc, a_revocation_leaves_what_was_granted_to_the_next_grant);
	tcase_add_test(tc, what_became_of_a_load_is_asked);
	tcase_add_test(tc, a_dump_is_sent_and_loaded);
}
