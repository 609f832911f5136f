/* SPDX-License-Identifier: MIT */
/* test_reference - secrets that a deployment names. */
#include "provision/reference.h"

#include "scratch_root.h"
#include "tests.h"

static struct references all;
static const struct secret *value;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	all = REFERENCES_INIT;
	err = ERR_INIT;
}

static void
end(void)
{
	references_free(&all);
	scratch_root_teardown();
}

static int
get(const char *kind, const char *name)
{
	char text[512];

	snprintf(text, sizeof text, "%s:%s%s%s", kind, strcmp(kind, "file") == 0 ? scratch_dir : "",
		 strcmp(kind, "file") == 0 ? "/" : "", name);
	err = ERR_INIT;
	return references_get(&all, text, &value, &err);
}

START_TEST(a_file_s_line)
{
	scratch_write("a", "se cret\r\n");
	ck_assert_int_eq(get("file", "a"), 0);
	ck_assert_uint_eq(value->len, 7);
	ck_assert_mem_eq(secret_reveal(value), "se cret", 7);
}
END_TEST

START_TEST(it_is_read_once)
{
	scratch_write("a", "one\n");
	ck_assert_int_eq(get("file", "a"), 0);
	scratch_write("a", "two\n");
	ck_assert_int_eq(get("file", "a"), 0);
	ck_assert_mem_eq(secret_reveal(value), "one", 3);
}
END_TEST

START_TEST(a_command_s_output)
{
	ck_assert_int_eq(get("command", "printf '%s' 'a b'"), 0);
	ck_assert_mem_eq(secret_reveal(value), "a b", 3);
	ck_assert_int_eq(get("command", "false"), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(what_is_no_line_is_refused)
{
	scratch_write("two", "one\ntwo\n");
	scratch_write("none", "\n");
	ck_assert_int_eq(get("file", "two"), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_null(strstr(err.msg, "one\ntwo"));
	ck_assert_int_eq(get("file", "none"), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_int_eq(get("file", "missing"), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_file_s_line);
	tcase_add_test(tc, it_is_read_once);
	tcase_add_test(tc, a_command_s_output);
	tcase_add_test(tc, what_is_no_line_is_refused);
}
