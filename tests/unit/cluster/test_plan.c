/* SPDX-License-Identifier: MIT */
/* test_plan - which bytes to ask a server for next, and what its answer means for a download. */
#include "cluster/plan.h"

#include <check.h>
#include <string.h>

#include "tests.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define MODIFIED "Thu, 26 Nov 2026 07:03:39 GMT"
#define ETAG "\"v1\""

/* ---- what to ask */

static const struct {
	long long size, have, tail, tail_have, tail_bytes;
	enum ask_kind kind;
	bool for_tail;
	const char *range;
} asks[] = {
	/* nothing is known */
	{-1, 0, -1, -1, 0, ASK_ALL, false, ""},
	{-1, 0, -1, -1, 100, ASK_LAST, true, "-100"},
	/* cut before the first byte */
	{1000, 0, -1, -1, 0, ASK_ALL, false, ""},
	/* some is there */
	{1000, 300, -1, -1, 0, ASK_FROM, false, "300-"},
	{-1, 300, -1, -1, 0, ASK_FROM, false, "300-"},
	{-1, 300, -1, -1, 100, ASK_FROM, false, "300-"},
	/* by its end: the tail is wanted, is under way, is there */
	{1000, 300, -1, -1, 100, ASK_FROM, true, "900-"},
	{1000, 900, -1, -1, 100, ASK_FROM, false, "900-"},
	{1000, 950, -1, -1, 100, ASK_FROM, false, "950-"},
	{1000, 0, 900, 950, 100, ASK_FROM, true, "950-"},
	{1000, 0, 900, 1000, 100, ASK_FROM, false, "0-899"},
	{1000, 300, 900, 1000, 0, ASK_FROM, false, "300-899"},
	{1000, 899, 900, 1000, 100, ASK_FROM, false, "899-899"},
	/* all is there: to be confirmed */
	{1000, 1000, -1, -1, 0, ASK_FROM, false, "1000-"},
	{1000, 1000, -1, -1, 100, ASK_FROM, false, "1000-"},
	{1000, 900, 900, 1000, 100, ASK_FROM, false, "1000-"},
	{1000, 0, 0, 1000, 100, ASK_FROM, false, "1000-"},
	{0, 0, -1, -1, 0, ASK_ALL, false, ""},
	{0, 0, -1, -1, 100, ASK_ALL, false, ""},
};

START_TEST(what_lacks_is_asked_for)
{
	struct part_facts facts = {.size = asks[_i].size,
				   .have = asks[_i].have,
				   .tail = asks[_i].tail,
				   .tail_have = asks[_i].tail_have,
				   .validator = ETAG};
	struct ask ask = plan_ask(&facts, asks[_i].tail_bytes);
	char range[64];

	plan_range(&ask, range);
	ck_assert_int_eq(ask.kind, asks[_i].kind);
	ck_assert_int_eq(ask.for_tail, asks[_i].for_tail);
	ck_assert_str_eq(range, asks[_i].range);
}
END_TEST

/* ---- headers */

static const struct {
	const char *text;
	long long from, to, size; /* size -2: refused */
} ranges[] = {
	{"bytes 0-0/1", 0, 1, 1},
	{"bytes 0-99/1000", 0, 100, 1000},
	{"BYTES 900-999/1000", 900, 1000, 1000},
	{"bytes */1000", -1, -1, 1000},
	{"bytes */0", -1, -1, 0},
	{"bytes 9223372036854775805-9223372036854775806/9223372036854775807", 9223372036854775805,
	 9223372036854775807, 9223372036854775807},
	{NULL, 0, 0, -2},
	{"", 0, 0, -2},
	{"bytes", 0, 0, -2},
	{"bytes ", 0, 0, -2},
	{"bytes 0-99", 0, 0, -2},
	{"bytes 0-99/", 0, 0, -2},
	{"bytes 0-99/*", 0, 0, -2},
	{"bytes */*", 0, 0, -2},
	{"bytes */", 0, 0, -2},
	{"bytes 0-1000/1000", 0, 0, -2},
	{"bytes 5-4/1000", 0, 0, -2},
	{"bytes -5-4/1000", 0, 0, -2},
	{"bytes +0-4/1000", 0, 0, -2},
	{"bytes 0-99/1000 ", 0, 0, -2},
	{"bytes 0-99/1000, 3", 0, 0, -2},
	{"bytes  0-99/1000", 0, 0, -2},
	{"bytes 0 - 99/1000", 0, 0, -2},
	{"bytes=0-99/1000", 0, 0, -2},
	{"items 0-99/1000", 0, 0, -2},
	{"bytes 0-99/9223372036854775808", 0, 0, -2},
	{"bytes 0-9223372036854775808/9223372036854775807", 0, 0, -2},
	{"bytes 0-99/99999999999999999999999", 0, 0, -2},
};

START_TEST(a_content_range_is_whole_or_refused)
{
	long long from = 7, to = 7, size = 7;
	bool good = plan_content_range(ranges[_i].text, &from, &to, &size);

	ck_assert_int_eq(good, ranges[_i].size != -2);
	ck_assert_int_eq(from, good ? ranges[_i].from : 7);
	ck_assert_int_eq(to, good ? ranges[_i].to : 7);
	ck_assert_int_eq(size, good ? ranges[_i].size : 7);
}
END_TEST

static const struct {
	const char *etag, *modified, *date, *validator;
} validators[] = {
	{ETAG, NULL, NULL, ETAG},
	{ETAG, MODIFIED, "Thu, 26 Nov 2026 08:00:00 GMT", ETAG},
	{"\"\"", NULL, NULL, "\"\""},
	{"W/" ETAG, NULL, NULL, ""},
	{"W/" ETAG, MODIFIED, "Thu, 26 Nov 2026 08:00:00 GMT", MODIFIED},
	{"v1", NULL, NULL, ""},
	{"\"", NULL, NULL, ""},
	{"\"v1", NULL, NULL, ""},
	{"", NULL, NULL, ""},
	{NULL, NULL, NULL, ""},
	{NULL, MODIFIED, NULL, ""},
	{NULL, MODIFIED, MODIFIED, ""}, /* it may change again within this second */
	{NULL, MODIFIED, "Thu, 26 Nov 2026 07:03:38 GMT", ""},
	{NULL, MODIFIED, "Thu, 26 Nov 2026 07:03:40 GMT", MODIFIED},
	{NULL, MODIFIED " ", "Thu, 26 Nov 2026 08:00:00 GMT", ""},
	{NULL, "yesterday", "Thu, 26 Nov 2026 08:00:00 GMT", ""},
	{NULL, MODIFIED, "today", ""},
};

START_TEST(a_validator_is_strong)
{
	struct answer answer = {.etag = validators[_i].etag,
				.modified = validators[_i].modified,
				.date = validators[_i].date};
	char text[PART_VALIDATOR_MAX];

	plan_validator(&answer, text);
	ck_assert_str_eq(text, validators[_i].validator);
}
END_TEST

START_TEST(a_validator_that_is_too_long_is_none)
{
	char etag[PART_VALIDATOR_MAX + 1], text[PART_VALIDATOR_MAX];
	struct answer answer = {.etag = etag};

	memset(etag, 'x', sizeof etag);
	etag[0] = etag[PART_VALIDATOR_MAX - 2] = '"';
	etag[PART_VALIDATOR_MAX - 1] = '\0';
	plan_validator(&answer, text);
	ck_assert_str_eq(text, etag);
	etag[PART_VALIDATOR_MAX - 2] = 'x';
	etag[PART_VALIDATOR_MAX - 1] = '"';
	etag[PART_VALIDATOR_MAX] = '\0';
	plan_validator(&answer, text);
	ck_assert_str_eq(text, "");
}
END_TEST

/* ---- answers */

/* The requests of the table below. */
static const struct ask all = {ASK_ALL, false, 0, -1}, last = {ASK_LAST, true, 100, -1},
			rest = {ASK_FROM, false, 300, -1}, upto = {ASK_FROM, false, 300, 900},
			tail = {ASK_FROM, true, 950, -1}, none = {ASK_FROM, false, 1000, -1};

#define REFUSED -1

static const struct {
	const struct ask *ask;
	long long size; /* that is known already */
	int status;
	const char *etag, *range;
	long long length;
	int kind; /* of meaning_kind; REFUSED */
	long long from, to, total;
	bool whole;
} answers[] = {
	{&all, -1, 200, ETAG, NULL, 1000, MEANS_DATA, 0, 1000, 1000, true},
	{&all, -1, 200, NULL, NULL, -1, MEANS_DATA, 0, -1, -1, true},
	{&all, 1000, 200, ETAG, NULL, 1000, MEANS_DATA, 0, 1000, 1000, true},
	{&all, 1000, 200, "\"v2\"", NULL, 1000, MEANS_CHANGED, 0, 0, 0, false},
	{&all, 1000, 200, ETAG, NULL, 999, MEANS_CHANGED, 0, 0, 0, false},
	{&all, -1, 206, ETAG, "bytes 0-999/1000", 1000, REFUSED, 0, 0, 0, false},
	/* the end */
	{&last, -1, 206, ETAG, "bytes 900-999/1000", 100, MEANS_DATA, 900, 1000, 1000, false},
	{&last, -1, 206, ETAG, "bytes 0-99/100", 100, MEANS_DATA, 0, 100, 100, true},
	{&last, -1, 206, ETAG, "bytes 0-49/50", 50, MEANS_DATA, 0, 50, 50, true},
	{&last, -1, 206, NULL, "bytes 900-999/1000", 100, MEANS_NO_TAIL, 0, 0, 0, false},
	{&last, -1, 206, ETAG, "bytes 899-999/1000", 101, REFUSED, 0, 0, 0, false},
	{&last, -1, 206, ETAG, "bytes 900-998/1000", 99, REFUSED, 0, 0, 0, false},
	{&last, -1, 206, ETAG, "bytes 0-99/1000", 100, REFUSED, 0, 0, 0, false},
	{&last, -1, 206, ETAG, NULL, 100, REFUSED, 0, 0, 0, false},
	{&last, -1, 206, ETAG, "bytes */1000", 100, REFUSED, 0, 0, 0, false},
	{&last, -1, 200, ETAG, NULL, 1000, MEANS_DATA, 0, 1000, 1000, true},
	{&last, -1, 416, NULL, "bytes */0", 0, MEANS_NO_TAIL, 0, 0, 0, false},
	/* the rest */
	{&rest, 1000, 206, ETAG, "bytes 300-999/1000", 700, MEANS_DATA, 300, 1000, 1000, false},
	{&rest, 1000, 206, ETAG, "bytes 300-300/1000", 1, MEANS_DATA, 300, 301, 1000, false},
	{&rest, -1, 206, ETAG, "bytes 300-999/1000", 700, MEANS_DATA, 300, 1000, 1000, false},
	{&rest, 1000, 206, NULL, "bytes 300-999/1000", 700, MEANS_DATA, 300, 1000, 1000, false},
	{&rest, 1000, 206, "W/\"x\"", "bytes 300-999/1000", 700, MEANS_DATA, 300, 1000, 1000,
	 false},
	{&rest, 1000, 206, "\"v2\"", "bytes 300-999/1000", 700, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, 1000, 206, ETAG, "bytes 300-999/1001", 700, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, 1000, 206, ETAG, "bytes 0-999/1000", 1000, REFUSED, 0, 0, 0, false},
	{&rest, 1000, 206, ETAG, "bytes 301-999/1000", 699, REFUSED, 0, 0, 0, false},
	{&rest, 1000, 206, ETAG, NULL, 700, REFUSED, 0, 0, 0, false},
	{&rest, 1000, 200, "\"v2\"", NULL, 1000, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, 1000, 200, NULL, NULL, 1000, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, 1000, 200, ETAG, NULL, 1000, MEANS_DATA, 0, 1000, 1000, true},
	{&rest, 1000, 200, ETAG, NULL, 999, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, 1000, 416, ETAG, "bytes */200", 0, MEANS_CHANGED, 0, 0, 0, false},
	{&rest, -1, 416, ETAG, "bytes */300", 0, MEANS_WHOLE, 0, 0, 300, false},
	/* up to the tail */
	{&upto, 1000, 206, ETAG, "bytes 300-899/1000", 600, MEANS_DATA, 300, 900, 1000, false},
	{&upto, 1000, 206, ETAG, "bytes 300-500/1000", 201, MEANS_DATA, 300, 501, 1000, false},
	{&upto, 1000, 206, ETAG, "bytes 300-900/1000", 601, REFUSED, 0, 0, 0, false},
	{&tail, 1000, 206, ETAG, "bytes 950-999/1000", 50, MEANS_DATA, 950, 1000, 1000, false},
	{&tail, 1000, 416, ETAG, "bytes */950", 0, MEANS_CHANGED, 0, 0, 0, false},
	/* all is there */
	{&none, 1000, 416, NULL, "bytes */1000", 0, MEANS_WHOLE, 0, 0, 1000, false},
	{&none, 1000, 416, NULL, "bytes */999", 0, MEANS_CHANGED, 0, 0, 0, false},
	{&none, 1000, 416, NULL, NULL, 0, MEANS_CHANGED, 0, 0, 0, false},
	{&none, 1000, 200, "\"v2\"", NULL, 1000, MEANS_CHANGED, 0, 0, 0, false},
	{&none, 1000, 206, ETAG, "bytes 1000-1000/1001", 1, MEANS_CHANGED, 0, 0, 0, false},
};

START_TEST(an_answer_is_what_was_asked_for_or_not)
{
	struct part_facts facts = {.size = answers[_i].size, .tail = -1, .validator = ETAG};
	struct answer answer = {.status = answers[_i].status,
				.etag = answers[_i].etag,
				.range = answers[_i].range,
				.length = answers[_i].length};
	struct meaning m = {.size = 7};
	struct err e = ERR_INIT;
	int result;

	if (answers[_i].ask == &last || (answers[_i].ask == &all && answers[_i].size < 0))
		facts.validator[0] = '\0';
	result = plan_judge(answers[_i].ask, &facts, &answer, &m, &e);
	ck_assert_int_eq(result, answers[_i].kind == REFUSED ? -1 : 0);
	ck_assert_int_eq(err_status(&e), result ? 69 : 0);
	if (result) {
		ck_assert_int_eq(m.size, 7);
		return;
	}
	ck_assert_int_eq((int)m.kind, answers[_i].kind);
	if (m.kind == MEANS_DATA) {
		ck_assert_int_eq(m.from, answers[_i].from);
		ck_assert_int_eq(m.to, answers[_i].to);
		ck_assert_int_eq(m.all, answers[_i].whole);
	}
	if (m.kind == MEANS_DATA || m.kind == MEANS_WHOLE)
		ck_assert_int_eq(m.size, answers[_i].total);
}
END_TEST

START_TEST(a_date_and_an_etag_are_not_compared)
{
	struct part_facts facts = {.size = 1000, .tail = -1, .validator = MODIFIED};
	struct answer answer = {
		.status = 206, .etag = ETAG, .range = "bytes 300-999/1000", .length = 700};
	struct err e = ERR_INIT;
	struct meaning m;

	ck_assert_int_eq(plan_judge(&rest, &facts, &answer, &m, &e), 0);
	ck_assert_int_eq(m.kind, MEANS_DATA);
	answer.status = 200;
	ck_assert_int_eq(plan_judge(&rest, &facts, &answer, &m, &e), 0);
	ck_assert_int_eq(m.kind, MEANS_CHANGED);
}
END_TEST

START_TEST(only_bytes_as_they_are_count)
{
	struct part_facts facts = {.size = -1, .tail = -1};
	struct answer answer = {.status = 200, .encoding = "identity", .length = 5};
	struct err e = ERR_INIT;
	struct meaning m;

	ck_assert_int_eq(plan_judge(&all, &facts, &answer, &m, &e), 0);
	answer.encoding = "gzip";
	ck_assert_int_eq(plan_judge(&all, &facts, &answer, &m, &e), -1);
	ck_assert_int_eq(err_status(&e), 69);
	ck_assert_ptr_nonnull(strstr(e.msg, "gzip"));
}
END_TEST

static const struct {
	int status;
	bool passes;
} statuses[] = {
	{400, false}, {401, false}, {403, false}, {404, false}, {407, false},
	{408, true},  {410, false}, {418, false}, {425, true},	{429, true},
	{500, true},  {501, false}, {502, true},  {503, true},	{504, true},
	{505, false}, {304, false}, {204, false}, {0, false},
};

START_TEST(some_refusals_pass)
{
	bool passes = !statuses[_i].passes;

	ck_assert_str_ne(plan_refusal(statuses[_i].status, &passes), "");
	ck_assert_int_eq(passes, statuses[_i].passes);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, what_lacks_is_asked_for, 0, COUNT(asks));
	tcase_add_loop_test(tc, a_content_range_is_whole_or_refused, 0, COUNT(ranges));
	tcase_add_loop_test(tc, a_validator_is_strong, 0, COUNT(validators));
	tcase_add_test(tc, a_validator_that_is_too_long_is_none);
	tcase_add_loop_test(tc, an_answer_is_what_was_asked_for_or_not, 0, COUNT(answers));
	tcase_add_test(tc, a_date_and_an_etag_are_not_compared);
	tcase_add_test(tc, only_bytes_as_they_are_count);
	tcase_add_loop_test(tc, some_refusals_pass, 0, COUNT(statuses));
}
