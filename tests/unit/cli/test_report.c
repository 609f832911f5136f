/* SPDX-License-Identifier: MIT */
/* test_report - a plan, and how a deployment stands. */
#include "cli/report.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "provision/difference.h"
#include "provision/staffing.h"
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

static const struct cli_spec spec = {.name = "provision"};

START_TEST(a_plan_tells_why)
{
	struct cli cli = {.spec = &spec, .json = _i};
	struct plan plan = PLAN_INIT;

	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	ck_assert_int_eq(difference_plan(&fleet_planner, &plan, &fleet_err), 0);
	capture_begin();
	ck_assert_int_eq(report_plan(&cli, &plan, &fleet_err), 0);
	plan_free(&plan);
	capture_end();
	ck_assert_ptr_nonnull(strstr(shown, _i ? "\"step\":\"installService\",\"service\":\"db\""
					       : "= db-1 on h1\n  installService db: "));
	capture_begin();
	ck_assert_int_eq(report_plan(&cli, &plan, &fleet_err), 0);
	capture_end();
	ck_assert_ptr_nonnull(strstr(shown, _i ? "\"steps\":[]" : "nothing is to be done\n"));
}
END_TEST

START_TEST(a_status_has_servers_and_services)
{
	struct cli cli = {.spec = &spec, .json = _i};

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	capture_begin();
	ck_assert_int_eq(report_status(&cli, &fleet_d, &fleet_l, &fleet_err), 0);
	capture_end();
	ck_assert_ptr_nonnull(
		strstr(shown, _i ? "\"id\":\"web-1\",\"tier\":\"web\",\"state\":\"RUNNING\""
				 : "web-1        RUNNING      10.0.0.2"));
	ck_assert_ptr_nonnull(strstr(shown, _i ? "\"check\":\"OK\"" : "OK"));
}
END_TEST

START_TEST(an_event_has_its_time)
{
	const struct cli cli = {.spec = &spec, .json = _i};

	capture_begin();
	report_event(&cli, 86400, "scale_out web to 3");
	capture_end();
	ck_assert_str_eq(shown, _i ? "{\"time\":86400,\"event\":\"scale_out web to 3\"}\n"
				   : "1970-01-02T00:00:00Z scale_out web to 3\n");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_loop_test(tc, a_plan_tells_why, 0, 2);
	tcase_add_loop_test(tc, a_status_has_servers_and_services, 0, 2);
	tcase_add_loop_test(tc, an_event_has_its_time, 0, 2);
}
