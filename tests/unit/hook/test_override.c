/* SPDX-License-Identifier: MIT */
/* test_override - a customer's own programs in place of, before and after the agent's. */
#include "hook/override.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "tests.h"

#define CUSTOM "home/custom/bin/"

static char *const args[] = {"one", "two words", NULL};

static void
setup(void)
{
	scratch_setup();
	scratch_mkdir(CUSTOM);
	setenv("ENSTRATUS_HOME", scratch_path("home"), 1);
	setenv("LEAK", "leaked", 1);
	setenv("OUT", scratch_path("out"), 1);
}

/* A script that notes its arguments in "out", and ends so. */
static void
make(const char *name, int status)
{
	char path[128], script[4500];

	snprintf(path, sizeof path, CUSTOM "%s", name);
	snprintf(script, sizeof script,
		 "#!/bin/sh\necho \"${0##*/} $# $2 $LEAK\" >>'%s'\nexit %d\n", scratch_path("out"),
		 status);
	scratch_script(path, script);
}

static bool
before(const char *name)
{
	struct err e = ERR_INIT;
	bool done = true;

	ck_assert_msg(override_before(name, args, 0, &done, &e) == 0, "%s", e.msg);
	return done;
}

START_TEST(without_overrides_nothing_happens)
{
	struct err e = ERR_INIT;

	ck_assert(!before("secureDelete"));
	ck_assert_int_eq(override_after("secureDelete", args, 0, &e), 0);
	setenv("ENSTRATUS_HOME", scratch_path("none"), 1);
	ck_assert(!before("secureDelete"));
}
END_TEST

START_TEST(pre_and_replacement_run_in_this_order_with_the_arguments)
{
	make("secureDelete-pre", 0);
	make("secureDelete", 0);
	ck_assert(before("secureDelete"));
	ck_assert_str_eq(scratch_read("out"),
			 "secureDelete-pre 2 two words \nsecureDelete 2 two words \n");
}
END_TEST

/* enstratus-agent(7), OVERRIDES, once more: what of NAME-pre, NAME and NAME-post runs. */
static const struct {
	const char *name, *runs;
} rules[] = {
	{"backupService", "pre replace post"},
	{"startProxy", "pre replace post"},
	{"stopProxy", "pre replace post"},
	{"secureDelete", "pre replace post"},
	{"scaleCheck", "pre replace post"},
	{"calculateAgentData", "replace"},
	{"checkService", "replace"},
	{"terminate", "pre"},
	{"startService", ""},
	{"installService", ""},
	{"removeService", ""},
	{"esboot", ""},
};

START_TEST(each_program_allows_what_the_contract_says)
{
	static const char *const suffixes[] = {"-pre", "", "-post"};
	const char *name = rules[_i].name;
	struct err e = ERR_INIT;
	char expected[256] = "", file[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "%s%s", name, suffixes[i]);
		make(file, 0);
		if (strstr(rules[_i].runs, suffixes[i][0] ? suffixes[i] + 1 : "replace"))
			snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
				 "%s 2 two words \n", file);
	}
	scratch_write("out", "");
	before(name);
	ck_assert_int_eq(override_after(name, args, 0, &e), 0);
	ck_assert_str_eq(scratch_read("out"), expected);
}
END_TEST

START_TEST(pre_alone_leaves_the_program_to_do)
{
	make("secureDelete-pre", 0);
	ck_assert(!before("secureDelete"));
	ck_assert_str_eq(scratch_read("out"), "secureDelete-pre 2 two words \n");
}
END_TEST

START_TEST(a_failing_pre_aborts_with_its_status)
{
	struct err e = ERR_INIT;
	bool done;

	make("secureDelete-pre", 42);
	make("secureDelete", 0);
	ck_assert_int_eq(override_before("secureDelete", args, 0, &done, &e), -1);
	ck_assert_int_eq(err_status(&e), 42);
	ck_assert_str_eq(scratch_read("out"), "secureDelete-pre 2 two words \n");
}
END_TEST

START_TEST(a_replacement_s_status_is_the_result)
{
	struct err e = ERR_INIT;
	bool done;

	make("checkService", 7);
	ck_assert_int_eq(override_before("checkService", args, 0, &done, &e), -1);
	ck_assert_int_eq(e.kind, ERR_STATUS);
	ck_assert_int_eq(err_status(&e), 7);
}
END_TEST

START_TEST(a_failing_post_becomes_the_result)
{
	struct err e = ERR_INIT;

	make("secureDelete-post", 9);
	ck_assert_int_eq(override_after("secureDelete", args, 0, &e), -1);
	ck_assert_int_eq(err_status(&e), 9);
	e = ERR_INIT;
	make("secureDelete-post", 0);
	ck_assert_int_eq(override_after("secureDelete", args, 0, &e), 0);
}
END_TEST

static const char *const forbidden[] = {"checkService-pre", "startService", "startService-pre",
					"installService",   "log-pre",	    "makeTemp"};

START_TEST(what_the_contract_does_not_allow_is_ignored)
{
	char name[64];

	make(forbidden[_i], 5);
	snprintf(name, sizeof name, "%.*s", (int)strcspn(forbidden[_i], "-"), forbidden[_i]);
	ck_assert(!before(name));
	ck_assert(!scratch_exists("out"));
}
END_TEST

START_TEST(a_post_that_is_not_allowed_is_ignored)
{
	struct err e = ERR_INIT;

	make("checkService-post", 5);
	make("stopService-post", 5);
	ck_assert_int_eq(override_after("checkService", args, 0, &e), 0);
	ck_assert_int_eq(override_after("stopService", args, 0, &e), 0);
	ck_assert(!scratch_exists("out"));
}
END_TEST

START_TEST(what_is_not_executable_or_no_file_is_ignored)
{
	make("secureDelete", 5);
	ck_assert_int_eq(fchmodat(scratch_fd, CUSTOM "secureDelete", 0644, 0), 0);
	scratch_mkdir(CUSTOM "secureDelete-pre/");
	ck_assert(!before("secureDelete"));
	ck_assert(!scratch_exists("out"));
}
END_TEST

START_TEST(a_replacement_s_output_is_passed_on_as_it_is)
{
	int saved = dup(STDOUT_FILENO);
	int fd = openat(scratch_fd, "answer", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool done;

	scratch_script(CUSTOM "checkService", "#!/bin/sh\necho said by \"${0##*/}\"\n");
	fflush(stdout);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	done = before("checkService");
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	close(saved);
	close(fd);
	ck_assert(done);
	ck_assert_str_eq(scratch_read("answer"), "said by checkService\n");
}
END_TEST

/* Standard output is the program's answer, which a -pre has no part in. */
START_TEST(a_pre_s_output_is_no_answer)
{
	int saved = dup(STDOUT_FILENO);
	int fd = openat(scratch_fd, "answer", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	scratch_script(CUSTOM "secureDelete-pre", "#!/bin/sh\necho said\n");
	fflush(stdout);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	before("secureDelete");
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	close(saved);
	close(fd);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(an_override_that_cannot_be_run_is_a_failure)
{
	struct err e = ERR_INIT;
	bool done;

	scratch_script(CUSTOM "checkService", "#!/nowhere/sh\n");
	ck_assert_int_eq(override_before("checkService", args, 0, &done, &e), -1);
	ck_assert_int_eq(err_status(&e), 127);
}
END_TEST

START_TEST(an_override_that_dies_of_a_signal_is_128_and_the_signal)
{
	struct err e = ERR_INIT;
	bool done;

	scratch_script(CUSTOM "checkService", "#!/bin/sh\nkill -TERM $$\n");
	ck_assert_int_eq(override_before("checkService", args, 0, &done, &e), -1);
	ck_assert_int_eq(err_status(&e), 143);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_test(tc, without_overrides_nothing_happens);
	tcase_add_loop_test(tc, each_program_allows_what_the_contract_says, 0,
			    sizeof rules / sizeof *rules);
	tcase_add_test(tc, pre_and_replacement_run_in_this_order_with_the_arguments);
	tcase_add_test(tc, pre_alone_leaves_the_program_to_do);
	tcase_add_test(tc, a_failing_pre_aborts_with_its_status);
	tcase_add_test(tc, a_replacement_s_status_is_the_result);
	tcase_add_test(tc, a_failing_post_becomes_the_result);
	tcase_add_loop_test(tc, what_the_contract_does_not_allow_is_ignored, 0,
			    sizeof forbidden / sizeof *forbidden);
	tcase_add_test(tc, a_post_that_is_not_allowed_is_ignored);
	tcase_add_test(tc, what_is_not_executable_or_no_file_is_ignored);
	tcase_add_test(tc, a_replacement_s_output_is_passed_on_as_it_is);
	tcase_add_test(tc, a_pre_s_output_is_no_answer);
	tcase_add_test(tc, an_override_that_cannot_be_run_is_a_failure);
	tcase_add_test(tc, an_override_that_dies_of_a_signal_is_128_and_the_signal);
}
