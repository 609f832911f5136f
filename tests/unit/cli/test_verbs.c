/* SPDX-License-Identifier: MIT */
/* test_verbs - the verbs of provision; what they do is in tests/e2e/provision.sh. */
#include "cli/verbs.h"

#include "scratch_root.h"
#include "tests.h"

static struct cli cli;
static struct err err;
static char *args[8];
static char state[300];

static int
run(const char *verb, const char *first, const char *second)
{
	static const struct cli_spec spec = {.name = "provision"};
	int n = 0;

	args[n++] = (char *)verb;
	if (first)
		args[n++] = (char *)first;
	if (second)
		args[n++] = (char *)second;
	args[n] = NULL;
	snprintf(state, sizeof state, "%s/state", scratch_dir);
	cli = (struct cli){.spec = &spec,
			   .args = args,
			   .n_args = n,
			   .state = state,
			   .parallel = 1,
			   .rounds = -1,
			   .seed = -1};
	err = ERR_INIT;
	return verbs_run(&cli, &err);
}

START_TEST(a_verb_and_its_arguments_are_judged)
{
	ck_assert_int_eq(run("dance", NULL, NULL), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_int_eq(run("scale", "web", NULL), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_str_eq(err.msg, "it is: provision scale TIER N");
	ck_assert_int_eq(run("status", NULL, NULL), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_int_eq(run("check", "/no/such/file", NULL), -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, a_verb_and_its_arguments_are_judged);
}
