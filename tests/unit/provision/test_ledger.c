/* SPDX-License-Identifier: MIT */
/* test_ledger - what is known of servers, kept in a store. */
#include "scratch_fleet.h"
#include "tests.h"

static struct store *store;
static char path[300];

static void
open_store(void)
{
	const struct store_options options = {.where = path};

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	ck_assert_int_eq(store_open(&store, &options, &fleet_err), 0);
}

static void
open_again(struct ledger *l)
{
	store_close(store);
	open_store();
	ck_assert_msg(ledger_open(l, store, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_int_eq(ledger_bind(l, &fleet_d, &fleet_err), 0);
}

START_TEST(what_is_kept_comes_back)
{
	struct ledger l, again;
	struct ledger_server *server;
	struct ledger_placed *placed;
	const struct ledger_node node = {"db-1", "web", "10.0.0.2:80"};

	open_store();
	ck_assert_int_eq(ledger_open(&l, store, &fleet_err), 0);
	ck_assert_int_eq(ledger_bind(&l, &fleet_d, &fleet_err), 0);
	ck_assert_int_eq(ledger_spec(&l, "/a b", "text\nof two lines", &fleet_err), 0);
	ck_assert_int_eq(ledger_add_server(&l, l.tiers[1], &fleet_d.hosts[1], &server, &fleet_err),
			 0);
	ck_assert_str_eq(server->id, "web-1");
	ck_assert_str_eq(server->address, "10.0.0.2");
	/* Kept at once: who is killed here leaves no server without an address. */
	ledger_close(&l);
	open_again(&l);
	server = ledger_find_server(&l, "web-1");
	ck_assert_str_eq(server->address, "10.0.0.2");
	server->state = SERVER_RUNNING;
	ck_assert_int_eq(ledger_save_server(&l, server, &fleet_err), 0);
	placed = ledger_placed(server, "web");
	placed->started = true;
	placed->told = strdup("told\ntext");
	placed->told_len = strlen(placed->told);
	snprintf(placed->word, sizeof placed->word, "it's odd");
	ck_assert_int_eq(ledger_save_placed(&l, server, placed, &fleet_err), 0);
	ck_assert_int_eq(ledger_add_node(&l, server, &node, &fleet_err), 0);
	ck_assert_int_eq(ledger_mark_lost(&l, "h3", true, &fleet_err), 0);
	ledger_event(&l, "word", "what %d", 1);
	ledger_close(&l);

	open_again(&again);
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

	ck_assert_int_eq(ledger_drop_server(&again, server, &fleet_err), 0);
	ck_assert_int_eq(ledger_mark_lost(&again, "h3", false, &fleet_err), 0);
	ledger_close(&again);
	open_again(&l);
	ck_assert_ptr_null(ledger_find_server(&l, "web-1"));
	ck_assert_uint_eq(l.n_lost, 0);
	/* A number is not given twice. */
	ck_assert_int_eq(ledger_add_server(&l, l.tiers[1], NULL, &server, &fleet_err), 0);
	ck_assert_str_eq(server->id, "web-2");
	ledger_close(&l);
	store_close(store);
}
END_TEST

START_TEST(only_the_latest_events_are_kept)
{
	struct ledger l, again;

	open_store();
	ck_assert_int_eq(ledger_open(&l, store, &fleet_err), 0);
	for (int i = 1; i <= LEDGER_EVENTS_MAX + 5; i++)
		ledger_event(&l, "event", "%d", i);
	ck_assert_uint_eq(l.n_events, LEDGER_EVENTS_MAX);
	ledger_close(&l);
	open_again(&again);
	ck_assert_uint_eq(again.n_events, LEDGER_EVENTS_MAX);
	ck_assert_str_eq(again.events[0].text, "event 6");
	ledger_close(&again);
	store_close(store);
}
END_TEST

START_TEST(a_damaged_value_is_named)
{
	const struct store_item item = {"server/web-1", "host=$(id)", 10};
	struct ledger l;

	open_store();
	ck_assert_int_eq(store_put(store, &item, 1, &fleet_err), 0);
	ck_assert_int_eq(ledger_open(&l, store, &fleet_err), -1);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "server/web-1"));
	ledger_close(&l);
	store_close(store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, what_is_kept_comes_back);
	tcase_add_test(tc, only_the_latest_events_are_kept);
	tcase_add_test(tc, a_damaged_value_is_named);
}
