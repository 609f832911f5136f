/* SPDX-License-Identifier: MIT */
/* test_simulation - a deployment through a load, on hosts only thought of. */
#include "cli/simulation.h"

#include "scratch_fleet.h"
#include "tests.h"

static char shown[65536];

/* What comes of it on standard output. */
static void
capture_begin(void)
{
	char path[400];

	snprintf(path, sizeof path, "%s/out", scratch_dir);
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen(path, "w", stdout));
}

static void
capture_end(void)
{
	int fd = openat(scratch_fd, "out", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	fflush(stdout);
	n = read(fd, shown, sizeof shown - 1);
	ck_assert_int_ge(n, 0);
	shown[n] = '\0';
	close(fd);
}

static const struct model_rule rule = {.upper = 75, .lower = 25};
static const struct cli_spec spec = {.name = "provision"};

START_TEST(a_load_is_followed)
{
	char path[400];
	struct cli cli = {.spec = &spec, .load = path, .rounds = 20, .seed = 1};

	snprintf(path, sizeof path, "%s/load", scratch_dir);
	scratch_write("load", "0 web 0.5\n300 web 1.4\n400 web 0.1\n");
	fleet_d.tiers[1].max = 4;
	capture_begin();
	ck_assert_msg(simulation_run(&cli, &fleet_d, &rule, NULL, &fleet_err) == 0, "%s",
		      fleet_err.msg);
	capture_end();
	ck_assert_ptr_nonnull(strstr(shown, "600 s, 2 tiers, at most 3 servers at once\n"));
	ck_assert_ptr_nonnull(strstr(shown, "3 servers started, 1 ended\n"));
	ck_assert_ptr_nonnull(strstr(shown, "1 oscillations\n"));
	ck_assert_ptr_nonnull(strstr(shown, " server-hours, for "));
}
END_TEST

START_TEST(it_needs_a_load)
{
	struct cli cli = {.spec = &spec};

	ck_assert_int_eq(simulation_run(&cli, &fleet_d, &rule, NULL, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_USAGE);
	fleet_err = ERR_INIT;
	cli.load = "/no/such/load";
	ck_assert_int_eq(simulation_run(&cli, &fleet_d, &rule, NULL, &fleet_err), -1);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "/no/such/load"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_load_is_followed);
	tcase_add_test(tc, it_needs_a_load);
}
