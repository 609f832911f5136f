/* SPDX-License-Identifier: MIT */
/* test_forms - how values look when they are quoted or encoded. */
#include "cfg/forms.h"

#include <check.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The forms of a value, one after another, each with its end. */
struct list {
	char text[65536];
	size_t len, n;
	size_t n_max; /* fn fails after so many; 0 for never */
};

static struct list list;
static struct secret room; /* kept from one test's values to the next */
static struct err err;

static int
keep(void *arg, const char *form, size_t len, struct err *e)
{
	struct list *l = arg;

	ck_assert_uint_lt(l->len + len + 1, sizeof l->text);
	memcpy(l->text + l->len, form, len);
	l->text[l->len + len] = '\0';
	l->len += len + 1;
	return ++l->n == l->n_max ? err_set(e, ERR_SYSTEM, "enough") : 0;
}

static void
make(const char *value, size_t len)
{
	memset(&list, 0, sizeof list);
	err = ERR_INIT;
	ck_assert_int_eq(forms_each(value, len, &room, keep, &list, &err), 0);
}

static bool
has(const char *form)
{
	for (size_t i = 0; i < list.len; i += strlen(list.text + i) + 1)
		if (strcmp(list.text + i, form) == 0)
			return true;
	return false;
}

/*
 * Written by base64(1), xxd(1), python3's urllib, json and html, and bash's printf %q; by hand
 * where none of them has the habit.
 */
static const struct {
	const char *value, *form;
} known[] = {
	{"hunter2", "aHVudGVyMg=="},
	{"hunter2", "68756e74657232"},
	{"a>b?c~zz", "YT5iP2N+eno="},
	{"a>b?c~zz", "YT5iP2N-eno="},
	{"\xff\xfe\xfd\xfc", "FFFEFDFC"},
	{"a b&c/d", "a%20b%26c%2Fd"},
	{"a b&c/d", "a%20b%26c%2fd"},
	{"a b&c/d", "a%20b%26c/d"},
	{"a b&c/d", "a+b%26c%2Fd"},
	{"ab c", "%61%62%20%63"},
	{"p$ss \"w\\rd'", "p\\$ss\\ \\\"w\\\\rd\\'"},
	{"p$ss \"w\\rd'", "p\\$ss \\\"w\\\\rd'"},
	{"p$ss'word", "p$ss'\\''word"},
	{"p\"ss\\w/rd", "p\\\"ss\\\\w/rd"},
	{"p\"ss\\w/rd", "p\\\"ss\\\\w\\/rd"},
	{"tab\there", "tab\\there"},
	{"bell\ahere", "bell\\u0007here"},
	{"<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"},
	{"it's me", "it&apos;s me"},
	{"it's\\me", "it''s\\me"},
	{"it's\\me", "it''s\\\\me"},
	{"it's\"\\me", "it\\'s\\\"\\\\me"},
	{"it's me", "it&#x27;s me"},
	{"it's me", "it&#039;s me"},
	{"\"it's\" me", "&#34;it&#39;s&#34; me"},
	{"it's me", "it'\"'\"'s me"},
	{"a=b c@d#e~f:~g", "a=b\\ c@d#e~f:\\~g"},
	{"a=b c", "a\\=b\\ c"},
	{"tab\there\x01\x7fit's", "tab\\there\\001\\177it\\'s"},
	{"p\xc3\xa4 ss", "p\\303\\244 ss"},
	{"\xc3\xa4\tbcd", "\xc3\xa4\\tbcd"},
	{"a b~c/d", "a+b~c%2Fd"},
	{"a b~c/d", "a+b%7Ec%2Fd"},
	{"a b~c/d", "a%20b%7ec%2fd"},
	{"it's (a) test!", "it's%20(a)%20test!"},
	{"p\xc3\xa4/\xf0\x9f\x94\x91ss", "p\\u00e4/\\ud83d\\udd11ss"},
	{"p\xc3\xa4/\xf0\x9f\x94\x91ss", "p\\u00e4\\/\\ud83d\\udd11ss"},
	{"p\xc3\xa4/\xf0\x9f\x94\x91ss", "p\\u00E4/\\uD83D\\uDD11ss"},
	{"\xe4 is no UTF-8/", "\xe4 is no UTF-8\\/"},
	{"a\"b\x7f"
	 "cd",
	 "a\\\"b\x7f"
	 "cd"},
	{"a\"b\x7f"
	 "cd",
	 "a\\\"b\\u007fcd"},
	{"\bell\x1f\r\n", "\\bell\\u001f\\r\\n"},
	{"a<b>'&c", "a\\u003cb\\u003e'\\u0026c"},
	{"a<b>'&c", "a\\u003Cb\\u003E\\u0027\\u0026c"},
	{"a<b\"c'", "a&lt;b\"c'"},
	{"a<b\"c'", "a&lt;b&quot;c'"},
	{"hunter2", "aHVudGVyMg"},
	{"hunter2", "h1bnRlcjI="},
	{"hunter2", "odW50ZXIy"},
};

START_TEST(forms_that_are_known)
{
	make(known[_i].value, strlen(known[_i].value));
	ck_assert_msg(has(known[_i].form), "'%s' is missing", known[_i].form);
}
END_TEST

static bool
ends_with_a_form(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < list.len; i += strlen(list.text + i) + 1) {
		size_t n = strlen(list.text + i);

		if (n <= len && memcmp(text + len - n, list.text + i, n) == 0)
			return true;
	}
	return false;
}

/* Within anything larger, by another implementation: some form is found there. */
START_TEST(base64_within_a_larger_text)
{
	static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
				       sodium_base64_VARIANT_URLSAFE_NO_PADDING};
	static const char value[] = "s?cr>t pa~s";
	unsigned char text[64];
	char encoded[128];

	for (size_t before = 0; before < 7; before++)
		for (size_t after = 0; after < 7; after++) {
			const char *found = NULL;
			size_t len = before + sizeof value - 1 + after, hidden = 0;

			memset(text, 0xa5, sizeof text);
			memcpy(text + before, value, sizeof value - 1);
			sodium_bin2base64(encoded, sizeof encoded, text, len, variants[_i]);
			make(value, sizeof value - 1);
			for (size_t i = 0; i < list.len; i += strlen(list.text + i) + 1)
				if ((found = strstr(encoded, list.text + i)) &&
				    strlen(list.text + i) > hidden)
					hidden = strlen(list.text + i);
			/* All characters but those at its two ends that are others' too. */
			if (after == 0)
				ck_assert(ends_with_a_form(encoded));
			ck_assert_msg(hidden >= (sizeof value - 1) * 8 / 6 - 1,
				      "%zu before, %zu after: %zu characters in '%s'", before,
				      after, hidden, encoded);
		}
}
END_TEST

START_TEST(what_is_short_or_the_value_itself_is_no_form)
{
	static const char *const values[] = {"", "a", "ab", "abc", "plainvalue"};

	make(values[_i], strlen(values[_i]));
	ck_assert(!has(values[_i]));
	for (size_t i = 0; i < list.len; i += strlen(list.text + i) + 1)
		ck_assert_uint_ge(strlen(list.text + i), FORMS_MIN);
	ck_assert(has("%61%62") == (strcmp(values[_i], "ab") == 0));
}
END_TEST

START_TEST(any_bytes_have_forms)
{
	char all[256];

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	make(all, sizeof all);
	ck_assert_uint_ge(list.n, 14);
}
END_TEST

START_TEST(a_failure_of_fn_ends_it)
{
	for (size_t n = 1; n < 10; n++) {
		memset(&list, 0, sizeof list);
		list.n_max = n;
		err = ERR_INIT;
		ck_assert_int_eq(forms_each("hunter2 & co", 12, &room, keep, &list, &err), -1);
		ck_assert_uint_eq(list.n, n);
		ck_assert_str_eq(err.msg, "enough");
	}
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, forms_that_are_known, 0, COUNT(known));
	tcase_add_loop_test(tc, base64_within_a_larger_text, 0, 2);
	tcase_add_loop_test(tc, what_is_short_or_the_value_itself_is_no_form, 0, 5);
	tcase_add_test(tc, any_bytes_have_forms);
	tcase_add_test(tc, a_failure_of_fn_ends_it);
}
