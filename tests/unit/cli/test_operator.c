/* SPDX-License-Identifier: MIT */
/* test_operator - what a verb of provision finds ready; more is in tests/e2e/provision.sh. */
#include "cli/operator.h"

#include "scratch_root.h"
#include "tests.h"

static struct cli cli;
static struct err err;
static char *args[3];
static char state[300];

/* Opened for a verb with this file; without a state where `needs` has none. */
static int
open_for(struct operator* o, const struct operator_needs *needs, const char *file)
{
	static const struct cli_spec spec = {.name = "provision"};

	args[0] = (char *)"verb";
	args[1] = (char *)file;
	snprintf(state, sizeof state, "%s/state", scratch_dir);
	cli = (struct cli){.spec = &spec, .args = args, .n_args = file ? 2 : 1, .state = state};
	err = ERR_INIT;
	*o = OPERATOR_INIT;
	return operator_open(o, &cli, needs, &err);
}

START_TEST(a_deployment_is_read_from_the_file)
{
	const struct operator_needs needs = {.file = 1};
	struct operator o;

	scratch_write("w/site.deployment",
		      "[deployment]\nname = site\n"
		      "[host h1]\naddress = 192.0.2.1\n"
		      "[tier web]\nhosts = h1\nmin = 1\nmax = 1\n"
		      "[service a1]\ntier = web\nimage = a1.zip\nrun-as = www\n");
	scratch_write("w/a1.zip", "");
	ck_assert_msg(open_for(&o, &needs, scratch_path("w/site.deployment")) == 0, "%s", err.msg);
	ck_assert_uint_eq(o.d.n_services, 1);
	ck_assert(!o.has_ledger);
	operator_close(&o);
}
END_TEST

START_TEST(a_deployment_with_mistakes_is_refused)
{
	const struct operator_needs needs = {.file = 1};
	struct operator o;

	scratch_write("w/bad.deployment", "[nonsense]\n");
	ck_assert_int_eq(open_for(&o, &needs, scratch_path("w/bad.deployment")), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "cannot use '"));
	operator_close(&o);
	ck_assert_int_eq(open_for(&o, &needs, "/no/such/file"), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "cannot open the deployment '/no/such/file'"));
	operator_close(&o);
}
END_TEST

/* One that may be worked on, with a secret. */
static void
write_site(const char *min)
{
	char text[400];

	snprintf(text, sizeof text,
		 "[deployment]\nname = site\n[host h1]\naddress = 192.0.2.1\n"
		 "[tier web]\nhosts = h1\nmin = %s\nmax = 1\n"
		 "[service a1]\ntier = web\nimage = a1.zip\nrun-as = www\nkey.k = u file:secret\n",
		 min);
	scratch_write("w/site.deployment", text);
}

START_TEST(what_has_changed_is_taken_up_when_it_has_settled)
{
	const struct operator_needs needs = {
		.file = 1, .changes = true, .state = true, .files = true};
	static const struct {
		const char *path, *text;
	} rows[] = {{"w/secret", "another word\n"}, {"w/a1.zip", "another"}};
	struct operator o;

	write_site("1");
	scratch_write("w/a1.zip", "");
	scratch_write("w/secret", "word\n");
	ck_assert_msg(open_for(&o, &needs, scratch_path("w/site.deployment")) == 0, "%s", err.msg);
	ck_assert_int_eq(operator_staff(&o, &err), 0);
	ck_assert_int_eq(o.l.tiers[0]->wanted, 1);
	ck_assert_int_eq(operator_reread(&o, &err), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned stamp = o.l.tiers[0]->stamp;

		scratch_write(rows[i].path, rows[i].text);
		ck_assert_int_eq(operator_reread(&o, &err), 0);
		ck_assert_int_eq(operator_reread(&o, &err), 1);
		ck_assert_int_eq(operator_reread(&o, &err), 0);
		/* So that what services are told is compared. */
		ck_assert_uint_ne(o.l.tiers[0]->stamp, stamp);
	}
	/* Mistakes are told once, and what was there before stays. */
	write_site("two");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(operator_reread(&o, &err), 0);
	ck_assert_int_eq(o.d.tiers[0].min, 1);
	write_site("0");
	ck_assert_int_eq(operator_reread(&o, &err), 0);
	ck_assert_int_eq(operator_reread(&o, &err), 1);
	ck_assert_int_eq(o.d.tiers[0].min, 0);
	ck_assert_ptr_nonnull(strstr(o.l.spec, "min = 0"));
	operator_close(&o);
}
END_TEST

START_TEST(without_a_file_the_state_has_to_have_the_deployment)
{
	const struct operator_needs needs = {.state = true};
	struct operator o;

	ck_assert_int_eq(open_for(&o, &needs, NULL), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	operator_close(&o);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, a_deployment_is_read_from_the_file);
	tcase_add_test(tc, a_deployment_with_mistakes_is_refused);
	tcase_add_test(tc, what_has_changed_is_taken_up_when_it_has_settled);
	tcase_add_test(tc, without_a_file_the_state_has_to_have_the_deployment);
}
