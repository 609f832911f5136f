/* SPDX-License-Identifier: MIT */
/* test_err - kinds, statuses and messages of errors. */
#include "base/err.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static const struct {
	enum err_kind kind;
	int status;
} statuses[] = {
	{ERR_NONE, 0},	      {ERR_USAGE, 1},	     {ERR_COUNT, 3},	 {ERR_HOOK_MISSING, 10},
	{ERR_IMAGE, 20},      {ERR_PROXY, 21},	     {ERR_UNSAFE, 65},	 {ERR_NO_SERVICE, 66},
	{ERR_NO_ACCOUNT, 67}, {ERR_UNAVAILABLE, 69}, {ERR_INTERNAL, 70}, {ERR_SYSTEM, 71},
	{ERR_IO, 74},	      {ERR_BUSY, 75},	     {ERR_CUT, 76},	 {ERR_REFUSED, 77},
	{ERR_LACKING, 78},    {ERR_TIMEOUT, 124},
};

START_TEST(each_kind_has_its_exit_status)
{
	ck_assert_int_eq(err_set(&err, statuses[_i].kind, "message %d", 1), -1);
	ck_assert_int_eq(err.kind, statuses[_i].kind);
	ck_assert_int_eq(err_status(&err), statuses[_i].status);
	ck_assert_str_eq(err.msg, "message 1");
	err_wrap(&err, "context");
	ck_assert_int_eq(err.kind, statuses[_i].kind);
	ck_assert_int_eq(err_status(&err), statuses[_i].status);
}
END_TEST

START_TEST(no_error_is_status_0)
{
	ck_assert_int_eq(err_status(&err), 0);
	ck_assert_str_eq(err.msg, "");
}
END_TEST

static const int hooks[] = {1, 2, 10, 77, 126, 127, 128 + 9, 128 + 15, 255};

START_TEST(a_hooks_status_passes_unchanged)
{
	ck_assert_int_eq(err_hook(&err, hooks[_i], "hook '%s' failed", "start"), -1);
	ck_assert_int_eq(err.kind, ERR_STATUS);
	ck_assert_int_eq(err_status(&err), hooks[_i]);
	ck_assert_str_eq(err.msg, "hook 'start' failed");
	ck_assert_int_eq(err_wrap(&err, "cannot start service '%s'", "a1"), -1);
	ck_assert_int_eq(err_status(&err), hooks[_i]);
}
END_TEST

static const struct {
	int code;
	enum err_kind kind;
} codes[] = {
	{ENOSPC, ERR_IO},     {EDQUOT, ERR_IO},	     {EIO, ERR_IO},	   {EROFS, ERR_IO},
	{EFBIG, ERR_IO},      {EACCES, ERR_REFUSED}, {EPERM, ERR_REFUSED}, {ENOENT, ERR_SYSTEM},
	{ENOMEM, ERR_SYSTEM}, {EMFILE, ERR_SYSTEM},  {EAGAIN, ERR_SYSTEM}, {ELOOP, ERR_SYSTEM},
};

START_TEST(an_error_of_the_system_has_its_text_and_the_kind_by_errno)
{
	char expected[512];

	snprintf(expected, sizeof expected, "cannot open 'x': %s", strerror(codes[_i].code));
	errno = codes[_i].code;
	ck_assert_int_eq(err_sys(&err, "cannot open '%s'", "x"), -1);
	ck_assert_int_eq(err.kind, codes[_i].kind);
	ck_assert_str_eq(err.msg, expected);
}
END_TEST

START_TEST(the_outermost_context_comes_first)
{
	err_set(&err, ERR_IO, "disk full");
	ck_assert_int_eq(err_wrap(&err, "cannot write '%s'", "f"), -1);
	ck_assert_int_eq(err_wrap(&err, "cannot install '%s'", "a1"), -1);
	ck_assert_str_eq(err.msg, "cannot install 'a1': cannot write 'f': disk full");
	ck_assert_int_eq(err.kind, ERR_IO);
}
END_TEST

START_TEST(control_characters_are_shown_as_question_marks)
{
	err_set(&err, ERR_USAGE, "a%sb", "\n\r\t\x1b[2J\x7f\x01");
	ck_assert_str_eq(err.msg, "a????[2J??b");
	err_wrap(&err, "x%sy", "\n");
	ck_assert_str_eq(err.msg, "x?y: a????[2J??b");
	err_hook(&err, 1, "\nx");
	ck_assert_str_eq(err.msg, "?x");
	errno = ENOENT;
	err_sys(&err, "%s", "\nx");
	ck_assert_ptr_eq(strstr(err.msg, "?x: "), err.msg);
}
END_TEST

START_TEST(control_characters_of_latin_1_are_too)
{
	err_set(&err, ERR_USAGE, "a\xc2\x9b[2Jb\xc2\x85"); /* CSI and NEL, as UTF-8 */
	ck_assert_ptr_null(strstr(err.msg, "\xc2\x9b"));
	ck_assert_ptr_null(strstr(err.msg, "\xc2\x85"));
	ck_assert_ptr_nonnull(strstr(err.msg, "[2Jb"));
}
END_TEST

START_TEST(text_beyond_ascii_is_kept)
{
	err_set(&err, ERR_USAGE, "no '%s'", "caf\xc3\xa9 \xe2\x82\xac");
	ck_assert_str_eq(err.msg, "no 'caf\xc3\xa9 \xe2\x82\xac'");
}
END_TEST

static const size_t lengths[] = {0, 1, 509, 510, 511, 512, 513, 2000};

START_TEST(what_does_not_fit_is_cut)
{
	char *text = malloc(lengths[_i] + 1);
	size_t room = sizeof err.msg - 1;
	size_t kept = lengths[_i] < room ? lengths[_i] : room;

	memset(text, 'x', lengths[_i]);
	text[lengths[_i]] = '\0';
	err_set(&err, ERR_USAGE, "%s", text);
	ck_assert_uint_eq(strlen(err.msg), kept);
	ck_assert_uint_eq(strspn(err.msg, "x"), kept);
	/* The context stands first, so it is the message that is cut. */
	err_wrap(&err, "context");
	ck_assert_ptr_eq(strstr(err.msg, "context: "), err.msg);
	ck_assert_uint_le(strlen(err.msg), room);
	/* Of a long context only the beginning stays, so that the reason does. */
	err_set(&err, ERR_USAGE, "reason");
	err_wrap(&err, "'%s'", text);
	ck_assert_ptr_nonnull(strstr(err.msg, "': reason"));
	ck_assert_uint_le(strlen(err.msg), room);
	errno = ENOENT;
	err_sys(&err, "'%s'", text);
	ck_assert_ptr_nonnull(strstr(err.msg, "': No such file"));
	ck_assert_uint_le(strlen(err.msg), room);
	err_hook(&err, 1, "%s", text);
	ck_assert_uint_eq(strlen(err.msg), kept);
	free(text);
}
END_TEST

START_TEST(the_last_error_replaces_the_one_before)
{
	err_hook(&err, 5, "hook");
	err_set(&err, ERR_BUSY, "busy");
	ck_assert_int_eq(err_status(&err), 75);
	ck_assert_str_eq(err.msg, "busy");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, each_kind_has_its_exit_status, 0, (int)COUNT(statuses));
	tcase_add_test(tc, no_error_is_status_0);
	tcase_add_loop_test(tc, a_hooks_status_passes_unchanged, 0, (int)COUNT(hooks));
	tcase_add_loop_test(tc, an_error_of_the_system_has_its_text_and_the_kind_by_errno, 0,
			    (int)COUNT(codes));
	tcase_add_test(tc, the_outermost_context_comes_first);
	tcase_add_test(tc, control_characters_are_shown_as_question_marks);
	tcase_add_test(tc, control_characters_of_latin_1_are_too);
	tcase_add_test(tc, text_beyond_ascii_is_kept);
	tcase_add_loop_test(tc, what_does_not_fit_is_cut, 0, (int)COUNT(lengths));
	tcase_add_test(tc, the_last_error_replaces_the_one_before);
}
