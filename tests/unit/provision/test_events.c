/* SPDX-License-Identifier: MIT */
/* test_events - what happened to servers. */
#include "provision/events.h"

#include "scratch_store.h"
#include "tests.h"

static long long last_told;

static void
note(void *arg, const struct ledger_event *event)
{
	(void)arg;
	ck_assert_int_eq(event->number, last_told + 1);
	last_told = event->number;
}

START_TEST(only_the_latest_events_are_kept)
{
	struct ledger l, again;

	scratch_store_open();
	ck_assert_int_eq(loader_open(&l, scratch_store, &fleet_err), 0);
	l.tell = note;
	for (int i = 1; i <= EVENTS_MAX + 5; i++)
		events_add(&l, "event", "%d", i);
	ck_assert_uint_eq(l.n_events, EVENTS_MAX);
	ck_assert_int_eq(last_told, EVENTS_MAX + 5);
	ledger_close(&l);
	scratch_store_read(&again);
	ck_assert_uint_eq(again.n_events, EVENTS_MAX);
	ck_assert_str_eq(again.events[0].text, "event 6");
	ledger_close(&again);
	store_close(scratch_store);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, only_the_latest_events_are_kept);
}
