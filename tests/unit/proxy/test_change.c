/* SPDX-License-Identifier: MIT */
/* test_change - a node is let into the balancer, or taken out of it. */
#include "proxy/change.h"

#include <string.h>
#include <sys/stat.h>

#include "scratch_root.h"
#include "tests.h"

static struct balancer balancer;
static struct err err;
static char program[PATH_MAX];

/* A program in HAProxy's place that refuses what has "bad" in it, and says so as it would. */
static void
make_program(void)
{
	scratch_script("balancer", "#!/bin/sh\nfor file; do :; done\n! grep -q bad \"$file\" || {\n"
				   "echo '[NOTICE] path'; echo '[ALERT] line 1: bad'; exit 1; }\n");
	snprintf(program, sizeof program, "%s", scratch_path("balancer"));
	balancer = BALANCER_HAPROXY;
	balancer.program = program;
}

static void
begin(void)
{
	char settings[2 * PATH_MAX];

	scratch_root_setup();
	err = ERR_INIT;
	make_program();
	scratch_write("b/config", "global\n");
	snprintf(settings, sizeof settings,
		 "[proxy]\nproxy-config=%s/b/config\nproxy-pid=%s/b/pid\n", scratch_dir,
		 scratch_dir);
	scratch_write("home/cfg/agent.cfg", settings);
	scratch_write("up/cert", "CERT");
	scratch_write("up/key", "KEY\n");
	scratch_write("up/chain", "CHAIN\n");
}

/* n_args of: web, a name, a place, an address, a certificate */
static int
add(const char *service, const char *name, const char *address, int n_args)
{
	char cert[PATH_MAX], key[PATH_MAX], chain[PATH_MAX];
	char *args[] = {(char *)service, (char *)name, (char *)"NONE", (char *)"10.0.0.1",
			(char *)address, (char *)"80", cert,	       key,
			chain,		 NULL};

	snprintf(cert, sizeof cert, "%s", scratch_path("up/cert"));
	snprintf(key, sizeof key, "%s", scratch_path("up/key"));
	snprintf(chain, sizeof chain, "%s", scratch_path("up/chain"));
	return change_add(&balancer, args, n_args, 0, &err);
}

static bool
has(const char *text)
{
	return strstr(scratch_read("b/config"), text) != NULL;
}

START_TEST(nodes_come_and_go)
{
	ck_assert_msg(add("web", "a.example", "10.0.0.2", 6) == 0, "%s", err.msg);
	ck_assert_int_eq(add("web", "a.example", "10.0.0.3", 6), 0);
	ck_assert(has("10.0.0.2:80") && has("10.0.0.3:80"));
	ck_assert_int_eq(change_remove(&balancer, "10.0.0.2", 0, &err), 0);
	ck_assert(!has("10.0.0.2:80") && has("10.0.0.3:80"));
	ck_assert_int_eq(change_remove(&balancer, "10.0.0.2", 0, &err), 0);
}
END_TEST

START_TEST(what_is_refused_is_not_remembered)
{
	ck_assert_int_eq(add("web", "bad.example", "10.0.0.2", 6), -1);
	err = ERR_INIT;
	ck_assert_int_eq(add("app", "good.example", "10.0.0.2", 6), 0);
	ck_assert(!has("bad.example"));
}
END_TEST

START_TEST(a_certificate_is_one_file_and_the_others_are_wiped)
{
	ck_assert_msg(add("web", "a.example", "10.0.0.2", _i ? 9 : 8) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("b/enstratus-web.pem"),
			 _i ? "CERT\nCHAIN\nKEY\n" : "CERT\nKEY\n");
	ck_assert_uint_eq(scratch_mode("b/enstratus-web.pem"), 0600);
	ck_assert(!scratch_exists("up/cert") && !scratch_exists("up/key"));
	ck_assert_int_eq(scratch_exists("up/chain"), !_i);
	ck_assert(has("ssl crt"));
	/* The next node of the service needs not bring it again; the last one takes it along. */
	ck_assert_int_eq(add("web", "a.example", "10.0.0.3", 6), 0);
	ck_assert(has("ssl crt"));
	ck_assert_int_eq(change_remove(&balancer, "10.0.0.2", 0, &err), 0);
	ck_assert(scratch_exists("b/enstratus-web.pem"));
	ck_assert_int_eq(change_remove(&balancer, "10.0.0.3", 0, &err), 0);
	ck_assert(!scratch_exists("b/enstratus-web.pem"));
}
END_TEST

START_TEST(one_that_is_refused_stays_the_caller_s)
{
	ck_assert_int_eq(add("web", "bad.example", "10.0.0.2", 8), -1);
	ck_assert_str_eq(scratch_read("up/key"), "KEY\n");
	ck_assert(!scratch_exists("b/enstratus-web.pem"));
	scratch_write("b/enstratus-web.pem", "OLD");
	err = ERR_INIT;
	ck_assert_int_eq(add("web", "bad.example", "10.0.0.2", 8), -1);
	ck_assert_str_eq(scratch_read("b/enstratus-web.pem"), "OLD");
	ck_assert_int_eq(unlinkat(scratch_fd, "up/key", 0), 0);
	err = ERR_INIT;
	ck_assert_int_eq(add("web", "a.example", "10.0.0.2", 8), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert(!has("a.example"));
}
END_TEST

START_TEST(bad_addresses_are_refused)
{
	ck_assert_int_eq(change_remove(&balancer, "10.0.0.2;", 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	ck_assert_int_eq(add("web", "a example", "10.0.0.2", 6), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, nodes_come_and_go);
	tcase_add_test(tc, what_is_refused_is_not_remembered);
	tcase_add_loop_test(tc, a_certificate_is_one_file_and_the_others_are_wiped, 0, 2);
	tcase_add_test(tc, one_that_is_refused_stays_the_caller_s);
	tcase_add_test(tc, bad_addresses_are_refused);
}
