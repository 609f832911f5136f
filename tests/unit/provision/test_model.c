/* SPDX-License-Identifier: MIT */
/* test_model - hosts that are only thought of. */
#include "provision/model.h"

#include "scratch_fleet.h"

#include "provision/ballot.h"
#include "provision/crew.h"
#include "provision/rounds.h"
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

/* How long the first server of a tier takes to serve. */
static long long
measure_start(uint64_t seed)
{
	long long s;

	ck_assert_int_eq(open_model("0 web 0.8\n0 web start 60 600\n"), 0);
	model.seed = seed;
	imagine();
	for (s = 0; model_serving(&model, 1) == 0; s++) {
		ck_assert(model_short(&model, 1));
		ck_assert_int_eq(vote().up + vote().down, 0);
		model_step(&model, 1);
	}
	ck_assert_int_eq(vote().up, 1);
	ck_assert_int_eq((long long)(10 * model.sum.refused + 0.5), 8 * s);
	ck_assert_int_eq((long long)model.sum.paid, 2 * s);
	model_close(&model);
	return s;
}

START_TEST(a_server_serves_after_its_start_up_time)
{
	long long first = measure_start(1), other;

	ck_assert_int_ge(first, 60);
	ck_assert_int_le(first, 600);
	fleet_reread(fleet_text);
	ck_assert_int_eq(measure_start(1), first);
	fleet_reread(fleet_text);
	other = measure_start(2);
	ck_assert_int_ne(other, first);
}
END_TEST

START_TEST(what_does_not_answer_for_a_while_does_again)
{
	ck_assert_int_eq(open_model("0 web 0.5\n10 web silent 50 all\n"), 0);
	imagine();
	fleet_d.recovery_s = 60;
	model_step(&model, 30);
	ck_assert_int_eq(model_serving(&model, 1), 0);
	vote();
	ck_assert_int_ne(ledger_find_server(&fleet_l, "web-1")->silent, 0);
	model_step(&model, 30);
	ck_assert_int_eq(model_serving(&model, 1), 1);
	vote();
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-1")->silent, 0);
	ck_assert_int_eq((long long)model.sum.refused, 15);
	model_close(&model);
}
END_TEST

START_TEST(all_of_a_tier_die_and_come_back)
{
	ck_assert_int_eq(open_model("0 web 0.5\n10 web dead all\n"), 0);
	fleet_d.tiers[1].min = 3;
	imagine();
	fleet_d.recovery_s = 30;
	ck_assert_int_eq(model_serving(&model, 1), 3);
	for (int i = 0; i < 2; i++) {
		model_step(&model, 30);
		ck_assert_int_eq(model_serving(&model, 1), 0);
		vote();
	}
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_int_eq(model_serving(&model, 1), 3);
	ck_assert_uint_eq(model.n_ended, 3);
	model_close(&model);
}
END_TEST

/* ---- whatever the load */

static struct agents modelled;
static char stopped[4096][64]; /* addresses whose services were stopped, by their number */
static unsigned long long n_stopped;

static int
note_stops(void *arg, struct agents_call *call, struct err *e)
{
	if (strcmp(call->words[0], "stopService") == 0) {
		ck_assert_uint_lt(n_stopped, 4096);
		snprintf(stopped[n_stopped++], 64, "%s", call->place.address);
	}
	return modelled.fn(arg, call, e);
}

/* Out of the proxy, stopped unless it is lost, and known to no database any more. */
static int
judge_end(void *arg, const char *id, const char *address, struct err *e)
{
	const struct ledger_server *server = ledger_find_server(&fleet_l, id);
	const struct ledger_source *source = ledger_source(&fleet_l, "shop");
	char listed[600], between[80];
	bool was_stopped = false;

	ck_assert_uint_eq(server->n_nodes, 0);
	for (unsigned long long i = 0; i < n_stopped; i++)
		was_stopped |= strcmp(stopped[i], address) == 0;
	ck_assert_msg(was_stopped || server->state == SERVER_LOST, "%s was not stopped", id);
	snprintf(listed, sizeof listed, ",%s,", source->granted ? source->granted : "");
	snprintf(between, sizeof between, ",%s,", address);
	ck_assert_msg(!strstr(listed, between), "%s may still use the database", id);
	return modelled.destroy(arg, id, address, e);
}

/* A curve of up to ten servers in which some die, are silent, or slow to start. */
static void
random_curve(unsigned seed, char *text, size_t size)
{
	static const char *const words[] = {"",	     "",      "",	  "",
					    "dead ", "dead ", "silent 9", "start 0 9"};
	size_t len = (size_t)snprintf(text, size, "0 db 0.5\n");

	srandom(seed);
	for (int i = 0; i < 40; i++)
		len += (size_t)snprintf(text + len, size - len, "%d web %s%ld\n", 60 * i,
					words[random() % 8], random() % 10);
}

START_TEST(no_load_breaks_a_rule)
{
	struct rounds rounds;
	char text[4096];

	n_stopped = 0;
	random_curve((unsigned)_i + 1, text, sizeof text);
	ck_assert_int_eq(open_model(text), 0);
	imagine();
	modelled = fleet_act.agents;
	fleet_act.agents.fn = note_stops;
	fleet_act.agents.destroy = judge_end;
	fleet_planner.random = (uint64_t)_i + 1;
	fleet_d.recovery_s = 60;
	fleet_d.tiers[1].min = 2;
	fleet_d.tiers[1].max = 7;
	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(rounds_open(&rounds, &fleet_act, 1, &fleet_err), 0);
	for (int i = 0; i < 80; i++) {
		const struct ledger_tier *web = fleet_l.tiers[1];
		long long n = 0;

		/* A host that dies under a step is told, and done without in a later round. */
		if (rounds_take(&rounds, true, &fleet_err))
			ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
		fleet_err = ERR_INIT;
		for (size_t j = 0; j < web->n; j++)
			n += ledger_counts(web->servers[j]);
		ck_assert_msg(n >= 2 && n <= 7, "seed %d: %lld servers", _i + 1, n);
		model_step(&model, 30);
	}
	ck_assert_uint_gt(n_stopped, 0);
	rounds_close(&rounds);
	model_close(&model);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, servers_vote_by_their_load);
	tcase_add_test(tc, a_dead_one_does_not_answer_and_is_replaced);
	tcase_add_test(tc, a_server_serves_after_its_start_up_time);
	tcase_add_test(tc, what_does_not_answer_for_a_while_does_again);
	tcase_add_test(tc, all_of_a_tier_die_and_come_back);
	tcase_add_loop_test(tc, no_load_breaks_a_rule, 0, 20);
}
