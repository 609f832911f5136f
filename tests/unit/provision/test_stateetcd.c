/* SPDX-License-Identifier: MIT */
/* test_stateetcd - the store in etcd; the real one is asked by tests/e2e/etcd.sh. */
#include "provision/stateetcd.h"

#include <check.h>
#include <stdbool.h>

#include "tests.h"

static const struct {
	const char *where;
	bool is_good;
} places[] = {{"etcd://127.0.0.1:1", true},
	      {"etcds://127.0.0.1:1,127.0.0.1:2/shop", true},
	      {"etcd:///shop", false},
	      {"etcd://host:1/a/b", false},
	      {"etcd://host", false}};

START_TEST(a_place_is_judged)
{
	const struct stateetcd_options options = {.where = places[_i].where, .user_agent = "test"};
	struct err e = ERR_INIT;
	void *self;
	int result = stateetcd_open(&self, &options, &e);

	ck_assert_int_eq(result, places[_i].is_good ? 0 : -1);
	if (!result)
		stateetcd_engine.close(self);
	else
		ck_assert_int_eq(e.kind, ERR_USAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_place_is_judged, 0, (int)(sizeof places / sizeof *places));
}
