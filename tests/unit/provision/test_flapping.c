/* SPDX-License-Identifier: MIT */
/* test_flapping - recoveries that follow each other too fast. */
#include "provision/flapping.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests.h"

static const struct deployment d = {.recovery_s = 120,
				    .recovery_limit = 3,
				    .recovery_window_s = 3600,
				    .recovery_back_off_s = 60};
static struct ledger_tier tier;
static struct ledger_server server;

static void
setup(void)
{
	tier = (struct ledger_tier){.wanted = 1};
	server = (struct ledger_server){.tier = &tier};
}

/* A server of it falls silent then. */
static long long
wait_at(const struct deployment *of, long long when)
{
	server.silent = when;
	return flapping_wait(of, &server);
}

START_TEST(the_first_ones_do_not_wait_and_the_next_wait_longer_and_longer)
{
	static const long long waits[] = {0, 0, 0, 60, 120, 240, 480, 960};

	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		ck_assert_int_eq(wait_at(&d, 1000), waits[i]);
		flapping_note(&d, &tier, 1000);
	}
	for (int i = 0; i < 100; i++)
		flapping_note(&d, &tier, 1000);
	ck_assert_int_eq(wait_at(&d, 1000), 3600);
}
END_TEST

START_TEST(a_recovery_is_forgotten_in_time)
{
	for (int i = 0; i < 4; i++)
		flapping_note(&d, &tier, 1000);
	ck_assert_int_eq(wait_at(&d, 1000), 120);
	ck_assert_int_eq(wait_at(&d, 1000 + 1200), 60);
	ck_assert_int_eq(wait_at(&d, 1000 + 2400), 0);
	flapping_note(&d, &tier, 100000);
	ck_assert_int_eq(wait_at(&d, 100000), 0);
}
END_TEST

START_TEST(a_large_tier_may_lose_many)
{
	tier.wanted = 1000;
	for (int i = 0; i < 3000; i++) {
		ck_assert_int_eq(wait_at(&d, 1000), 0);
		flapping_note(&d, &tier, 1000);
	}
	ck_assert_int_eq(wait_at(&d, 1000), 60);
	/* More than there are ms. */
	tier.wanted = 100000;
	flapping_note(&d, &tier, 1000);
	ck_assert_int_ge(wait_at(&d, 1000), 60);
}
END_TEST

/* What nobody has voted on yet is to have its least. */
START_TEST(a_tier_is_as_large_as_it_is_to_be)
{
	struct deployment_tier of = {.name = "web", .min = 3, .max = 9};
	struct deployment with = d;

	with.tiers = &of;
	with.n_tiers = 1;
	snprintf(tier.name, sizeof tier.name, "web");
	tier.wanted = -1;
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(wait_at(&with, 1000), 0);
		flapping_note(&with, &tier, 1000);
	}
	ck_assert_int_eq(wait_at(&with, 1000), 60);
}
END_TEST

START_TEST(without_a_limit_none_waits)
{
	struct deployment free_of = d;

	free_of.recovery_limit = 0;
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(wait_at(&free_of, 1000), 0);
		flapping_note(&free_of, &tier, 1000);
	}
	/* And a limit that is set later begins with nothing. */
	ck_assert_int_eq(wait_at(&d, 1000), 0);
}
END_TEST

START_TEST(a_clock_that_was_wrong_is_no_endless_wait)
{
	flapping_note(&d, &tier, 4000000000);
	ck_assert_int_eq(wait_at(&d, 1000), 3600);
	flapping_note(&d, &tier, 1000);
	ck_assert_int_eq(wait_at(&d, 1000 + 86400), 0);
}
END_TEST

/* As soon as one is up it is gone again, for a day: all are replaced in the end, three an hour. */
START_TEST(there_are_no_more_than_the_limit_in_the_long_run)
{
	long long now = 1000, longest = 0;
	int n = 0;

	for (; now < 1000 + 86400; n++) {
		long long wait = wait_at(&d, now);

		if (wait > longest)
			longest = wait;
		now += d.recovery_s + wait + 1;
		flapping_note(&d, &tier, now);
	}
	ck_assert_int_ge(n, 3 * 24 - 9);
	ck_assert_int_le(n, 3 * 24 + 9);
	ck_assert_int_le(longest, 1920);
}
END_TEST

START_TEST(it_is_told_when_one_is_given_up)
{
	struct ledger l = {.store = NULL};
	char text[FLAPPING_TEXT_MAX];

	flapping_tell(&d, &l, &server, text);
	ck_assert_str_eq(text, "");
	server.silent = ledger_now(&l);
	flapping_tell(&d, &l, &server, text);
	ck_assert_str_eq(text, "does not answer");
	for (int i = 0; i < 3; i++)
		flapping_note(&d, &tier, server.silent);
	flapping_tell(&d, &l, &server, text);
	ck_assert_ptr_eq(strstr(text, "does not answer; its tier flaps, it is given up in 1"),
			 text);
	server.state = SERVER_LOST;
	flapping_tell(&d, &l, &server, text);
	ck_assert_str_eq(text, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_first_ones_do_not_wait_and_the_next_wait_longer_and_longer);
	tcase_add_test(tc, a_recovery_is_forgotten_in_time);
	tcase_add_test(tc, a_large_tier_may_lose_many);
	tcase_add_test(tc, a_tier_is_as_large_as_it_is_to_be);
	tcase_add_test(tc, without_a_limit_none_waits);
	tcase_add_test(tc, a_clock_that_was_wrong_is_no_endless_wait);
	tcase_add_test(tc, there_are_no_more_than_the_limit_in_the_long_run);
	tcase_add_test(tc, it_is_told_when_one_is_given_up);
}
