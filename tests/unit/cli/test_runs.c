/* SPDX-License-Identifier: MIT */
/* test_runs - a run of a hook, as a JSON document tells of it. */
#include "cli/runs.h"

#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

static const struct cli_spec spec = {.name = "startService", .args = "SERVICE_ID"};

static const struct {
	long long seconds;
	const char *text;
} times[] = {
	{0, "-"},
	{-1, "-"},
	{1, "1970-01-01T00:00:01Z"},
	{1322780399, "2011-12-01T22:59:59Z"},
	{1LL << 40, "-"},
};

START_TEST(a_moment_is_utc)
{
	char text[RUNS_TIME_BYTES];

	runs_format_time(text, times[_i].seconds);
	ck_assert_str_eq(text, times[_i].text);
}
END_TEST

static const char *
answer(bool json, const struct hook_outcome *outcome, struct err *e)
{
	struct cli cli = {.spec = &spec, .json = json};

	scratch_answer_begin();
	runs_answer(&cli, "a1", outcome, e);
	scratch_answer_end();
	ck_assert_int_eq(cli.answered, json);
	return scratch_read("answer");
}

START_TEST(what_became_of_it_is_told)
{
	struct hook_outcome outcome = {.run = {.started = 1,
					       .duration_ms = 20,
					       .status = 7,
					       .event = "start",
					       .hook = "enstratus-start",
					       .run_id = "x1",
					       .ended = "timeout"}};
	struct err e = ERR_INIT;

	err_hook(&e, 7, "it failed");
	ck_assert_str_eq(answer(true, &outcome, &e),
			 "{\"schema\":1,\"command\":\"startService\",\"status\":7,"
			 "\"service\":\"a1\",\"error\":\"it failed\",\"hook\":{"
			 "\"started\":\"1970-01-01T00:00:01Z\",\"event\":\"start\","
			 "\"hook\":\"enstratus-start\",\"run\":\"x1\",\"state\":\"ended\","
			 "\"durationMs\":20,"
			 "\"status\":7,\"ended\":\"timeout\",\"changed\":\"\"}}\n");
}
END_TEST

START_TEST(where_none_was_run_there_is_none)
{
	const struct hook_outcome outcome = HOOK_OUTCOME_INIT;
	struct err e = ERR_INIT;

	ck_assert_str_eq(answer(true, &outcome, &e),
			 "{\"schema\":1,\"command\":\"startService\",\"status\":0,"
			 "\"service\":\"a1\"}\n");
}
END_TEST

START_TEST(without_json_nothing_is_said)
{
	const struct hook_outcome outcome = HOOK_OUTCOME_INIT;
	struct err e = ERR_INIT;

	ck_assert_str_eq(answer(false, &outcome, &e), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_loop_test(tc, a_moment_is_utc, 0, sizeof times / sizeof *times);
	tcase_add_test(tc, what_became_of_it_is_told);
	tcase_add_test(tc, where_none_was_run_there_is_none);
	tcase_add_test(tc, without_json_nothing_is_said);
}
