/* SPDX-License-Identifier: MIT */
/* test_timeline - how many servers a tier had, as a picture. */
#include "cli/timeline.h"

#include <stdlib.h>

#include "provision/events.h"
#include "scratch_fleet.h"
#include "tests.h"

#define NOW 1000000

static struct markup m = {.failed = false};
static long long
clock_of(void *arg)
{
	(void)arg;
	return NOW;
}

/* An event so many seconds ago. */
static void
happened(int ago, const char *word, const char *what)
{
	char value[200];

	snprintf(value, sizeof value, "%d %s %s", NOW - ago, word, what);
	ck_assert_int_eq(events_take(&fleet_l, (long long)fleet_l.n_events + 1, value), 0);
}

/* The line of a tier that has so many servers now: its path. */
static const char *
line_of(const char *name, unsigned servers)
{
	static char path[4096];
	struct ledger_tier *tier = ledger_tier(&fleet_l, name);
	const char *at;
	char id[64];

	ck_assert_ptr_nonnull(tier);
	for (unsigned i = 1; i <= servers; i++) {
		snprintf(id, sizeof id, "%s-%u", name, i);
		ck_assert_ptr_nonnull(ledger_server(&fleet_l, id));
	}
	timeline_add(&m, &fleet_l, tier);
	ck_assert(!m.failed);
	at = strstr(m.text.data, " d=\"M");
	ck_assert_ptr_nonnull(at);
	snprintf(path, sizeof path, "%.*s", (int)strcspn(at + 4, "\""), at + 4);
	return path;
}

static void
begin(void)
{
	fleet_setup();
	fleet_l.clock = clock_of;
	happened(100000, "settled", "shop");
}

static void
end(void)
{
	markup_free(&m);
	fleet_teardown();
}

START_TEST(without_an_event_it_is_straight)
{
	ck_assert_str_eq(line_of("web", 2), "M275 5.0H5.0");
	ck_assert_ptr_nonnull(strstr(m.text.data, "servers of web since 24 h ago: 2 to 2"));
}
END_TEST

/* In the middle of the day the second one came. */
START_TEST(a_server_that_joins_is_a_step)
{
	happened(43200, "server_joins", "web-2 on h3");
	happened(43200, "server_joins", "db-1 on h1");
	happened(43200, "server_joins", "web-x-1 on h1");
	ck_assert_str_eq(line_of("web", 2), "M275 5.0H140.0V20.0H5.0");
	ck_assert_ptr_nonnull(strstr(m.text.data, "1 to 2"));
}
END_TEST

/* It counts no more from when it was lost, not from when it was ended. */
START_TEST(one_that_was_lost_is_not_ended_once_more)
{
	happened(64800, "server_lost", "web-1: no answer for 120 s");
	happened(43200, "server_ended", "web-1: it was lost");
	happened(21600, "server_ended", "web-3");
	ck_assert_str_eq(line_of("web", 2), "M275 20.0H207.5V12.5H72.5V5.0H5.0");
	ck_assert_ptr_nonnull(strstr(m.text.data, "2 to 4"));
}
END_TEST

START_TEST(one_that_is_lost_does_not_count)
{
	struct ledger_tier *tier = ledger_tier(&fleet_l, "web");

	happened(43200, "server_lost", "web-1: no answer for 120 s");
	line_of("web", 2);
	markup_free(&m);
	ledger_find_server(&fleet_l, "web-1")->state = SERVER_LOST;
	timeline_add(&m, &fleet_l, tier);
	ck_assert_ptr_nonnull(strstr(m.text.data, "1 to 2"));
}
END_TEST

START_TEST(decisions_are_marks_that_say_what)
{
	happened(43200, "scale_out", "web to 2");
	happened(43200, "scale_in", "web-x to 1");
	happened(90000, "scale_in", "web to 1");
	line_of("web", 1);
	ck_assert_ptr_nonnull(strstr(m.text.data, "cx=\"140.0\""));
	ck_assert_ptr_nonnull(strstr(m.text.data, "<title>scale_out web to 2</title>"));
	ck_assert_ptr_null(strstr(m.text.data, "scale_in"));
}
END_TEST

/* What was before the oldest event that is kept nobody knows. */
START_TEST(it_begins_where_the_events_do)
{
	free(fleet_l.events[0].text);
	fleet_l.n_events = 0;
	for (int i = 0; i < EVENTS_MAX; i++)
		happened(7300 - i, "server_joins", "web-1 on h2");
	line_of("web", 3);
	ck_assert_ptr_nonnull(strstr(m.text.data, ">2 h ago<"));
	/* More joined than there are: it does not go below none. */
	ck_assert_ptr_nonnull(strstr(m.text.data, ": 0 to 3\""));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, without_an_event_it_is_straight);
	tcase_add_test(tc, a_server_that_joins_is_a_step);
	tcase_add_test(tc, one_that_was_lost_is_not_ended_once_more);
	tcase_add_test(tc, one_that_is_lost_does_not_count);
	tcase_add_test(tc, decisions_are_marks_that_say_what);
	tcase_add_test(tc, it_begins_where_the_events_do);
}
