/* SPDX-License-Identifier: MIT */
/* test_environment - what a hook finds in its environment, and nothing else. */
#include "hook/environment.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

static const struct account account = {.name = "www", .uid = 33, .gid = 33, .home = "/srv/www"};

static void
fill(struct service *svc)
{
	*svc = SERVICE_INIT;
	snprintf(svc->id, sizeof svc->id, "a1");
	snprintf(svc->run_id, sizeof svc->run_id, "0123abcd");
	snprintf(svc->path, sizeof svc->path, "/mnt/services/a1");
	snprintf(svc->state.customer_id, sizeof svc->state.customer_id, "c001");
}

static const char *const expected[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:",
	"HOME=/srv/www",
	"USER=www",
	"LOGNAME=www",
	"SHELL=/bin/sh",
	"LANG=C.UTF-8",
	"TZ=Europe/Berlin",
	"ENSTRATUS_SERVICE_ID=a1",
	"ENSTRATUS_SERVICE_DIR=/mnt/services/a1",
	"ENSTRATUS_CUSTOMER_ID=c001",
	"ENSTRATUS_EVENT=deploy",
	"ENSTRATUS_CHANGED=a,b",
	"ENSTRATUS_RUN_ID=0123abcd",
};

#define N_EXPECTED (sizeof expected / sizeof *expected)

static void
check_entries(const struct environment *env, size_t n)
{
	size_t len = strlen(expected[0]);
	char self[PATH_MAX];
	ssize_t self_len = readlink("/proc/self/exe", self, sizeof self);

	ck_assert_uint_eq(env->n, n);
	ck_assert_ptr_null(env->entries[n]);
	/* The directory of this program comes last. */
	ck_assert_int_eq(strncmp(env->entries[0], expected[0], len), 0);
	ck_assert_int_lt(strlen(env->entries[0] + len), self_len);
	ck_assert_int_eq(strncmp(env->entries[0] + len, self, strlen(env->entries[0] + len)), 0);
	ck_assert_int_eq(self[strlen(env->entries[0] + len)], '/');
	for (size_t i = 1; i < n; i++)
		ck_assert_str_eq(env->entries[i], expected[i]);
}

START_TEST(a_hook_s_environment_is_the_contract_s_list)
{
	struct environment env;
	struct service svc;
	struct err e = ERR_INIT;

	fill(&svc);
	setenv("TZ", "Europe/Berlin", 1);
	setenv("SECRET", "leaked", 1);
	setenv("LD_PRELOAD_X", "leaked", 1);
	ck_assert_int_eq(environment_make(&env, &account, &svc, "deploy", "a,b", &e), 0);
	check_entries(&env, N_EXPECTED);
	environment_free(&env);
	ck_assert_uint_eq(env.n, 0);
	environment_free(&env);
}
END_TEST

START_TEST(a_program_that_is_no_hook_has_the_first_part)
{
	struct environment env;
	struct err e = ERR_INIT;

	setenv("TZ", "Europe/Berlin", 1);
	ck_assert_int_eq(environment_make(&env, &account, NULL, NULL, NULL, &e), 0);
	check_entries(&env, 7);
	environment_free(&env);
}
END_TEST

START_TEST(without_tz_it_is_the_machine_s)
{
	struct environment env;
	struct err e = ERR_INIT;

	unsetenv("TZ");
	ck_assert_int_eq(environment_make(&env, &account, NULL, NULL, NULL, &e), 0);
	ck_assert_str_eq(env.entries[6], "TZ=:/etc/localtime");
	environment_free(&env);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_hook_s_environment_is_the_contract_s_list);
	tcase_add_test(tc, a_program_that_is_no_hook_has_the_first_part);
	tcase_add_test(tc, without_tz_it_is_the_machine_s);
}
