/* SPDX-License-Identifier: MIT */
/* test_store - keys and values that outlive a run. */
#include "provision/store.h"

#include "scratch_root.h"
#include "tests.h"

static int n;

static int
count(void *arg, const struct store_item *item, struct err *e)
{
	(void)arg, (void)e;
	ck_assert_str_eq(item->key, "a");
	ck_assert_str_eq(item->value, "1");
	n++;
	return 0;
}

START_TEST(a_path_is_a_file)
{
	char path[300];
	const struct store_options options = {.where = path};
	const struct store_item item = {"a", "1", 1};
	struct store *store;
	struct err e = ERR_INIT;

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	ck_assert_int_eq(store_open(&store, &options, &e), 0);
	ck_assert_int_eq(store_lock(store, "me", &e), 0);
	ck_assert_int_eq(store_is_ours(store, &e), 0);
	ck_assert_int_eq(store_put(store, &item, 1, &e), 0);
	store_close(store);
	ck_assert_int_eq(store_open(&store, &options, &e), 0);
	ck_assert_int_eq(store_each(store, count, NULL, &e), 0);
	ck_assert_int_eq(n, 1);
	store_close(store);
}
END_TEST

START_TEST(without_one_nothing_is_kept)
{
	const struct store_item item = {"a", "1", 1};
	struct err e = ERR_INIT;

	ck_assert_int_eq(store_put(NULL, &item, 1, &e), 0);
	ck_assert_int_eq(store_is_ours(NULL, &e), 0);
	store_close(NULL);
}
END_TEST

START_TEST(a_place_that_is_none_is_named)
{
	const struct store_options options = {.where = "etcd://nowhere", .user_agent = "test"};
	struct store *store;
	struct err e = ERR_INIT;

	ck_assert_int_eq(store_open(&store, &options, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.msg, "etcd://nowhere"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, a_path_is_a_file);
	tcase_add_test(tc, without_one_nothing_is_kept);
	tcase_add_test(tc, a_place_that_is_none_is_named);
}
