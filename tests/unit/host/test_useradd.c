/* SPDX-License-Identifier: MIT */
/* test_useradd - what is there is not made again; none is ever made here but in a scratch root. */
#include "host/useradd.h"

#include <check.h>
#include <unistd.h>

#include "tests.h"

/* Without root nobody may look at the lock of accounts. */
START_TEST(an_account_that_another_command_just_made_is_not_made_again)
{
	struct err e = ERR_INIT;

	if (geteuid() == 0) {
		ck_assert_msg(useradd_create("daemon", &e) == 0, "%s", e.msg);
	} else {
		ck_assert_int_eq(useradd_create("daemon", &e), -1);
		ck_assert_int_eq(err_status(&e), 77);
	}
}
END_TEST

/* Root is asked for what only root may write to. */
START_TEST(whether_one_can_be_made_is_told_and_makes_none)
{
	struct err e = ERR_INIT;

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(useradd_check("nobody-has-this", &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(e.msg,
			 "cannot create account 'nobody-has-this': '/etc': Permission denied");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, an_account_that_another_command_just_made_is_not_made_again);
	tcase_add_test(tc, whether_one_can_be_made_is_told_and_makes_none);
}
