/* SPDX-License-Identifier: MIT */
/* test_engine - what any store takes. */
#include "provision/engine.h"

#include <check.h>
#include <stdbool.h>

#include "tests.h"

static const struct {
	const char *key;
	bool is_good;
} keys[] = {{"a", true},    {"server/web-1", true}, {"told/a.b_c/1", true}, {"", false},
	    {"a b", false}, {"a\n", false},	    {"\xc3\xa4", false}};

START_TEST(a_key_is_judged)
{
	const struct store_item item = {keys[_i].key, "x", 1};
	struct err e = ERR_INIT;

	ck_assert_int_eq(engine_check(&item, 1, &e), keys[_i].is_good ? 0 : -1);
	ck_assert_int_eq(e.kind, keys[_i].is_good ? ERR_NONE : ERR_INTERNAL);
}
END_TEST

START_TEST(a_value_has_a_limit)
{
	const struct store_item item = {"a", "", STORE_VALUE_MAX + 1},
				gone = {"a", NULL, STORE_VALUE_MAX + 1};
	struct err e = ERR_INIT;

	ck_assert_int_eq(engine_check(&item, 1, &e), -1);
	e = ERR_INIT;
	ck_assert_int_eq(engine_check(&gone, 1, &e), 0);
	ck_assert_int_eq(engine_rest(1, &e), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_key_is_judged, 0, (int)(sizeof keys / sizeof *keys));
	tcase_add_test(tc, a_value_has_a_limit);
}
