/* SPDX-License-Identifier: MIT */
/* test_planner - a plan that is made. */
#include "provision/planner.h"

#include "scratch_fleet.h"
#include "tests.h"

static struct plan plan;
static struct planner_making making = {.p = &fleet_planner, .plan = &plan, .e = &fleet_err};

START_TEST(steps_are_sorted_by_stage_and_server)
{
	struct ledger_server *db, *web;

	db = ledger_server(&fleet_l, "db-1");
	web = ledger_server(&fleet_l, "web-1");
	ck_assert_ptr_nonnull(planner_add(&making, STEP_START, web, 1));
	ck_assert_ptr_nonnull(planner_add(&making, STEP_INSTALL, web, 1));
	ck_assert_ptr_nonnull(planner_add(&making, STEP_START, db, 0));
	ck_assert_ptr_nonnull(planner_add(&making, STEP_DESTROY, db, DEPLOYMENT_NONE));
	planner_sort(&plan);
	ck_assert_uint_eq(plan.n, 4);
	ck_assert_int_eq(plan.steps[0].kind, STEP_DESTROY);
	ck_assert_str_eq(plan.steps[0].id, "");
	ck_assert_int_eq(plan.steps[1].kind, STEP_INSTALL);
	/* The web server depends on the database. */
	ck_assert_ptr_eq(plan.steps[2].server, db);
	ck_assert_ptr_eq(plan.steps[3].server, web);
	ck_assert_str_eq(plan.steps[3].id, "web");
	plan_free(&plan);
	ck_assert_uint_eq(plan.n, 0);
}
END_TEST

START_TEST(those_of_a_tier_that_run_are_restarted_in_turns)
{
	static const struct {
		size_t running, turns;
	} rows[] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 3}, {5, 4}, {9, 3}};
	const size_t n = 9;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t j = 0; j < n; j++) {
			char id[16];
			struct ledger_server *web;

			snprintf(id, sizeof id, "web-%zu", j + 1);
			web = ledger_server(&fleet_l, id);
			web->state = j < rows[i].running ? SERVER_RUNNING : SERVER_STARTING;
			ck_assert_ptr_nonnull(planner_add(&making, STEP_START, web, 1));
			ck_assert_ptr_nonnull(planner_add(&making, STEP_CONFIGURE, web, 1));
			ck_assert_ptr_nonnull(planner_add(&making, STEP_PROXY, web, 1));
		}
		planner_sort(&plan);
		ck_assert_uint_eq(plan.n, 3 * n);
		ck_assert_uint_eq(plan.steps[0].turn, 0);
		ck_assert_int_eq(plan.steps[0].kind, STEP_CONFIGURE);
		ck_assert_int_eq(plan.steps[1].kind, STEP_START);
		ck_assert_uint_eq(plan.steps[2 * n - 1].turn, rows[i].turns - 1);
		/* Those that do not run are first. */
		ck_assert(rows[i].running == n || plan.steps[0].server->state != SERVER_RUNNING);
		/* Nothing else waits. */
		ck_assert_uint_eq(plan.steps[3 * n - 1].turn, 0);
		plan_free(&plan);
	}
}
END_TEST

START_TEST(a_reason_is_that_of_the_table_or_another)
{
	struct planner_step *step;

	step = planner_add(&making, STEP_START, ledger_server(&fleet_l, "web-1"), 1);
	ck_assert_str_eq(step->why, lifecycle_row(STEP_START)->when);
	planner_because(step, "%s is new", "it");
	ck_assert_str_eq(step->why, "it is new");
	plan_free(&plan);
}
END_TEST

START_TEST(a_stamp_changes_with_what_a_service_depends_on)
{
	const struct deployment_service *web = &fleet_d.services[1];
	unsigned long long stamp = planner_stamp(&fleet_planner, web);

	ck_assert_uint_eq(planner_stamp(&fleet_planner, web), stamp);
	ledger_touch(fleet_l.tiers[0]);
	ck_assert_uint_ne(planner_stamp(&fleet_planner, web), stamp);
}
END_TEST

START_TEST(an_image_of_another_digest_is_refused)
{
	planner_free(&fleet_planner);
	fleet_d.services[1].sha256 = "0";
	ck_assert_int_eq(planner_digests(&fleet_planner, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNSAFE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, steps_are_sorted_by_stage_and_server);
	tcase_add_test(tc, those_of_a_tier_that_run_are_restarted_in_turns);
	tcase_add_test(tc, a_reason_is_that_of_the_table_or_another);
	tcase_add_test(tc, a_stamp_changes_with_what_a_service_depends_on);
	tcase_add_test(tc, an_image_of_another_digest_is_refused);
}
