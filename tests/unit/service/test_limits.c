/* SPDX-License-Identifier: MIT */
/* test_limits - what agent.cfg says in the place of the built-in limits. */
#include "service/limits.h"

#include <string.h>

#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int
load(const char *text, struct judge_limits *limits, struct err *e)
{
	struct settings settings = SETTINGS_INIT;
	struct paths paths = {.home = ""};
	int result;

	*e = ERR_INIT;
	*limits = JUDGE_LIMITS;
	scratch_write("cfg/agent.cfg", text);
	snprintf(paths.home, sizeof paths.home, "%s", scratch_dir);
	ck_assert_msg(settings_load(&settings, &paths, e) == 0, "%s", e->msg);
	result = limits_load(&settings, limits, e);
	settings_free(&settings);
	return result;
}

static bool
is_same(const struct judge_limits *a, const struct judge_limits *b)
{
	return a->total_bytes == b->total_bytes && a->entry_bytes == b->entry_bytes &&
	       a->entries == b->entries && a->name_bytes == b->name_bytes && a->depth == b->depth;
}

/* The numbers of enstratus-image(5), LIMITS. */
START_TEST(the_built_in_ones_are_those_of_the_page)
{
	struct judge_limits limits;
	struct err e;

	ck_assert_int_eq(load("[hooks]\nenstratus-stop.timeout=1\n", &limits, &e), 0);
	ck_assert_uint_eq(limits.total_bytes, 17179869184);
	ck_assert_uint_eq(limits.entry_bytes, 8589934592);
	ck_assert_uint_eq(limits.entries, 500000);
	ck_assert_uint_eq(limits.name_bytes, 1024);
	ck_assert_uint_eq(limits.depth, 64);
}
END_TEST

START_TEST(each_is_set_by_its_name)
{
	struct judge_limits limits;
	const struct judge_limits expected = {.total_bytes = 9223372036854775807,
					      .entry_bytes = 2,
					      .entries = 3,
					      .name_bytes = 4,
					      .depth = 200};
	struct err e;

	ck_assert_msg(load("[images]\nmax-bytes=9223372036854775807\nmax-entry-bytes=2\n"
			   "max-entries=3\nmax-name=4\nmax-depth=200\n",
			   &limits, &e) == 0,
		      "%s", e.msg);
	ck_assert(is_same(&limits, &expected));
}
END_TEST

START_TEST(one_alone_leaves_the_others)
{
	struct judge_limits limits, expected = JUDGE_LIMITS;
	struct err e;

	expected.entries = 7;
	ck_assert_int_eq(load("[images]\nmax-entries=7\n", &limits, &e), 0);
	ck_assert(is_same(&limits, &expected));
}
END_TEST

/* None can be switched off, and none set to what cannot be held to. */
static const char *const refused[] = {
	"max-bytes=0",	  "max-bytes=-1",
	"max-bytes=16G",  "max-bytes=9223372036854775808",
	"max-bytes=",	  "max-entry-bytes=0",
	"max-entries=0",  "max-entries=100000001",
	"max-name=0",	  "max-name=4096",
	"max-depth=0",	  "max-depth=201",
	"max-depth=many", "max-entry-bytes=unlimited",
};

START_TEST(what_is_no_number_in_range_is_refused_and_changes_none)
{
	struct judge_limits limits, built_in = JUDGE_LIMITS;
	struct err e;
	char text[128];

	snprintf(text, sizeof text, "[images]\nmax-entries=5\n%s\n", refused[_i]);
	ck_assert_int_eq(load(text, &limits, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "agent.cfg: [images]"));
	ck_assert(is_same(&limits, &built_in));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, the_built_in_ones_are_those_of_the_page);
	tcase_add_test(tc, each_is_set_by_its_name);
	tcase_add_test(tc, one_alone_leaves_the_others);
	tcase_add_loop_test(tc, what_is_no_number_in_range_is_refused_and_changes_none, 0,
			    (int)COUNT(refused));
}
