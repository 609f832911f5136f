/* SPDX-License-Identifier: MIT */
/* test_watching - rounds of votes; more is in tests/e2e/provision.sh. */
#include "cli/watching.h"

#include "scratch_root.h"
#include "tests.h"

/* Of nobody: no host is asked, and the file may change between two rounds. */
START_TEST(it_ends_after_so_many_rounds_and_begins_as_up_does)
{
	static const struct cli_spec spec = {.name = "provision"};
	const struct operator_needs needs = {
		.file = 1, .changes = true, .state = true, .files = true};
	char state[300], html[300];
	char *args[] = {(char *)"watch", NULL, NULL};
	struct cli cli = {.spec = &spec,
			  .args = args,
			  .n_args = 2,
			  .state = state,
			  .html = html,
			  .rounds = 1,
			  .parallel = 1};
	struct operator o = OPERATOR_INIT;
	struct err err = ERR_INIT;

	snprintf(state, sizeof state, "%s/state", scratch_dir);
	snprintf(html, sizeof html, "%s/page.html", scratch_dir);
	scratch_write("w/a1.zip", "");
	scratch_write("w/site.deployment",
		      "[deployment]\nname = site\n[hosts]\nmake = /bin/false\n"
		      "destroy = /bin/true\n[tier web]\nmin = 1\nmax = 2\n"
		      "[service a1]\ntier = web\nimage = a1.zip\nrun-as = www\n");
	args[1] = (char *)scratch_path("w/site.deployment");
	ck_assert_msg(operator_open(&o, &cli, &needs, &err) == 0, "%s", err.msg);
	/* That no host can be made is told, and tried again in the next round. */
	ck_assert_msg(watching_run(&o, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(o.l.tiers[0]->wanted, 1);
	ck_assert_int_eq(faccessat(scratch_fd, "page.html", F_OK, 0), 0);
	operator_close(&o);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, it_ends_after_so_many_rounds_and_begins_as_up_does);
}
