/* SPDX-License-Identifier: MIT */
/* test_rounds - rounds of votes, and what follows. */
#include "provision/rounds.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "provision/entry.h"
#include "tests.h"

static struct rounds rounds;
static char told[200];
static long long now;

static void
note(void *arg, size_t tier, const struct ballot *ballot, long long wanted)
{
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof told - len, "%zu:%lld+%lld-%lld=%lld ", tier, ballot->n,
		 ballot->up, ballot->down, wanted);
}

static long long
hand(void *arg)
{
	(void)arg;
	return now;
}

static void
take(bool all)
{
	told[0] = '\0';
	ck_assert_msg(rounds_take(&rounds, all, &fleet_err) == 0, "%s", fleet_err.msg);
}

static void
begin(void)
{
	now = 1000;
	fleet_l.clock = hand;
	fleet_l.tiers[0]->wanted = fleet_l.tiers[1]->wanted = 1;
	ck_assert_int_eq(rounds_open(&rounds, &fleet_act, 1, &fleet_err), 0);
	rounds.tell = note;
}

START_TEST(votes_change_a_tier_within_its_bounds)
{
	begin();
	take(true);
	ck_assert_str_eq(told, "0:0+0-0=1 1:0+0-0=1 ");
	fleet_vote = "1\n";
	take(true);
	ck_assert_str_eq(told, "0:1+0-0=1 1:1+1-0=2 ");
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->state, SERVER_RUNNING);
	take(true);
	ck_assert_str_eq(told, "0:1+0-0=1 1:2+2-0=2 ");
	fleet_vote = "-1\n";
	take(true);
	ck_assert_str_eq(told, "0:1+0-0=1 1:2+0-2=1 ");
	ck_assert_uint_eq(fleet_l.tiers[1]->n, 1);
	ck_assert_int_eq(rounds.peak, 3);
	/* Up and down is one change of direction. */
	ck_assert_int_eq(rounds.oscillations, 1);
	rounds_close(&rounds);
}
END_TEST

START_TEST(how_long_a_tier_was_short_is_measured)
{
	begin();
	take(true);
	fleet_vote = "1\n";
	take(true);
	now += 30;
	take(true);
	ck_assert_int_eq(rounds.n_shorts, 0);
	now += 30;
	fleet_vote = "0\n";
	take(true);
	ck_assert_int_eq(rounds.n_shorts, 1);
	ck_assert_int_eq(rounds.short_s, 60);
	rounds_close(&rounds);
}
END_TEST

START_TEST(a_tier_is_asked_at_its_interval)
{
	begin();
	fleet_d.tiers[0].interval_s = 60;
	fleet_d.tiers[1].interval_s = 20;
	ck_assert_int_eq(rounds_shortest(&fleet_d), 20);
	take(true);
	now += 19;
	take(false);
	ck_assert_str_eq(told, "");
	now += 1;
	take(false);
	ck_assert_int_eq(told[0], '1');
	now += 40;
	take(false);
	ck_assert_int_eq(told[0], '0');
	rounds_close(&rounds);
}
END_TEST

START_TEST(what_failed_is_done_in_a_later_round)
{
	begin();
	take(true);
	fleet_vote = "1\n";
	fleet_bad_program = "startService";
	fleet_bad_status = 1;
	ck_assert_int_eq(rounds_take(&rounds, true, &fleet_err), -1);
	/* It votes no more, for its wish was heard. */
	fleet_err = ERR_INIT;
	fleet_bad_program = "-";
	fleet_vote = "0\n";
	take(true);
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->state, SERVER_RUNNING);
	fleet_asked[0] = '\0';
	take(true);
	ck_assert_ptr_null(strstr(fleet_asked, "startService"));
	rounds_close(&rounds);
}
END_TEST

START_TEST(a_tier_that_is_down_stays_down)
{
	begin();
	take(true);
	fleet_l.tiers[1]->wanted = 0;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	take(true);
	ck_assert_str_eq(told, "0:1+0-0=1 ");
	ck_assert_uint_eq(fleet_l.tiers[1]->n, 0);
	rounds_close(&rounds);
}
END_TEST

START_TEST(a_lost_server_is_replaced)
{
	begin();
	take(true);
	fleet_bad_program = "scaleCheck";
	fleet_bad_status = AGENTS_LOST;
	fleet_bad_address = ledger_find_server(&fleet_l, "web-1")->address;
	take(true);
	ck_assert_ptr_null(ledger_find_server(&fleet_l, "web-1"));
	ck_assert_int_eq(ledger_find_server(&fleet_l, "web-2")->state, SERVER_RUNNING);
	rounds_close(&rounds);
}
END_TEST

/* ---- cut off at each write of the state */

/* How the servers of a tier stand; a run that was cut off may have taken a number. */
static const char *
summary(void)
{
	static char text[400];
	const struct ledger_tier *tier = fleet_l.tiers[1];
	size_t len = (size_t)snprintf(text, sizeof text, "%lld:", tier->wanted);

	for (size_t i = 0; i < tier->n; i++) {
		const struct ledger_server *server = tier->servers[i];

		len += (size_t)snprintf(text + len, sizeof text - len, " %s %s, %zu nodes",
					server->host, lifecycle_state_name(server->state),
					server->n_nodes);
	}
	return text;
}

/* What the servers say by now: what they wished for, until it was decided. */
static void
wish(int what)
{
	static const char *const votes[] = {"1\n", "-1\n", "0\n"};
	static const long long begins[] = {1, 2, 1};

	fleet_vote = fleet_l.tiers[1]->wanted == begins[what] ? votes[what] : "0\n";
	fleet_bad_program = what == 2 ? "scaleCheck" : "-";
	fleet_bad_status = AGENTS_LOST;
	fleet_bad_address = "10.0.0.2";
	fleet_planner.random = 1;
}

/* The state as the run has left it that wrote so much of the text. */
static struct store *
cut_at(struct store *store, const char *text, size_t len)
{
	char path[400];
	FILE *file;

	rounds_close(&rounds);
	store_close(store);
	snprintf(path, sizeof path, "%s/state", scratch_dir);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	store = fleet_keep();
	fleet_l.clock = hand;
	fleet_asked[0] = '\0';
	ck_assert_int_eq(rounds_open(&rounds, &fleet_act, 1, &fleet_err), 0);
	return store;
}

static size_t
read_state(char *text, size_t size)
{
	char path[400];
	FILE *file;
	size_t len;

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, size, file);
	ck_assert_uint_lt(len, size);
	fclose(file);
	return len;
}

START_TEST(a_run_that_was_cut_off_ends_as_one_that_was_not)
{
	static char text[1 << 20], end[400];
	struct store *store = fleet_keep();
	size_t from, len, n_cuts = 0;

	now = 1000;
	fleet_l.clock = hand;
	ck_assert_int_eq(rounds_open(&rounds, &fleet_act, 1, &fleet_err), 0);
	fleet_l.tiers[0]->wanted = 1;
	fleet_l.tiers[1]->wanted = _i == 1 ? 2 : 1;
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(entry_save_tier(&fleet_l, fleet_l.tiers[i], &fleet_err), 0);
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	from = read_state(text, sizeof text);
	wish(_i);
	fleet_asked[0] = '\0';
	take(true);
	snprintf(end, sizeof end, "%s", summary());
	len = read_state(text, sizeof text);
	ck_assert_uint_gt(len, from);

	for (size_t at = from; at < len; at++) {
		if (text[at - 1] != '\n')
			continue;
		n_cuts++;
		store = cut_at(store, text, at);
		wish(_i);
		take(true);
		fleet_vote = "0\n";
		take(true);
		ck_assert_msg(strcmp(summary(), end) == 0, "cut at %zu: %s, not %s", at, summary(),
			      end);
	}
	ck_assert_uint_gt(n_cuts, 20);
	rounds_close(&rounds);
	store_close(store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, votes_change_a_tier_within_its_bounds);
	tcase_add_test(tc, how_long_a_tier_was_short_is_measured);
	tcase_add_test(tc, a_tier_is_asked_at_its_interval);
	tcase_add_test(tc, what_failed_is_done_in_a_later_round);
	tcase_add_test(tc, a_tier_that_is_down_stays_down);
	tcase_add_test(tc, a_lost_server_is_replaced);
	/* One joins, one leaves, one is lost. */
	tcase_add_loop_test(tc, a_run_that_was_cut_off_ends_as_one_that_was_not, 0, 3);
}
