/* SPDX-License-Identifier: MIT */
/* test_known - misspelt settings. */
#include "cfg/known.h"

#include <check.h>
#include <string.h>

#include "tests.h"

static const struct known_section sections[] = {
	{NULL, KNOWN_NAMES("mask", "sealed")},
	{"hooks", KNOWN_NAMES("enstratus-start.timeout", "enstratus-stop.timeout")},
	{"images", KNOWN_NAMES("keep", "max-bytes")},
	{"free", NULL},
	{"none", KNOWN_NAMES(NULL)},
};

#define LONG "a-name-that-is-longer-than-those-that-are-compared-with-one-another"

static const struct {
	const char *section, *name, *why; /* NULL: it is known */
} cases[] = {
	{"hooks", "enstratus-start.timeout", NULL},
	{"HOOKS", "enstratus-start.timeout", NULL},
	{"images", "keep", NULL},
	{"free", "whatever", NULL},
	{"", "mask", NULL},
	{"images", "sealed", NULL},
	{"nowhere", "sealed", NULL},
	{"hooks", "enstratus-strat.timeout",
	 "there is no setting 'enstratus-strat.timeout' in [hooks]; the nearest is "
	 "'enstratus-start.timeout'"},
	{"images", "max-byte",
	 "there is no setting 'max-byte' in [images]; the nearest is 'max-bytes'"},
	{"images", "Keep", "there is no setting 'Keep' in [images]; the nearest is 'keep'"},
	{"none", "seald", "there is no setting 'seald' in [none]; the nearest is 'sealed'"},
	{"images", "zzz", "there is no setting 'zzz' in [images]"},
	{"images", "enstratus-stop.timeout", "'enstratus-stop.timeout' belongs into [hooks]"},
	{"hook", "enstratus-start.timeout", "there is no section [hook]; the nearest is [hooks]"},
	{"elsewhere", "keep", "there is no section [elsewhere]"},
	{"", "keep", "'keep' stands in no section"},
	{"images", LONG,
	 "there is no setting 'a-name-that-is-longer-than-those-that-are-compared-with-one-anot' "
	 "in [images]"},
};

START_TEST(what_is_not_known_is_told_with_what_is_nearest)
{
	char why[KNOWN_WHY_MAX] = "";
	bool known = known_is(sections, sizeof sections / sizeof *sections, cases[_i].section,
			      cases[_i].name, why);

	ck_assert_int_eq(known, cases[_i].why == NULL);
	ck_assert_str_eq(why, cases[_i].why ? cases[_i].why : "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, what_is_not_known_is_told_with_what_is_nearest, 0,
			    sizeof cases / sizeof *cases);
}
