/* SPDX-License-Identifier: MIT */
/* test_markup - text of a page. */
#include "cli/markup.h"

#include "scratch_root.h"
#include "tests.h"

START_TEST(what_is_said_is_escaped)
{
	struct markup m = MARKUP_INIT;

	markup_raw(&m, "<p title=\"");
	markup_text(&m, "%s", "a\"b'c<d>e&f\033");
	markup_raw(&m, "\">%d</p>", 7);
	ck_assert(!m.failed);
	ck_assert_str_eq(m.text.data, "<p title=\"a&quot;b&#39;c&lt;d&gt;e&amp;f?\">7</p>");
	markup_free(&m);
}
END_TEST

START_TEST(what_is_too_long_is_cut_between_characters)
{
	struct markup m = MARKUP_INIT;
	char text[6000];

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[sizeof text - 1] = '\0';
	markup_text(&m, "y%s", text);
	ck_assert(!m.failed);
	ck_assert_uint_lt(m.text.len, 4096);
	ck_assert_ptr_null(strchr(m.text.data, '?'));
	/* Markup that is cut would be none. */
	markup_raw(&m, "%s", text);
	ck_assert(m.failed);
	markup_free(&m);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, what_is_said_is_escaped);
	tcase_add_test(tc, what_is_too_long_is_cut_between_characters);
}
