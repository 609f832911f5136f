/* SPDX-License-Identifier: MIT */
/* test_account - accounts by name and by caller. */
#include "host/account.h"

#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests.h"

static void
check_account(const struct account *a, const struct passwd *pw)
{
	ck_assert_str_eq(a->name, pw->pw_name);
	ck_assert_uint_eq(a->uid, pw->pw_uid);
	ck_assert_str_eq(a->home, pw->pw_dir);
	ck_assert_uint_ge(a->n_groups, 1);
	ck_assert_uint_eq(a->groups[0], a->gid);
}

START_TEST(an_account_is_found_with_the_group_of_its_name)
{
	static const char *const names[] = {"root", "daemon", "nobody"};
	const struct group *group = getgrnam(names[_i]);
	const struct passwd *pw = getpwnam(names[_i]);
	struct account a;
	struct err e = ERR_INIT;
	bool found = false;

	if (!pw) {
		fprintf(stderr, "skipped an_account_is_found: no '%s' here\n", names[_i]);
		return;
	}
	ck_assert_int_eq(account_find(names[_i], &a, &found, &e), 0);
	ck_assert(found);
	check_account(&a, pw);
	ck_assert_uint_eq(a.gid, group ? group->gr_gid : pw->pw_gid);
}
END_TEST

START_TEST(no_such_account_is_no_failure)
{
	struct account a;
	struct err e = ERR_INIT;
	bool found = true;

	ck_assert_int_eq(account_find("no-such-account", &a, &found, &e), 0);
	ck_assert(!found);
	ck_assert_int_eq(e.kind, ERR_NONE);
}
END_TEST

START_TEST(the_caller_is_known_by_its_effective_id)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct account a;
	struct err e = ERR_INIT;

	ck_assert_int_eq(account_caller(&a, &e), 0);
	ck_assert_uint_eq(a.uid, geteuid());
	if (pw)
		check_account(&a, pw);
	ck_assert_int_eq(account_is_root(), geteuid() == 0);
}
END_TEST

START_TEST(a_caller_without_an_account_is_its_number)
{
	struct account a;
	struct err e = ERR_INIT;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped a_caller_without_an_account: only root changes its id\n");
		return;
	}
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setegid(54321), 0);
	ck_assert_int_eq(seteuid(54321), 0);
	ck_assert_ptr_null(getpwuid(54321));
	ck_assert_int_eq(account_caller(&a, &e), 0);
	ck_assert_str_eq(a.name, "54321");
	ck_assert_uint_eq(a.uid, 54321);
	ck_assert_uint_eq(a.gid, 54321);
	ck_assert_str_eq(a.home, "/");
	ck_assert_uint_eq(a.n_groups, 0);
	ck_assert(!account_is_root());
	/* Leak checkers trace their own process, which a change of ids forbids. */
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(setegid(0), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}
END_TEST

START_TEST(the_agent_is_its_account_for_root_and_else_the_caller)
{
	const struct passwd *pw = getpwnam(ACCOUNT_AGENT);
	struct account a;
	struct err e = ERR_INIT;

	ck_assert_int_eq(account_agent(&a, &e), 0);
	ck_assert_uint_eq(a.uid, geteuid() == 0 && pw ? pw->pw_uid : geteuid());
}
END_TEST

START_TEST(names_are_told_or_numbers)
{
	char user[ACCOUNT_NAME_MAX + 1], group[ACCOUNT_NAME_MAX + 1];

	account_names(0, 0, user, group);
	ck_assert_str_eq(user, "root");
	ck_assert_str_eq(group, "root");
	account_names(54321, 54322, user, group);
	ck_assert_str_eq(user, "54321");
	ck_assert_str_eq(group, "54322");
}
END_TEST

START_TEST(a_group_is_found_by_name_and_by_number)
{
	char found[ACCOUNT_NAME_MAX + 1];
	struct err e = ERR_INIT;
	gid_t gid = 77;

	ck_assert_int_eq(account_find_group("root", 7, found, &gid, &e), 0);
	ck_assert_str_eq(found, "root");
	ck_assert_uint_eq(gid, 0);
	ck_assert_int_eq(account_find_group(NULL, 0, found, &gid, &e), 0);
	ck_assert_str_eq(found, "root");
	ck_assert_int_eq(account_find_group("no-such-group", 0, found, &gid, &e), 0);
	ck_assert_str_eq(found, "");
}
END_TEST

START_TEST(an_identity_points_into_its_account)
{
	struct account a = {.uid = 7, .gid = 8, .groups = {8, 9}, .n_groups = 2};
	struct proc_identity identity = account_identity(&a);

	ck_assert_uint_eq(identity.uid, 7);
	ck_assert_uint_eq(identity.gid, 8);
	ck_assert_uint_eq(identity.n_groups, 2);
	ck_assert_ptr_eq(identity.groups, a.groups);
}
END_TEST

START_TEST(a_name_of_digits_only_is_no_account_s)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {{"4711", -1}, {"0", -1}, {"4711x", 0}, {"c001", 0}, {"4.7", 0}, {"a b", -1}};
	struct err e = ERR_INIT;

	ck_assert_int_eq(account_check_name(rows[_i].name, &e), rows[_i].result);
	ck_assert_int_eq(e.kind, rows[_i].result ? ERR_USAGE : ERR_NONE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, an_account_is_found_with_the_group_of_its_name, 0, 3);
	tcase_add_test(tc, no_such_account_is_no_failure);
	tcase_add_test(tc, the_caller_is_known_by_its_effective_id);
	tcase_add_test(tc, a_caller_without_an_account_is_its_number);
	tcase_add_test(tc, the_agent_is_its_account_for_root_and_else_the_caller);
	tcase_add_test(tc, names_are_told_or_numbers);
	tcase_add_test(tc, a_group_is_found_by_name_and_by_number);
	tcase_add_test(tc, an_identity_points_into_its_account);
	tcase_add_loop_test(tc, a_name_of_digits_only_is_no_account_s, 0, 6);
}
