/* SPDX-License-Identifier: MIT */
/* test_statefile - the store as a file. */
#include "provision/statefile.h"

#include "scratch_root.h"

#include "base/buf.h"
#include "base/fd.h"
#include "tests.h"

static char path[300], text[4096];
static void *self;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	snprintf(path, sizeof path, "%s/state", scratch_dir);
	ck_assert_int_eq(statefile_open(&self, path, &err), 0);
}

static void
end(void)
{
	statefile_engine.close(self);
	scratch_root_teardown();
}

static int
note(void *arg, const struct store_item *item, struct err *e)
{
	size_t len = strlen(text);

	(void)arg, (void)e;
	snprintf(text + len, sizeof text - len, "%s=%.*s;", item->key, (int)item->len, item->value);
	return 0;
}

static const char *
all(void)
{
	text[0] = '\0';
	ck_assert_msg(statefile_engine.each(self, note, NULL, &err) == 0, "%s", err.msg);
	return text;
}

static void
put(const char *key, const char *value)
{
	const struct store_item item = {key, value, value ? strlen(value) : 0};

	ck_assert_msg(statefile_engine.put(self, &item, 1, &err) == 0, "%s", err.msg);
}

START_TEST(what_was_put_is_there_for_the_next)
{
	ck_assert_str_eq(all(), "");
	put("b", "two\nlines");
	put("a", "");
	put("c", "x");
	put("c", NULL);
	statefile_engine.close(self);
	ck_assert_int_eq(statefile_open(&self, path, &err), 0);
	ck_assert_str_eq(all(), "a=;b=two\nlines;");
}
END_TEST

START_TEST(what_was_cut_off_is_left_out)
{
	struct stat st;
	const struct store_item two[] = {{"x", "1", 1}, {"y", "2", 1}};

	put("a", "1");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(statefile_engine.put(self, two, 2, &err), 0);
	for (off_t size = st.st_size; size < st.st_size + 20; size++) {
		struct stat now;

		ck_assert_int_eq(stat(path, &now), 0);
		ck_assert_int_eq(truncate(path, size), 0);
		ck_assert_str_eq(all(), "a=1;");
		ck_assert_int_eq(statefile_engine.put(self, two, 2, &err), 0);
		ck_assert_str_eq(all(), "a=1;x=1;y=2;");
	}
}
END_TEST

START_TEST(what_is_damaged_is_told_by_its_line)
{
	put("a", "1\n2");
	put("b", "1");
	put("c", "1");
	for (int damaged = 0; damaged < 2; damaged++) {
		struct buf now = BUF_INIT;
		int fd = openat(scratch_fd, "state", O_RDWR | O_CLOEXEC);
		char *at;

		ck_assert_int_eq(fd_read_all(fd, &now, 10000, "state", &err), 0);
		at = damaged ? strstr(now.data, "put b") : strstr(now.data, "put c 1\n1") + 8;
		ck_assert_int_eq(pwrite(fd, "x", 1, at - now.data), 1);
		close(fd);
		buf_free(&now);
		err = ERR_INIT;
		ck_assert_int_eq(statefile_engine.each(self, note, NULL, &err), -1);
		ck_assert_int_eq(err.kind, ERR_UNSAFE);
		ck_assert_msg(strstr(err.msg, damaged ? "what begins in line 6 is damaged"
						      : "what begins in line 9 is damaged"),
			      "%s", err.msg);
	}
	ck_assert_int_eq(statefile_engine.clear(self, &err), 0);
	ck_assert_str_eq(all(), "");
	put("a", "1");
	ck_assert_str_eq(all(), "a=1;");
	ck_assert_int_eq(faccessat(scratch_fd, "state.old", R_OK, 0), 0);
}
END_TEST

START_TEST(it_does_not_grow_for_ever)
{
	char value[1000];
	struct stat st;

	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		put("a", value);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_lt(st.st_size, 400000);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(another_file_is_refused)
{
	scratch_write("state", "something else\n");
	ck_assert_int_eq(statefile_engine.each(self, note, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(one_waits_for_another)
{
	void *other;

	ck_assert_int_eq(statefile_engine.lock(self, "me", 0, &err), 0);
	ck_assert_int_eq(statefile_engine.is_ours(self, &err), 0);
	ck_assert_int_eq(statefile_open(&other, path, &err), 0);
	ck_assert_int_eq(statefile_engine.lock(other, "him", 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	statefile_engine.close(other);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_was_put_is_there_for_the_next);
	tcase_add_test(tc, what_was_cut_off_is_left_out);
	tcase_add_test(tc, what_is_damaged_is_told_by_its_line);
	tcase_add_test(tc, it_does_not_grow_for_ever);
	tcase_add_test(tc, another_file_is_refused);
	tcase_add_test(tc, one_waits_for_another);
}
