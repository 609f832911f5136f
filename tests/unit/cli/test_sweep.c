/* SPDX-License-Identifier: MIT */
/* test_sweep - the same load once for each value of a number. */
#include "cli/sweep.h"

#include "scratch_fleet.h"
#include "tests.h"

static char shown[8192], csv[8192];

static void
take_file(const char *name, char *text, size_t size)
{
	int fd = openat(scratch_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, size - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
}

static const struct cli_spec spec = {.name = "provision"};

/* By that option, with a load that one server of the tier cannot bear from 300 s on. */
static int
sweep(const char *option, bool json)
{
	char out[400], load[400], path[400];
	struct cli cli = {.spec = &spec,
			  .load = load,
			  .csv = path,
			  .rounds = 20,
			  .seed = 1,
			  .sweep = option,
			  .json = json};
	int result;

	snprintf(out, sizeof out, "%s/out", scratch_dir);
	snprintf(load, sizeof load, "%s/load", scratch_dir);
	snprintf(path, sizeof path, "%s/csv", scratch_dir);
	scratch_write("load", "0 web 0.5\n300 web 0.5\n301 web 3\n");
	fleet_d.tiers[1].max = 4;
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen(out, "w", stdout));
	fleet_err = ERR_INIT;
	result = sweep_run(&cli, &fleet_d, &fleet_err);
	fflush(stdout);
	take_file("out", shown, sizeof shown);
	return result;
}

START_TEST(each_value_has_a_row)
{
	ck_assert_msg(sweep("max=1,4", false) == 0, "%s", fleet_err.msg);
	ck_assert_ptr_nonnull(strstr(shown, "\n1 "));
	ck_assert_ptr_nonnull(strstr(shown, "\n4 "));
	take_file("csv", csv, sizeof csv);
	ck_assert_int_eq(strncmp(csv, "max,server_hours,refused_server_hours,", 38), 0);
	/* Two hosts for 600 s; two servers' work of 300 s that one cannot do, but for 1 s. */
	ck_assert_ptr_nonnull(strstr(csv, "\n1,0.33,0.15,0,0,2,0\n"));
	ck_assert_int_eq(fleet_d.tiers[0].max, 1);
	ck_assert_int_eq(sweep("web.max=4,1", true), 0);
	ck_assert_ptr_nonnull(
		strstr(shown, "\"key\":\"web.max\",\"values\":[{\"value\":4,\"seconds\":600,"));
	ck_assert_ptr_nonnull(strstr(shown, "{\"value\":1,\"seconds\":600,"));
}
END_TEST

START_TEST(numbers_of_the_rule_and_of_the_deployment_too)
{
	/* One server is as good as three while its votes are for neither. */
	ck_assert_int_eq(sweep("upper=75,300", false), 0);
	take_file("csv", csv, sizeof csv);
	ck_assert_ptr_nonnull(strstr(csv, "\n300,0.33,0.15,0,0,2,0\n"));
	ck_assert_int_eq(sweep("recovery-delay=30,60", false), 0);
	ck_assert_int_eq(fleet_d.recovery_s, 60);
}
END_TEST

static const struct {
	const char *option, *why;
} bad[] = {
	{"mox=1", "'mox' is none of recovery-delay, recovery-limit, "},
	{"port=1", "'port' is none of"},
	{"max", "[TIER.]KEY=N,..."},
	{"max=", "[TIER.]KEY=N,..."},
	{"max=1,", "max"},
	{"max=1,x", "max 'x'"},
	{"max=0", "max"},
	{"max=11111111111111111111111111111", "max"},
	{"app.max=1", "there is no [tier app]"},
	{"web.upper=1", "'upper' is no key of a tier"},
	{"min=2,9", "min=9: min of [tier web] is above its max"},
	{"lower=76", "lower=76: lower is above upper"},
};

START_TEST(what_cannot_be_is_told_before_any_is_played)
{
	ck_assert_int_eq(sweep(bad[_i].option, false), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_USAGE);
	ck_assert_msg(strstr(fleet_err.msg, bad[_i].why) != NULL, "%s", fleet_err.msg);
	ck_assert_str_eq(shown, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, each_value_has_a_row);
	tcase_add_test(tc, numbers_of_the_rule_and_of_the_deployment_too);
	tcase_add_loop_test(tc, what_cannot_be_is_told_before_any_is_played, 0,
			    (int)(sizeof bad / sizeof *bad));
}
