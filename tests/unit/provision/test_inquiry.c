/* SPDX-License-Identifier: MIT */
/* test_inquiry - servers asked for their votes and how their services are. */
#include "provision/inquiry.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "tests.h"

START_TEST(a_vote_is_read)
{
	int vote = 9;

	ck_assert(inquiry_read("-1\n", &vote));
	ck_assert_int_eq(vote, -1);
	ck_assert(inquiry_read("1\n", &vote));
	ck_assert_int_eq(vote, 1);
	ck_assert(!inquiry_read("", &vote));
	ck_assert(!inquiry_read(NULL, &vote));
	ck_assert(!inquiry_read("10\n", &vote));
}
END_TEST

/* All of both tiers are asked, four times one at once. */
static void
ask(bool votes, struct inquiry *inquiry)
{
	const bool asked[2] = {true, true};

	ck_assert_int_eq(inquiry_ask(&fleet_act, asked, votes, 2, inquiry, &fleet_err), 0);
}

START_TEST(every_server_is_asked_and_nothing_is_kept)
{
	struct inquiry inquiry;

	fleet_l.tiers[1]->wanted = 2;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	fleet_vote = "1\n";
	fleet_bad_program = "checkService";
	fleet_bad_address = "10.0.0.3";
	fleet_bad_status = AGENTS_LOST;
	ask(true, &inquiry);
	ck_assert_uint_eq(inquiry.n, 3);
	ck_assert_str_eq(inquiry.all[0].server->id, "db-1");
	ck_assert_int_eq(inquiry.all[0].vote, 0);
	ck_assert(inquiry.all[0].answers);
	ck_assert_int_eq(inquiry.all[1].vote, 1);
	ck_assert(inquiry.all[1].answers);
	ck_assert(!inquiry.all[2].answers);
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->silent, 0);
	inquiry_free(&inquiry);
	ask(false, &inquiry);
	ck_assert_int_eq(inquiry.all[1].vote, 0);
	inquiry_free(&inquiry);
}
END_TEST

START_TEST(one_that_is_lost_or_in_a_tier_that_is_not_asked_is_let_be)
{
	const bool asked[2] = {false, true};
	struct inquiry inquiry;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	ck_assert_int_eq(inquiry_ask(&fleet_act, asked, true, 1, &inquiry, &fleet_err), 0);
	ck_assert_uint_eq(inquiry.n, 1);
	inquiry_free(&inquiry);
	ledger_find_server(&fleet_l, "web-1")->state = SERVER_LOST;
	ask(true, &inquiry);
	ck_assert_uint_eq(inquiry.n, 1);
	ck_assert_str_eq(inquiry.all[0].server->id, "db-1");
	inquiry_free(&inquiry);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, a_vote_is_read);
	tcase_add_test(tc, every_server_is_asked_and_nothing_is_kept);
	tcase_add_test(tc, one_that_is_lost_or_in_a_tier_that_is_not_asked_is_let_be);
}
