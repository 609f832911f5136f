/* SPDX-License-Identifier: MIT */
/* test_observe - a state that is made anew; from real hosts in tests/e2e/killed.sh. */
#include "provision/observe.h"

#include "scratch_fleet.h"

#include "provision/entry.h"
#include "tests.h"

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char *history;
static bool is_off;

/* The database is on h4, a web server on h3, and there are services of others. */
static int
answer(void *arg, struct agents_call *call, struct err *e)
{
	const char *out = "other\trunning\t-\t1\t" DIGEST "\n";

	(void)arg;
	call->status = 0;
	if (is_off && strcmp(call->place.address, "10.0.0.2") == 0) {
		call->status = 255;
		snprintf(call->why, sizeof call->why, "no route to host");
	} else if (strcmp(call->words[0], "serviceHistory") == 0) {
		out = history;
	} else if (strcmp(call->place.address, "10.0.0.4") == 0) {
		out = "db\trunning\t-\t1\t" DIGEST "\nother\trunning\t-\t1\t" DIGEST "\n";
	} else if (strcmp(call->place.address, "10.0.0.3") == 0) {
		out = "web\tinstalled\t-\t1\t" DIGEST "\n";
	} else if (strcmp(call->place.address, "10.0.0.2") == 0) {
		out = "web\tremoved-but-staged\t-\t1\t" DIGEST "\n";
	}
	buf_free(&call->out);
	return buf_add(&call->out, out, strlen(out), e);
}

static void
begin(void)
{
	fleet_setup();
	fleet_act.agents.fn = answer;
	history = "2026\tinstall\t-\t0.1\t0\n2026\tinstallds\tx\t0.1\t0\n";
	is_off = false;
}

START_TEST(what_is_on_hosts_is_known_again)
{
	ck_assert_msg(observe_hosts(&fleet_act, 2, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_uint_eq(fleet_l.tiers[0]->n, 1);
	ck_assert_str_eq(fleet_l.tiers[0]->servers[0]->host, "h4");
	ck_assert_uint_eq(fleet_l.tiers[0]->servers[0]->n_placed, 1);
	ck_assert_str_eq(fleet_l.tiers[0]->servers[0]->placed[0].digest, DIGEST);
	ck_assert_ptr_null(fleet_l.tiers[0]->servers[0]->placed[0].told);
	ck_assert_uint_eq(fleet_l.tiers[1]->n, 1);
	ck_assert_str_eq(fleet_l.tiers[1]->servers[0]->host, "h3");
	ck_assert_int_eq(fleet_l.tiers[1]->wanted, 1);
	ck_assert(ledger_source(&fleet_l, "shop")->loaded);
}
END_TEST

START_TEST(a_data_source_is_not_loaded_twice)
{
	/* What came first is not kept any more: it may have been among that. */
	history = "2026\tstart\tx\t0.1\t0\n";
	ck_assert_int_eq(observe_hosts(&fleet_act, 1, &fleet_err), 0);
	ck_assert(ledger_source(&fleet_l, "shop")->loaded);
}
END_TEST

START_TEST(nor_is_it_left_out_when_it_never_was)
{
	history = "2026\tinstall\t-\t0.1\t0\n2026\tstart\tx\t0.1\t0\n";
	ck_assert_int_eq(observe_hosts(&fleet_act, 1, &fleet_err), 0);
	ck_assert(!ledger_source(&fleet_l, "shop")->loaded);
}
END_TEST

START_TEST(a_host_that_does_not_answer_is_no_empty_one)
{
	is_off = true;
	ck_assert_int_eq(observe_hosts(&fleet_act, 2, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "host h2: no route to host"));
}
END_TEST

START_TEST(it_is_kept_in_the_place_of_what_was_there)
{
	char path[400];
	const struct store_options options = {.where = path};
	struct store *store;

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	scratch_write("state", "something else\n");
	ck_assert_int_eq(store_open(&store, &options, &fleet_err), 0);
	ck_assert_int_eq(entry_spec(&fleet_l, "/", fleet_text, &fleet_err), 0);
	ck_assert_int_eq(observe_hosts(&fleet_act, 1, &fleet_err), 0);
	ck_assert_msg(observe_keep(&fleet_l, store, &fleet_err) == 0, "%s", fleet_err.msg);
	ledger_close(&fleet_l);
	ck_assert_msg(loader_open(&fleet_l, store, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_ptr_nonnull(ledger_find_server(&fleet_l, "db-1"));
	ck_assert_str_eq(fleet_l.spec, fleet_text);
	ck_assert(ledger_source(&fleet_l, "shop")->loaded);
	/* Half of one is none. */
	ck_assert_int_eq(
		store_put(store, &(struct store_item){"unfinished", "1", 1}, 1, &fleet_err), 0);
	ledger_close(&fleet_l);
	ck_assert_int_eq(loader_open(&fleet_l, store, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNSAFE);
	store_close(store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, fleet_teardown);
	tcase_add_test(tc, what_is_on_hosts_is_known_again);
	tcase_add_test(tc, a_data_source_is_not_loaded_twice);
	tcase_add_test(tc, nor_is_it_left_out_when_it_never_was);
	tcase_add_test(tc, a_host_that_does_not_answer_is_no_empty_one);
	tcase_add_test(tc, it_is_kept_in_the_place_of_what_was_there);
}
