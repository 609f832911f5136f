/* SPDX-License-Identifier: MIT */
/* test_vote - what a server says of the size of its tier. */
#include "command/vote.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

#define CUSTOM "home/custom/bin/"

static char *const args[] = {"one", "two words", NULL};
static struct vote vote;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	scratch_mkdir(CUSTOM);
	err = ERR_INIT;
}

static void
script(const char *name, const char *body)
{
	char path[64], text[4500];

	snprintf(path, sizeof path, CUSTOM "%s", name);
	snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
	scratch_script(path, text);
}

static int
take(void)
{
	return vote_take(args, 1, &vote, &err);
}

#define ABSTAINS 9

static const struct {
	const char *body;
	int vote;
} customs[] = {
	{"echo 1", 1},
	{"echo 0; exit 1", 0},
	{"echo -1", -1},
	{"exit 1", 1},
	{"exit 0", 0},
	{"exit 255", -1},
	{"echo 1; exit 7", 1},
	{"echo looking; echo ' -1 '; echo; echo", -1},
	{"printf 1", 1},
	{"echo 1 >&2", 0},
	{"echo 1; echo done", 0},
	{"echo done; exit 255", -1},
	{"echo 10", 0},
	{"echo 01; exit 3", ABSTAINS},
	{"echo up; exit 2", ABSTAINS},
	{"exit 7", ABSTAINS},
	{"kill -9 $$", ABSTAINS},
	{"echo 1; sleep 20", ABSTAINS},
	{"printf '%0100d' 1; exit 2", ABSTAINS},
};

START_TEST(a_custom_program_votes_by_its_last_line_or_its_status)
{
	script("scaleCheck", customs[_i].body);
	ck_assert_msg(take() == 0, "%s", err.msg);
	ck_assert(vote.is_custom);
	ck_assert_int_eq(vote.abstained, customs[_i].vote == ABSTAINS);
	ck_assert_int_eq(vote.value, customs[_i].vote == ABSTAINS ? 0 : customs[_i].vote);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

START_TEST(it_gets_the_arguments_and_a_directory_to_keep_a_file_in)
{
	script("scaleCheck", "echo \"$# $2\" >kept; echo 1");
	ck_assert_int_eq(take(), 0);
	ck_assert_str_eq(scratch_read("tmp/kept"), "2 two words\n");
}
END_TEST

START_TEST(without_one_the_built_in_rule_votes)
{
	scratch_write("home/cfg/agent.cfg", "[scaling]\nupper=0\nlower=0\nbreach=0\n");
	ck_assert_int_eq(take(), 0);
	ck_assert(!vote.is_custom && !vote.abstained);
	ck_assert_int_eq(vote.value, 1);
	ck_assert_int_gt(vote.usage.n_cpus, 0);
	/* One that is not executable is none. */
	scratch_write(CUSTOM "scaleCheck", "#!/bin/sh\necho -1\n");
	ck_assert_int_eq(take(), 0);
	ck_assert(!vote.is_custom);
	ck_assert_int_eq(vote.value, 1);
}
END_TEST

START_TEST(a_rule_that_cannot_be_read_abstains)
{
	scratch_write("home/cfg/agent.cfg", "[scaling]\nupper=much\n");
	ck_assert_int_eq(take(), 0);
	ck_assert(vote.abstained);
	ck_assert_int_eq(vote.value, 0);
}
END_TEST

START_TEST(a_pre_that_fails_abstains_and_a_post_that_fails_is_the_result)
{
	script("scaleCheck", "echo 1");
	script("scaleCheck-pre", "exit 1");
	ck_assert_int_eq(take(), 0);
	ck_assert(vote.abstained && !vote.is_custom);
	script("scaleCheck-pre", "exit 0");
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(vote.value, 1);
	script("scaleCheck-post", "exit 9");
	ck_assert_int_eq(take(), -1);
	ck_assert_int_eq(err_status(&err), 9);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_loop_test(tc, a_custom_program_votes_by_its_last_line_or_its_status, 0,
			    sizeof customs / sizeof *customs);
	tcase_add_test(tc, it_gets_the_arguments_and_a_directory_to_keep_a_file_in);
	tcase_add_test(tc, without_one_the_built_in_rule_votes);
	tcase_add_test(tc, a_rule_that_cannot_be_read_abstains);
	tcase_add_test(tc, a_pre_that_fails_abstains_and_a_post_that_fails_is_the_result);
}
