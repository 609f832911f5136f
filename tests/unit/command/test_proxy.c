/* SPDX-License-Identifier: MIT */
/* test_proxy - which kind of balancer this server is. */
#include "command/proxy.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

static char *const args[] = {"10.0.0.1", NULL};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static void
program(const char *path, int status)
{
	char script[4500];

	snprintf(script, sizeof script, "#!/bin/sh\necho \"${0##*/} $1\" >>'%s'\nexit %d\n",
		 scratch_path("out"), status);
	scratch_script(path, script);
}

START_TEST(a_customer_s_own_type)
{
	scratch_write("home/cfg/agent.cfg", "[proxy]\nproxy=mine\n");
	program("home/custom/bin/mine-stopProxy", 0);
	ck_assert_msg(proxy_run("stopProxy", args, 20, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("out"), "mine-stopProxy 10.0.0.1\n");
}
END_TEST

START_TEST(it_comes_before_the_agent_s)
{
	scratch_write("home/cfg/agent.cfg", "proxy=haproxy\n");
	program("home/bin/haproxy-stopProxy", 0);
	ck_assert_int_eq(proxy_run("stopProxy", args, 20, &err), 0);
	program("home/custom/bin/haproxy-stopProxy", 3);
	ck_assert_int_eq(proxy_run("stopProxy", args, 20, &err), -1);
	ck_assert_int_eq(err_status(&err), 21);
	ck_assert_ptr_nonnull(strstr(err.msg, "exited with status 3"));
}
END_TEST

START_TEST(no_program_is_a_failure)
{
	scratch_write("home/cfg/agent.cfg", "proxy=mine\n");
	ck_assert_int_eq(proxy_run("startProxy", args, 20, &err), -1);
	ck_assert_int_eq(err_status(&err), 21);
	ck_assert_ptr_nonnull(strstr(err.msg, "no program 'mine-startProxy'"));
	err = ERR_INIT;
	scratch_write("home/custom/bin/mine-startProxy", "not executable");
	ck_assert_int_eq(proxy_run("startProxy", args, 20, &err), -1);
	ck_assert_int_eq(err_status(&err), 21);
}
END_TEST

START_TEST(a_type_is_a_name)
{
	scratch_write("home/cfg/agent.cfg", "proxy=../mine\n");
	ck_assert_int_eq(proxy_run("startProxy", args, 20, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(one_that_hangs_is_ended)
{
	scratch_write("home/cfg/agent.cfg", "proxy=mine\n");
	scratch_script("home/custom/bin/mine-startProxy", "#!/bin/sh\nexec sleep 60\n");
	ck_assert_int_eq(proxy_run("startProxy", args, 1, &err), -1);
	ck_assert_int_eq(err_status(&err), 124);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_customer_s_own_type);
	tcase_add_test(tc, it_comes_before_the_agent_s);
	tcase_add_test(tc, no_program_is_a_failure);
	tcase_add_test(tc, a_type_is_a_name);
	tcase_add_test(tc, one_that_hangs_is_ended);
}
