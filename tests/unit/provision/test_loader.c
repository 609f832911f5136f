/* SPDX-License-Identifier: MIT */
/* test_loader - what a store has, read. */
#include "provision/loader.h"

#include "scratch_store.h"
#include "tests.h"

static const struct {
	const char *key, *value;
} damaged[] = {
	{"server/web-1", "host=$(id)"},
	{"server/web-1", "nonsense"},
	{"server/web-1", "state=RUNNING leaving=yes"},
	{"server/web-1", "state=RUNNING port=65536"},
	{"server/web-1", "state=RUNNING since=253402300800"},
	{"server/web-1", "state=RUNNING silent=1x"},
	{"server/web", "state=RUNNING"},
	{"server/web-4294967297", "state=RUNNING"},
	{"server/web-1x", "state=RUNNING"},
	{"event/9223372036854775807", "1000 settled shop"},
	{"event/1x", "1000 settled shop"},
	{"event/000000000001", "settled shop"},
	{"event/000000000001", "99999999999999 settled shop"},
	{"tier/web", "wanted=many next=2"},
	{"tier/web", "wanted=1 next=2 forgotten=-1"},
	{"tier/web", "wanted=1 next=0"},
	{"tier/web", "wanted=1 next=4294967296"},
	{"service/web-1/site", "started=2"},
	{"source/shop", "loaded=-1"},
};

START_TEST(a_damaged_value_is_named)
{
	const struct store_item item = {damaged[_i].key, damaged[_i].value,
					strlen(damaged[_i].value)};
	struct ledger l;

	scratch_store_open();
	ck_assert_int_eq(store_put(scratch_store, &item, 1, &fleet_err), 0);
	ck_assert_int_eq(loader_open(&l, scratch_store, &fleet_err), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, damaged[_i].key));
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, STORE_ANEW));
	ledger_close(&l);
	store_close(scratch_store);
}
END_TEST

START_TEST(a_key_is_made_where_there_is_none)
{
	struct ledger l, other;

	ck_assert_int_eq(loader_open(&l, NULL, &fleet_err), 0);
	ck_assert_int_eq(loader_open(&other, NULL, &fleet_err), 0);
	ck_assert_uint_eq(strlen(l.key), 64);
	ck_assert_str_ne(l.key, other.key);
	ledger_close(&l);
	ledger_close(&other);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_loop_test(tc, a_damaged_value_is_named, 0, sizeof damaged / sizeof *damaged);
	tcase_add_test(tc, a_key_is_made_where_there_is_none);
}
