/* SPDX-License-Identifier: MIT */
/* test_ballot - votes counted, and servers that do not answer. */
#include "provision/ballot.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "tests.h"

static const struct {
	long long n, up, down, increment, wanted;
} rows[] = {
	{4, 3, 0, 1, 5},  {4, 2, 0, 1, 4}, {4, 0, 3, 1, 3}, {4, 0, 2, 1, 4}, {4, 3, 1, 4, 8},
	{9, 9, 0, 4, 10}, {3, 0, 3, 4, 2}, {1, 0, 0, 1, 2}, {5, 3, 2, 2, 7},
};

START_TEST(a_strict_majority_of_all_decides)
{
	const struct deployment_tier tier = {.min = 2, .max = 10, .increment = rows[_i].increment};
	const struct ballot ballot = {rows[_i].n, rows[_i].up, rows[_i].down};

	ck_assert_int_eq(ballot_decide(&tier, &ballot, ballot.n), rows[_i].wanted);
}
END_TEST

START_TEST(what_was_decided_is_neither_lost_nor_doubled)
{
	const struct deployment_tier tier = {.min = 1, .max = 10, .increment = 2};

	ck_assert_int_eq(ballot_decide(&tier, &(struct ballot){4, 4, 0}, 5), 5);
	ck_assert_int_eq(ballot_decide(&tier, &(struct ballot){4, 0, 0}, 5), 5);
	ck_assert_int_eq(ballot_decide(&tier, &(struct ballot){4, 0, 0}, 3), 3);
	ck_assert_int_eq(ballot_decide(&tier, &(struct ballot){4, 0, 4}, 3), 3);
	ck_assert_int_eq(ballot_decide(&tier, &(struct ballot){4, 0, 4}, 5), 2);
}
END_TEST

/* One tier is asked, and its ballot returned. */
static struct ballot
take(size_t tier)
{
	struct ballot ballots[2] = {{.n = 77}, {.n = 77}};
	const bool asked[2] = {tier == 0, tier == 1};

	ck_assert_int_eq(ballot_take(&fleet_act, asked, 4, ballots, &fleet_err), 0);
	ck_assert_int_eq(ballots[!tier].n, 0);
	return ballots[tier];
}

START_TEST(votes_are_counted_and_silence_is_none)
{
	struct ballot ballot;

	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	fleet_vote = "1\n";
	ballot = take(1);
	ck_assert_int_eq(ballot.n, 2);
	ck_assert_int_eq(ballot.up, 2);
	fleet_bad_program = "scaleCheck";
	fleet_bad_address = "10.0.0.3";
	fleet_bad_status = AGENTS_LOST;
	fleet_d.recovery_s = 60;
	ballot = take(1);
	ck_assert_int_eq(ballot.up, 1);
	ck_assert_int_ne(ledger_find_server(&fleet_l, "web-2")->state, SERVER_LOST);
	ledger_find_server(&fleet_l, "web-2")->silent -= 61;
	ballot = take(1);
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->state, SERVER_LOST);
	/* One that has been lost is no server of the tier. */
	ballot = take(1);
	ck_assert_int_eq(ballot.n, 1);
}
END_TEST

START_TEST(one_that_answers_again_is_not_silent)
{
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ledger_find_server(&fleet_l, "db-1")->silent = 1;
	take(0);
	ck_assert_int_eq(ledger_find_server(&fleet_l, "db-1")->silent, 0);
}
END_TEST

/* The fourth that is lost of a tier of one server is given up later. */
START_TEST(a_tier_that_flaps_is_recovered_later)
{
	struct store *store = fleet_keep();
	struct ledger_server *server;

	fleet_l.tiers[1]->wanted = 1;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	server = fleet_l.tiers[1]->servers[0];
	fleet_bad_program = "scaleCheck";
	fleet_bad_status = AGENTS_LOST;
	for (int i = 0; i < 3; i++) {
		server->state = SERVER_RUNNING;
		take(1);
		ck_assert_int_eq(server->state, SERVER_LOST);
	}
	server->state = SERVER_RUNNING;
	take(1);
	take(1);
	ck_assert_int_eq(server->state, SERVER_RUNNING);
	ck_assert_str_eq(fleet_l.events[fleet_l.n_events - 1].text,
			 "recovery_delayed web-1: its tier flaps, 60 s more");
	ck_assert_uint_eq(fleet_act.recovered, 3);
	ck_assert_uint_eq(fleet_act.delayed, 1);
	server->silent -= 121;
	take(1);
	ck_assert_int_eq(server->state, SERVER_LOST);
	/* All that is kept. */
	ledger_close(&fleet_l);
	ck_assert_int_eq(loader_open(&fleet_l, store, &fleet_err), 0);
	ck_assert_int_eq(ledger_bind(&fleet_l, &fleet_d, &fleet_err), 0);
	ck_assert_int_gt(fleet_l.tiers[1]->forgotten_ms, ledger_now(&fleet_l) * 1000);
	store_close(store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_loop_test(tc, a_strict_majority_of_all_decides, 0,
			    (int)(sizeof rows / sizeof *rows));
	tcase_add_test(tc, what_was_decided_is_neither_lost_nor_doubled);
	tcase_add_test(tc, votes_are_counted_and_silence_is_none);
	tcase_add_test(tc, a_tier_that_flaps_is_recovered_later);
	tcase_add_test(tc, one_that_answers_again_is_not_silent);
}
