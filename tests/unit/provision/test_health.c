/* SPDX-License-Identifier: MIT */
/* test_health - what checkService says of services. */
#include "provision/entry.h"
#include "provision/health.h"

#include "scratch_fleet.h"
#include "tests.h"

START_TEST(the_word_of_a_state)
{
	static const char *const rows[][2] = {
		{"OK", "OK"},	 {"OK\n", "OK"},      {"CRITICAL: disk full", "CRITICAL"},
		{"", "UNKNOWN"}, {"\nOK", "UNKNOWN"}, {"a\033[1m b", "a?[1m"}};
	char word[LEDGER_WORD_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		health_word(rows[i][0], word);
		ck_assert_str_eq(word, rows[i][1]);
	}
}
END_TEST

START_TEST(what_has_changed_is_kept_and_told_once)
{
	struct ledger_server *server;
	struct ledger_placed *db, *cache;
	struct store *store = fleet_keep();
	size_t n;

	ck_assert_int_eq(entry_add_server(&fleet_l, fleet_l.tiers[0], &fleet_d.hosts[0], &server,
					  &fleet_err),
			 0);
	ck_assert_ptr_nonnull(ledger_placed(server, "cache"));
	db = ledger_placed(server, "db");
	cache = ledger_placed(server, "cache");
	snprintf(db->word, sizeof db->word, "OK");
	n = fleet_l.n_events;
	ck_assert_int_eq(health_take(&fleet_l, server, "cache\tOK\ndb2\tDOWN\ndb\tCRITICAL: no\n",
				     &fleet_err),
			 0);
	ck_assert_str_eq(db->word, "CRITICAL");
	ck_assert_str_eq(cache->word, "");
	ck_assert_uint_eq(fleet_l.n_events, n + 1);
	ck_assert_str_eq(fleet_l.events[n].text, "health_changed db on db-1: CRITICAL");
	ck_assert_int_eq(health_take(&fleet_l, server, "db\tCRITICAL: other\n", &fleet_err), 0);
	ck_assert_uint_eq(fleet_l.n_events, n + 1);
	ck_assert(!db->settled);
	ck_assert_int_eq(health_take(&fleet_l, server, "db\tOK\n", &fleet_err), 0);
	ck_assert(db->settled);
	ck_assert_int_eq(health_take(&fleet_l, server, "", &fleet_err), 0);
	ck_assert_str_eq(db->word, "OK");
	store_close(store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, the_word_of_a_state);
	tcase_add_test(tc, what_has_changed_is_kept_and_told_once);
}
