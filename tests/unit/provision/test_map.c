/* SPDX-License-Identifier: MIT */
/* test_map - keys and their values. */
#include "provision/map.h"

#include <stdio.h>
#include <string.h>

#include "tests.h"

static struct map was, now;
static char text[256];
static struct err err;

static void
put(struct map *map, const char *key, const char *value)
{
	ck_assert_int_eq(map_put(map, key, value, strlen(value), &err), 0);
}

static void
end(void)
{
	map_free(&was);
	map_free(&now);
}

static int
note(void *arg, const struct store_item *item, struct err *e)
{
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, sizeof text - len, "%s=%s;", item->key,
		 item->value ? item->value : "-");
	return arg ? -1 : 0;
}

START_TEST(keys_are_in_order_and_each_is_there_once)
{
	put(&now, "b", "1");
	put(&now, "a", "22");
	put(&now, "c", "");
	put(&now, "b", "333");
	ck_assert_uint_eq(now.n, 3);
	ck_assert_uint_eq(now.bytes, 8);
	ck_assert_str_eq(now.pairs[0].key, "a");
	ck_assert_str_eq(now.pairs[1].value, "333");
	map_drop(&now, "a");
	map_drop(&now, "none");
	ck_assert_uint_eq(now.n, 2);
	ck_assert_uint_eq(now.bytes, 5);
	ck_assert_str_eq(now.pairs[0].key, "b");
}
END_TEST

START_TEST(what_differs_is_handed_on)
{
	put(&was, "a", "1");
	put(&was, "b", "1");
	put(&was, "d", "1");
	put(&now, "b", "2");
	put(&now, "c", "1");
	put(&now, "d", "1");
	text[0] = '\0';
	ck_assert_int_eq(map_compare(&was, &now, note, NULL, &err), 0);
	ck_assert_str_eq(text, "a=-;b=2;c=1;");
	text[0] = '\0';
	ck_assert_int_eq(map_compare(&was, &now, note, text, &err), -1);
	ck_assert_str_eq(text, "a=-;");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, keys_are_in_order_and_each_is_there_once);
	tcase_add_test(tc, what_differs_is_handed_on);
}
