/* SPDX-License-Identifier: MIT */
/* test_facts - a vote that is printed, and numbers in a file. */
#include "cli/facts.h"

#include <stdlib.h>
#include <string.h>

#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

static const struct cli_spec spec = {.name = "test"};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static int
vote(bool json, int *value)
{
	char *args[] = {NULL};
	struct cli cli = {.spec = &spec, .args = args, .json = json};
	int result;

	scratch_answer_begin();
	result = facts_vote(&cli, value, &err);
	scratch_answer_end();
	return result;
}

START_TEST(a_vote_is_printed)
{
	int value;

	scratch_script("home/custom/bin/scaleCheck", "#!/bin/sh\necho -1\n");
	ck_assert_int_eq(vote(false, &value), 0);
	ck_assert_int_eq(value, -1);
	ck_assert_str_eq(scratch_read("answer"), "-1\n");
	ck_assert_int_eq(vote(true, &value), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"),
				     "\"vote\":-1,\"abstained\":false,\"rule\":\"custom\"}"));
	scratch_script("home/custom/bin/scaleCheck-post", "#!/bin/sh\nexit 3\n");
	ck_assert_int_eq(vote(false, &value), -1);
	ck_assert_int_eq(value, 0);
	ck_assert_str_eq(scratch_read("answer"), "0\n");
}
END_TEST

static int
write_facts(const char *file)
{
	char *args[] = {(char *)file, NULL};
	struct cli cli = {.spec = &spec, .args = args, .n_args = file ? 1 : 0};

	return facts_write(&cli, &err);
}

static void
check_facts(const char *text)
{
	static const char *const keys[] = {
		"time=20",	  "\nhost=",	     "\ncpu.count=",	  "\ncpu.load15=",
		"\ncpu.percent=", "\nmemory.bytes=", "\nmemory.percent=", "\nservices=a1,b2\n"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		ck_assert_msg(strstr(text, keys[i]) != NULL, "no '%s'", keys[i]);
}

START_TEST(the_numbers_are_in_the_file)
{
	scratch_mkdir("services/b2/");
	scratch_mkdir("services/a1/");
	ck_assert_msg(write_facts(NULL) == 0, "%s", err.msg);
	check_facts(scratch_read("tmp/stats.properties"));
	ck_assert_uint_eq(scratch_mode("tmp/stats.properties"), 0644);
	ck_assert_int_eq(write_facts(scratch_path("mine")), 0);
	check_facts(scratch_read("mine"));
}
END_TEST

START_TEST(a_file_that_has_no_place_is_refused)
{
	ck_assert_int_eq(write_facts(scratch_path("none/mine")), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "there is no place for the file"));
}
END_TEST

START_TEST(no_services_directory_is_no_services)
{
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(write_facts(scratch_path("mine")), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("mine"), "\nservices=\n"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_vote_is_printed);
	tcase_add_test(tc, the_numbers_are_in_the_file);
	tcase_add_test(tc, a_file_that_has_no_place_is_refused);
	tcase_add_test(tc, no_services_directory_is_no_services);
}
