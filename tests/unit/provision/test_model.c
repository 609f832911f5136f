/* SPDX-License-Identifier: MIT */
/* test_model - hosts that are only thought of. */
#include "provision/model.h"

#include "scratch_fleet.h"

#include "provision/ballot.h"
#include "provision/crew.h"
#include "tests.h"

static struct model model;

static int
open_model(const char *curve)
{
	char path[600];

	snprintf(path, sizeof path, "%s/curve", scratch_dir);
	scratch_write("curve", curve);
	return model_open(&model, &fleet_d, &fleet_l, path, &fleet_err);
}

/* As cli/simulation does: no host of the file is one. */
static void
imagine(void)
{
	for (size_t i = 0; i < fleet_d.n_tiers; i++)
		fleet_d.tiers[i].hosts.n = 0;
	fleet_d.make = fleet_d.destroy = "imagined";
	fleet_d.tiers[1].max = 9;
	fleet_planner.shallow = true;
	fleet_l.clock = model_clock;
	fleet_l.clock_arg = &model;
	fleet_act.agents = model_agents(&model);
	ck_assert_msg(crew_up(&fleet_act, 1, &fleet_err) == 0, "%s", fleet_err.msg);
}

static struct ballot
vote(void)
{
	const bool asked[] = {false, true};
	struct ballot ballots[2];

	ck_assert_int_eq(ballot_take(&fleet_act, asked, 1, ballots, &fleet_err), 0);
	return ballots[1];
}

START_TEST(the_load_is_on_a_line_between_two_points)
{
	ck_assert_int_eq(open_model("# a comment\n100 web 2\n0 web 1\n50 db 7\n"), 0);
	ck_assert_int_eq((int)(100 * model_load(&model, 1)), 100);
	model.now = 50;
	ck_assert_int_eq((int)(100 * model_load(&model, 1)), 150);
	ck_assert_int_eq((int)model_load(&model, 0), 7);
	model.now = 1000;
	ck_assert_int_eq((int)(100 * model_load(&model, 1)), 200);
	model_close(&model);
}
END_TEST

static const char *const bad[] = {"0 web\n", "x web 1\n", "0 no 1\n", "0 web many\n", "0 web -1\n"};

START_TEST(a_line_that_is_none_is_named)
{
	char text[64];

	snprintf(text, sizeof text, "0 web 1\n%s", bad[_i]);
	ck_assert_int_eq(open_model(text), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "line 2"));
	model_close(&model);
}
END_TEST

START_TEST(servers_vote_by_their_load)
{
	ck_assert_int_eq(open_model("0 web 0.5\n30 web 0.8\n60 web 0.1\n"), 0);
	imagine();
	ck_assert_int_eq(vote().up, 0);
	model_step(&model, 30);
	ck_assert_int_eq(vote().up, 1);
	model_step(&model, 30);
	ck_assert_int_eq(vote().down, 1);
	model_close(&model);
}
END_TEST

START_TEST(a_dead_one_does_not_answer_and_is_replaced)
{
	ck_assert_int_eq(open_model("0 web 0.5\n10 web dead\n"), 0);
	imagine();
	model_step(&model, 30);
	fleet_d.recovery_s = 30;
	vote();
	ck_assert_int_ne(ledger_find_server(&fleet_l, "web-1")->state, SERVER_LOST);
	model_step(&model, 30);
	vote();
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-1")->state, SERVER_LOST);
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-1"));
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->state, SERVER_RUNNING);
	ck_assert_int_eq(model.n_made, 3);
	model_close(&model);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, the_load_is_on_a_line_between_two_points);
	tcase_add_loop_test(tc, a_line_that_is_none_is_named, 0, (int)(sizeof bad / sizeof *bad));
	tcase_add_test(tc, servers_vote_by_their_load);
	tcase_add_test(tc, a_dead_one_does_not_answer_and_is_replaced);
}
