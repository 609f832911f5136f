/* SPDX-License-Identifier: MIT */
/* test_table - rows of columns, for a terminal or for a program. */
#include "cli/table.h"

#include "scratch_answer.h"
#include "tests.h"

START_TEST(a_tab_is_between_two_or_they_are_of_one_width)
{
	static const char *const row[] = {"a1", "running", "", "last"};
	static const int widths[] = {0, 9, 3, 1};

	scratch_answer_begin();
	table_print(row, widths, 4, 0);
	table_print(row, widths, 4, 5);
	scratch_answer_end();
	ck_assert_str_eq(scratch_read("answer"), "a1\trunning\t\tlast\n"
						 "a1     running         last\n");
}
END_TEST

static const struct {
	long long bytes;
	const char *text;
} sizes[] = {
	{0, "-"},
	{-1, "-"},
	{5, "5B"},
	{999, "999B"},
	{1000, "1.0K"},
	{2048, "2.0K"},
	{200LL << 10, "200K"},
	{3LL << 30, "3.0G"},
	{__LONG_LONG_MAX__, "8192P"},
};

START_TEST(a_size_is_as_ls_has_it)
{
	char text[TABLE_SIZE_BYTES];

	table_size(text, sizes[_i].bytes);
	ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, a_tab_is_between_two_or_they_are_of_one_width);
	tcase_add_loop_test(tc, a_size_is_as_ls_has_it, 0, sizeof sizes / sizeof *sizes);
}
