/* SPDX-License-Identifier: MIT */
/* test_entry - changes of a ledger, kept in a store. */
#include "provision/entry.h"

#include "scratch_store.h"

#include "provision/events.h"
#include "tests.h"

START_TEST(what_is_kept_comes_back)
{
	struct ledger l, again;
	struct ledger_server *server;
	struct ledger_placed *placed;
	const struct ledger_node node = {"db-1", "web", "10.0.0.2:80"};

	scratch_store_open();
	ck_assert_int_eq(loader_open(&l, scratch_store, &fleet_err), 0);
	ck_assert_int_eq(ledger_bind(&l, &fleet_d, &fleet_err), 0);
	ck_assert_int_eq(entry_spec(&l, "/a b", "text\nof two lines", &fleet_err), 0);
	ck_assert_int_eq(entry_add_server(&l, l.tiers[1], &fleet_d.hosts[1], &server, &fleet_err),
			 0);
	ck_assert_str_eq(server->id, "web-1");
	ck_assert_str_eq(server->address, "10.0.0.2");
	/* Kept at once: who is killed here leaves no server without an address. */
	ledger_close(&l);
	scratch_store_read(&l);
	server = ledger_find_server(&l, "web-1");
	ck_assert_str_eq(server->address, "10.0.0.2");
	server->state = SERVER_RUNNING;
	ck_assert_int_eq(entry_save_server(&l, server, &fleet_err), 0);
	placed = ledger_placed(server, "web");
	placed->started = true;
	placed->told = strdup("told\ntext");
	placed->told_len = strlen(placed->told);
	snprintf(placed->word, sizeof placed->word, "it's odd");
	ck_assert_int_eq(entry_save_placed(&l, server, placed, &fleet_err), 0);
	ck_assert_int_eq(entry_add_node(&l, server, &node, &fleet_err), 0);
	ck_assert_int_eq(entry_mark_lost(&l, "h3", true, &fleet_err), 0);
	events_add(&l, "word", "what %d", 1);
	ledger_close(&l);

	scratch_store_read(&again);
	ck_assert_str_eq(again.directory, "/a b");
	ck_assert_str_eq(again.spec, "text\nof two lines");
	server = ledger_find_server(&again, "web-1");
	ck_assert_ptr_nonnull(server);
	ck_assert_ptr_eq(server->tier, again.tiers[1]);
	ck_assert_str_eq(server->host, "h2");
	ck_assert_ptr_null(server->user);
	ck_assert_int_eq(server->state, SERVER_RUNNING);
	ck_assert_uint_eq(server->n_placed, 1);
	ck_assert(server->placed[0].started);
	ck_assert_str_eq(server->placed[0].told, "told\ntext");
	ck_assert_str_eq(server->placed[0].word, "it's odd");
	ck_assert_uint_eq(server->n_nodes, 1);
	ck_assert_str_eq(server->nodes[0].address, "10.0.0.2:80");
	ck_assert_uint_eq(again.n_lost, 1);
	ck_assert_uint_eq(again.n_events, 1);
	ck_assert_str_eq(again.events[0].text, "word what 1");

	ck_assert_int_eq(entry_drop_server(&again, server, &fleet_err), 0);
	ck_assert_int_eq(entry_mark_lost(&again, "h3", false, &fleet_err), 0);
	ledger_close(&again);
	scratch_store_read(&l);
	ck_assert_ptr_null(ledger_find_server(&l, "web-1"));
	ck_assert_uint_eq(l.n_lost, 0);
	/* A number is not given twice. */
	ck_assert_int_eq(entry_add_server(&l, l.tiers[1], NULL, &server, &fleet_err), 0);
	ck_assert_str_eq(server->id, "web-2");
	ledger_close(&l);
	store_close(scratch_store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, what_is_kept_comes_back);
}
