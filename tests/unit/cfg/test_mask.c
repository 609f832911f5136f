/* SPDX-License-Identifier: MIT */
/* test_mask - secret values in a stream of output, however it is cut into pieces. */
#include "cfg/mask.h"

#include <sodium.h>

#include "cfg/forms.h"
#include "scratch_mask.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RANDOM_CASES 5000

static void
add(struct mask *m, const char *value, size_t len)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(mask_add(m, value, len, &e), 0);
}

static struct mask
mask_of(const char *const *values)
{
	struct mask m = MASK_INIT;

	for (; *values; values++)
		add(&m, *values, strlen(*values));
	mask_finish(&m);
	return m;
}

#define MASK_OF(...) mask_of((const char *const[]){__VA_ARGS__, NULL})

static const struct {
	const char *values[4], *text, *expected;
} table[] = {
	{{"hunter2"}, "password is hunter2, ok", "password is ***, ok"},
	{{"hunter2"}, "hunter2", "***"},
	{{"hunter2"}, "hunterhunter2", "hunter***"},
	{{"hunter2"}, "nothing to see", "nothing to see"},
	{{"hunter2"}, "it ends in hunter", "it ends in hunter"},
	{{"abc", "bcd"}, "xabcdx", "x***x"},
	{{"abc", "cde"}, "xabcdex", "x***x"},
	{{"abcdef", "cd"}, "xabcdefx", "x***x"},
	{{"abcdef", "cd"}, "abcdeX", "ab***eX"},
	{{"abcdef", "cd"}, "abcde", "ab***e"},
	{{"abcdef", "def", "f"}, "abcdef", "***"},
	{{"ab", "cd"}, "xabcdx", "x***x"},
	{{"ab"}, "ababab", "***"},
	{{"ab"}, "ab ab", "*** ***"},
	{{"aaaa"}, "aaa", "aaa"},
	{{"aaaa"}, "aaaa", "***"},
	{{"aaaa"}, "aaaaaaaaaab", "***b"},
	{{"aaaa"}, "aaabaaaabaaa", "aaab***baaa"},
	{{"aab"}, "aaaaaab", "aaaa***"},
	{{"abab", "babc"}, "ababac ababc", "***ac ***"},
	{{"***"}, "a***b", "a***b"},
	{{"a", "abcdefgh"}, "abcdefgX", "***bcdefgX"},
	{{"line one\nline two"}, "x line one\nline two\n", "x ***\n"},
	{{"p\xc3\xa4ss"}, "is p\xc3\xa4ss\n", "is ***\n"},
	{{"same", "same"}, "samesam", "***sam"},
	{{"hunter2"}, "hunt\ner2!", "***!"},
	{{"hunter2"}, "hunt\r\ner2!", "***!"},
	{{"hunter2"}, "hunt\ne\nr\n2!", "***!"},
	{{"hunter2"}, "hunt\n\n\ner2!", "hunt\n\n\ner2!"},
	{{"hunter2"}, "hun\nter2!", "hun\n***!"},
	{{"hunter2"}, "h\nun\nter2!", "h\nun\n***!"},
	{{"hunter2"}, "x\nhunter2\nx", "x\n***\nx"},
	{{"hunter2", "terse"}, "hun\nterse", "hun\n***"},
};

START_TEST(a_value_is_masked_wherever_the_stream_is_cut)
{
	struct mask m = mask_of(table[_i].values);

	check_masked(m, table[_i].text, table[_i].expected);
}
END_TEST

START_TEST(values_may_hold_any_byte)
{
	char all[256], text[520];
	struct mask m = MASK_INIT;
	struct got got;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	add(&m, all, sizeof all);
	mask_finish(&m);
	memcpy(text, all, 256);
	memcpy(text + 256, "<-->", 4);
	memcpy(text + 260, all, 256);
	got = feed_in_steps(&m, text, 516, 7);
	check_text(&got, "***<-->***");
	free(got.text);
	mask_free(&m);
}
END_TEST

START_TEST(an_empty_value_hides_nothing)
{
	struct mask m = MASK_INIT;
	struct got got;

	add(&m, "", 0);
	mask_finish(&m);
	got = feed_in_steps(&m, "abc", 3, 1);
	check_text(&got, "abc");
	free(got.text);
	mask_free(&m);
}
END_TEST

START_TEST(a_stream_without_a_mask_passes_everything)
{
	struct got got = feed_in_steps(NULL, "abc", 3, 2);

	check_text(&got, "abc");
	free(got.text);
}
END_TEST

START_TEST(a_stream_is_ready_again_after_its_end)
{
	struct mask m = MASK_OF("secret");
	struct got got = room(100);
	struct mask_stream s;

	open_stream(&s, &m);
	mask_feed(&s, "a sec", 5, keep, &got);
	mask_feed(&s, "", 0, keep, &got);
	mask_feed(&s, "ret secret", 10, keep, &got);
	mask_feed(&s, "", 0, keep, &got);
	check_text(&got, "a secret ***");
	mask_stream_close(&s);
	mask_stream_close(&s);
	free(got.text);
	mask_free(&m);
}
END_TEST

START_TEST(only_what_may_still_be_a_value_is_held_back)
{
	struct mask m = MASK_OF("hunter2");
	struct got got = room(100);
	struct mask_stream s;

	open_stream(&s, &m);
	mask_feed(&s, "ready\n", 6, keep, &got);
	check_text(&got, "ready\n");
	mask_feed(&s, "hunt", 4, keep, &got);
	check_text(&got, "ready\n");
	mask_feed(&s, "ing", 3, keep, &got);
	check_text(&got, "ready\nhunting");
	mask_stream_close(&s);
	free(got.text);
	mask_free(&m);
}
END_TEST

START_TEST(two_streams_of_one_mask_do_not_mix)
{
	struct mask m = MASK_OF("secret");
	struct got one = room(100), two = room(100);
	struct mask_stream a, b;

	open_stream(&a, &m);
	open_stream(&b, &m);
	mask_feed(&a, "sec", 3, keep, &one);
	mask_feed(&b, "ret", 3, keep, &two);
	mask_feed(&a, "ret", 3, keep, &one);
	mask_feed(&a, "", 0, keep, &one);
	mask_feed(&b, "", 0, keep, &two);
	check_text(&one, "***");
	check_text(&two, "ret");
	mask_stream_close(&a);
	mask_stream_close(&b);
	free(one.text);
	free(two.text);
	mask_free(&m);
}
END_TEST

START_TEST(the_longest_value_is_masked)
{
	static const size_t steps[] = {1000, 16384, 16385, 65536, 200000};
	size_t len = (64u << 10);
	char *text = malloc(2 * len + 20);
	struct mask m = MASK_INIT;
	struct got got;

	ck_assert_ptr_nonnull(text);
	memcpy(text, "before ", 7);
	fill_long(text + 7, len);
	/* A start of it that breaks off one byte before its end, as plain text. */
	memcpy(text + 7 + len, text + 7, len - 1);
	text[6 + 2 * len] = '!';
	add(&m, text + 7, len);
	mask_finish(&m);
	got = feed_in_steps(&m, text, 7 + 2 * len, steps[_i]);
	ck_assert_uint_eq(got.len, 7 + 3 + len);
	ck_assert_int_eq(memcmp(got.text, "before ***", 10), 0);
	ck_assert_int_eq(memcmp(got.text + 10, text + 7, len - 1), 0);
	ck_assert_int_eq(got.text[got.len - 1], '!');
	free(got.text);
	free(text);
	mask_free(&m);
}
END_TEST

START_TEST(many_values_are_all_masked)
{
	enum { N = 2000 };
	struct mask m = MASK_INIT;
	char value[32], text[64];

	for (int i = 0; i < N; i++) {
		snprintf(value, sizeof value, "value-%d-of-many", i);
		add(&m, value, strlen(value));
	}
	mask_finish(&m);
	for (int i = 0; i < N; i++) {
		struct got got;

		snprintf(text, sizeof text, "[value-%d-of-many]", i);
		got = feed_in_steps(&m, text, strlen(text), 5);
		check_text(&got, "[***]");
		free(got.text);
	}
	mask_free(&m);
}
END_TEST

/* More hits in one feed than MASK_RUNS: what stands between them is no secret and must be kept. */
START_TEST(the_text_between_a_hundred_values_of_one_feed_is_kept)
{
	struct mask m = MASK_OF("hunter2");
	char text[4096] = "", expected[4096] = "";
	struct got got;
	size_t len = 0, n = 0;

	for (int i = 0; i < 100; i++) {
		len += (size_t)snprintf(text + len, sizeof text - len, "line %d: hunter2\n", i);
		n += (size_t)snprintf(expected + n, sizeof expected - n, "line %d: ***\n", i);
	}
	got = feed_in_steps(&m, text, len, len);
	ck_assert_msg(got.len == n && memcmp(got.text, expected, n) == 0,
		      "%zu of %zu bytes came out", got.len, n);
	free(got.text);
	mask_free(&m);
}
END_TEST

/* Whatever happens when there are too many, no value may come out. */
START_TEST(no_value_is_shown_however_many_there_are_within_a_longer_start)
{
	char value[400], text[400];
	struct mask m = MASK_INIT;
	struct got got;

	for (size_t i = 0; i < sizeof value; i++)
		value[i] = "ab-"[i % 3];
	memcpy(text, value, sizeof text);
	text[sizeof text - 1] = '!';
	add(&m, value, sizeof value);
	add(&m, "ab", 2);
	mask_finish(&m);
	for (size_t step = 1; step < sizeof text; step += 13) {
		got = feed_in_steps(&m, text, sizeof text, step);
		ck_assert_ptr_null(memmem(got.text, got.len, "ab", 2));
		ck_assert_int_eq(got.text[got.len - 1], '!');
		free(got.text);
	}
	mask_free(&m);
}
END_TEST

/* What is looked for, the obvious way. */
struct simple {
	const char *const *values;
	const size_t *lens;
	size_t n_values;
	const char *text;
	size_t len;
};

/*
 * How many bytes of value v are at i, line ends between them left aside, two of them at most, and
 * no byte from `stop` on; *end is set behind the last one.
 */
static size_t
agree(const struct simple *s, size_t v, size_t i, size_t stop, size_t *end)
{
	size_t n = 0, breaks = 0;

	for (; i < stop && n < s->lens[v]; i++) {
		if (s->text[i] == '\n') {
			if (++breaks > 2)
				break;
			continue;
		}
		if (s->text[i] != s->values[v][n])
			break;
		breaks = 0;
		n++;
		*end = i + 1;
	}
	return n;
}

/* True when nothing before the line end at `at` is held: no four bytes could be a value's. */
static bool
is_shown(const struct simple *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		for (size_t v = 0; v < s->n_values && s->text[i] != '\n'; v++) {
			size_t end = 0, n = agree(s, v, i, at, &end);
			bool reaches = n && n < s->lens[v];

			for (size_t j = end; reaches && j < at; j++)
				reaches = s->text[j] == '\n' && at - end < 2;
			if (reaches && n >= 4)
				return false;
		}
	return true;
}

/* A byte is hidden when any value covers it; touching values are one. */
static size_t
mask_simply(const struct simple *s, char *out)
{
	bool hidden[256] = {false};
	const char *text = s->text;
	size_t n = 0, len = s->len;

	for (size_t i = 0; i < len; i++)
		for (size_t v = 0; v < s->n_values && text[i] != '\n'; v++) {
			size_t end = 0, from = i;

			if (!s->lens[v] || agree(s, v, i, len, &end) < s->lens[v])
				continue;
			for (size_t j = i; j < end; j++)
				if (text[j] == '\n' && is_shown(s, j))
					from = j + 1;
			memset(hidden + from, true, end - from);
		}
	for (size_t i = 0; i < len; i++) {
		if (!hidden[i]) {
			out[n++] = text[i];
		} else if (i == 0 || !hidden[i - 1]) {
			memcpy(out + n, MASK_TEXT, 3);
			n += 3;
		}
	}
	return n;
}

static uint32_t seed;

static uint32_t
below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static void
run_random_case(uint32_t number)
{
	char values[6][12], text[64], expected[256], out[256];
	const char *list[6];
	size_t lens[6], n_values, len, n, letters;
	struct got got = {.text = out, .capacity = sizeof out};
	struct mask m = MASK_INIT;
	struct mask_stream s;

	seed = number * 2654435761u + 1;
	letters = 1 + below(3);
	n_values = 1 + below(6);
	for (size_t v = 0; v < n_values; v++) {
		lens[v] = below(v ? 12 : 4);
		for (size_t i = 0; i < lens[v]; i++)
			values[v][i] = (char)('a' + below((uint32_t)letters));
		list[v] = values[v];
		add(&m, values[v], lens[v]);
	}
	mask_finish(&m);
	len = below(sizeof text + 1);
	for (size_t i = 0; i < len; i++)
		text[i] = below(5) ? (char)('a' + below((uint32_t)letters + below(2))) : '\n';
	n = mask_simply(&(struct simple){list, lens, n_values, text, len}, expected);
	open_stream(&s, &m);
	for (size_t i = 0, part; i < len; i += part) {
		part = 1 + below(below(2) ? 4 : 64);
		if (part > len - i)
			part = len - i;
		mask_feed(&s, text + i, part, keep, &got);
	}
	mask_feed(&s, "", 0, keep, &got);
	ck_assert_msg(got.len == n && memcmp(out, expected, n) == 0,
		      "case %u: '%.*s' became '%.*s', not '%.*s'", number, (int)len, text,
		      (int)got.len, out, (int)n, expected);
	mask_stream_close(&s);
	mask_free(&m);
}

START_TEST(random_streams_agree_with_the_obvious_way)
{
	/* Guarded memory takes three system calls a piece; ten processes share them. */
	for (uint32_t i = 0; i < RANDOM_CASES / 10; i++)
		run_random_case((uint32_t)_i * 1000003u + i);
}
END_TEST

/* The worst texts: nearly a value at every byte; and pieces of one byte, with much that is held. */
static const struct {
	size_t len, value_len, step;
} worst[] = {{4u << 20, 4096, 16384}, {1u << 20, 4096, 1}, {1u << 20, 60000, 7}, {1u << 20, 2, 1}};

START_TEST(the_cost_is_linear_in_the_bytes)
{
	size_t len = worst[_i].len, value_len = worst[_i].value_len;
	char *text = malloc(len), *value = malloc(value_len);
	struct got got = room(len * 3);
	struct mask m = MASK_INIT;
	struct mask_stream s;

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(value);
	memset(text, 'a', len);
	memset(value, 'a', value_len);
	value[value_len - 1] = 'b';
	for (size_t i = 1; i <= value_len; i += 1 + value_len / 64)
		add(&m, value + value_len - i, i);
	add(&m, value, value_len);
	mask_finish(&m);
	/* Deep into a value and out of it again, many times. */
	for (size_t i = 0; i < len; i += value_len + 17)
		text[i] = i % 2 ? 'c' : '\n';
	open_stream(&s, &m);
	for (size_t i = 0; i < len; i += worst[_i].step)
		mask_feed(&s, text + i, len - i < worst[_i].step ? len - i : worst[_i].step, keep,
			  &got);
	mask_feed(&s, "", 0, keep, &got);
	ck_assert_uint_eq(got.len, len);
	ck_assert_uint_le(s.n_links, len);
	ck_assert_uint_le(s.n_moved, len);
	mask_stream_close(&s);
	free(got.text);
	free(text);
	free(value);
	mask_free(&m);
}
END_TEST

/* --- forms --- */

#define FORMS_ROOM 200

struct forms {
	char text[FORMS_ROOM][200];
	size_t n;
};

static int
keep_form(void *arg, const char *form, size_t len, struct err *e)
{
	struct forms *forms = arg;

	(void)e;
	ck_assert_uint_lt(forms->n, FORMS_ROOM);
	ck_assert_uint_lt(len, sizeof *forms->text);
	memcpy(forms->text[forms->n], form, len);
	forms->text[forms->n++][len] = '\0';
	return 0;
}

static const char *const formed[] = {"hunter2", "p\xc3\xa4\"ss's & <w>/\\$x", "tab\there, a=b c~d"};

struct into {
	struct mask *mask;
	size_t name, max_nodes;
};

static int
add_form(void *arg, const char *form, size_t len, struct err *e)
{
	const struct into *into = arg;

	return mask_add_form(into->mask, form, len, into->name, into->max_nodes, e);
}

static struct secret scratch; /* for forms of any value */

static void
add_forms(struct mask *m, const char *value, size_t name, size_t max_nodes)
{
	struct into into = {m, name, max_nodes};
	struct err e = ERR_INIT;

	ck_assert_int_eq(forms_each(value, strlen(value), &scratch, add_form, &into, &e), 0);
}

/* The mask of one value with its forms, and these. */
static struct mask
mask_forms(const char *value, struct forms *forms)
{
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	add(&m, value, strlen(value));
	add_forms(&m, value, 0, SIZE_MAX);
	ck_assert_int_eq(forms_each(value, strlen(value), &scratch, keep_form, forms, &e), 0);
	ck_assert_uint_eq(m.n_left_out, 0);
	mask_finish(&m);
	return m;
}

/* How it looks beside what is in no form, and cut in two at every place. */
START_TEST(every_form_is_masked_wherever_the_stream_is_cut)
{
	static struct forms forms;
	struct mask m = mask_forms(formed[_i], &forms);
	char text[220];
	int len;

	ck_assert_uint_gt(forms.n, 10);
	for (size_t i = 0; i < forms.n; i++) {
		len = snprintf(text, sizeof text, "!%s!", forms.text[i]);
		for (int cut = 1; cut < len; cut++) {
			struct got got = room(500);
			struct mask_stream s;

			open_stream(&s, &m);
			mask_feed(&s, text, (size_t)cut, keep, &got);
			mask_feed(&s, text + cut, (size_t)(len - cut), keep, &got);
			mask_feed(&s, "", 0, keep, &got);
			check_text(&got, "!***!");
			mask_stream_close(&s);
			free(got.text);
		}
	}
	mask_free(&m);
}
END_TEST

/* From its fourth byte on. */
START_TEST(every_form_is_masked_across_a_line_end)
{
	static struct forms forms;
	struct mask m = mask_forms(formed[_i / 2], &forms);
	const char *end = _i % 2 ? "\r\n" : "\n";
	char text[220];

	for (size_t i = 0; i < forms.n; i++)
		for (int cut = 4; forms.text[i][cut]; cut++) {
			struct got got;

			snprintf(text, sizeof text, "!%.*s%s%s!", cut, forms.text[i], end,
				 forms.text[i] + cut);
			got = feed_in_steps(&m, text, strlen(text), 5);
			check_text(&got, "!***!");
			free(got.text);
		}
	mask_free(&m);
}
END_TEST

/* As base64(1) does: each line is full but the last one. */
START_TEST(base64_in_lines_is_masked_at_any_place_of_a_text)
{
	static const char value[] = "the password of all passwords is 0123456789 or so, it seems";
	static struct forms forms;
	unsigned char plain[400];
	char encoded[800], lines[900];
	struct mask m = mask_forms(value, &forms);

	for (size_t before = 0; before < 120; before++) {
		size_t len = before + sizeof value - 1, n = 0;
		struct got got;

		memset(plain, 0xa5, sizeof plain);
		memcpy(plain + before, value, sizeof value - 1);
		sodium_bin2base64(encoded, sizeof encoded, plain, len + 30,
				  sodium_base64_VARIANT_ORIGINAL);
		for (size_t i = 0; encoded[i]; i++) {
			if (i && i % 76 == 0)
				lines[n++] = '\n';
			lines[n++] = encoded[i];
		}
		got = feed_in_steps(&m, lines, n, 11);
		/* One run, but where the first characters end a line: these are shown then. */
		ck_assert_ptr_nonnull(memmem(got.text, got.len, "***", 3));
		ck_assert_uint_le(got.len, n - (sizeof value - 1) * 8 / 6 + 3 + 5);
		free(got.text);
	}
	mask_free(&m);
}
END_TEST

START_TEST(forms_are_left_out_one_by_one)
{
	struct mask m = MASK_INIT;
	struct got got;

	add(&m, "hunter2", 7);
	add_forms(&m, "hunter2", 0, 8);
	ck_assert_uint_gt(m.n_left_out, 0);
	ck_assert_uint_eq(m.automaton.n_nodes, 8);
	m.n_left_out = 0;
	/* Room for the first of them: 14 characters of hexadecimal. */
	add_forms(&m, "hunter2", 0, 22);
	ck_assert_uint_gt(m.n_left_out, 0);
	ck_assert_uint_eq(m.automaton.n_nodes, 22);
	mask_finish(&m);
	got = feed_in_steps(&m, "hunter2 68756e74657232 aHVudGVyMg", 33, 4);
	check_text(&got, "*** *** aHVudGVyMg");
	free(got.text);
	mask_free(&m);
}
END_TEST

/* --- a search --- */

static struct mask_search
search_of(const struct mask *m)
{
	struct mask_search s;
	struct err e = ERR_INIT;

	ck_assert_int_eq(mask_search_open(&s, m, &e), 0);
	return s;
}

static void
add_named(struct mask *m, const char *name, const char *value, size_t len)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(mask_keep_name(m, name, strlen(name), &e), 0);
	ck_assert_int_eq(mask_add_named(m, value, len, m->n_names, &e), 0);
}

START_TEST(a_search_tells_names)
{
	static const char *const names[] = {"one", "two", "short", "two again", "inner", "none"};
	static const char *const values[] = {"hunter22",     "second value", "hunt2",
					     "second value", "unter2",	     "not there"};
	static const char text[] = "x hunter22, hunt2, c2Vjb25kIHZhb\nHVl";
	struct mask m = MASK_INIT;
	struct mask_search s;

	for (size_t i = 0; i < COUNT(names); i++)
		add_named(&m, names[i], values[i], strlen(values[i]));
	for (size_t i = 0; i < COUNT(names); i++)
		add_forms(&m, values[i], i + 1, SIZE_MAX);
	mask_finish(&m);
	s = search_of(&m);
	for (size_t step = 1; step < sizeof text; step++) {
		for (size_t i = 0; i < sizeof text - 1; i += step)
			mask_search(&s, text + i,
				    sizeof text - 1 - i < step ? sizeof text - 1 - i : step);
		ck_assert(s.found[0] && s.found[1] && !s.found[2] && s.found[3] && s.found[4] &&
			  !s.found[5]);
		mask_search_again(&s);
		for (size_t i = 0; i < COUNT(names); i++)
			ck_assert(!s.found[i]);
	}
	/* Two files are not one. */
	mask_search(&s, "not ", 4);
	mask_search_again(&s);
	mask_search(&s, "there", 5);
	ck_assert(!s.found[5]);
	mask_search_close(&s);
	mask_search_close(&s);
	mask_free(&m);
}
END_TEST

START_TEST(a_search_without_values_finds_nothing)
{
	struct mask m = MASK_INIT;
	struct mask_search s;

	mask_finish(&m);
	s = search_of(&m);
	mask_search(&s, "anything\n", 9);
	mask_search_again(&s);
	mask_search_close(&s);
	mask_free(&m);
}
END_TEST

static void
search_random_case(uint32_t number)
{
	char values[8][12], text[96];
	const char *list[8];
	size_t lens[8], n_values, len, end;
	struct mask m = MASK_INIT;
	struct mask_search s;

	seed = number * 2654435761u + 1;
	n_values = 1 + below(8);
	for (size_t v = 0; v < n_values; v++) {
		lens[v] = 4 + below(8);
		for (size_t i = 0; i < lens[v]; i++)
			values[v][i] = (char)('a' + below(2));
		list[v] = values[v];
		add_named(&m, "key", values[v], lens[v]);
	}
	mask_finish(&m);
	len = below(sizeof text + 1);
	for (size_t i = 0; i < len; i++)
		text[i] = below(6) ? (char)('a' + below(2)) : '\n';
	s = search_of(&m);
	for (size_t i = 0, part; i < len; i += part) {
		part = 1 + below((uint32_t)(len - i));
		mask_search(&s, text + i, part);
	}
	for (size_t v = 0; v < n_values; v++) {
		const struct simple simple = {list, lens, n_values, text, len};
		bool found = false;

		for (size_t i = 0; i < len; i++)
			found = found || (text[i] != '\n' && lens[v] >= MASK_SEARCH_MIN &&
					  agree(&simple, v, i, len, &end) == lens[v]);
		ck_assert_msg(s.found[v] == found, "case %u: value %zu of '%.*s'", number, v,
			      (int)len, text);
	}
	mask_search_close(&s);
	mask_free(&m);
}

START_TEST(random_searches_agree_with_the_obvious_way)
{
	for (uint32_t i = 0; i < RANDOM_CASES / 10; i++)
		search_random_case((uint32_t)_i * 1000003u + i);
}
END_TEST

/* What the first piece is of most lines is no reason for all of them to wait. */
START_TEST(a_line_is_held_only_for_four_bytes_of_a_value)
{
	struct mask m = MASK_OF("hunter2");
	struct got got = room(100);
	struct mask_stream s;

	open_stream(&s, &m);
	mask_feed(&s, "oh\n", 3, keep, &got);
	check_text(&got, "oh\n");
	mask_feed(&s, "hunt\n", 5, keep, &got);
	check_text(&got, "oh\n");
	mask_feed(&s, "x", 1, keep, &got);
	check_text(&got, "oh\nhunt\nx");
	mask_feed(&s, "hunter2\n", 8, keep, &got);
	check_text(&got, "oh\nhunt\nx***\n");
	mask_stream_close(&s);
	free(got.text);
	mask_free(&m);
}
END_TEST

START_TEST(the_empty_mask_can_be_finished_and_freed)
{
	struct mask m = MASK_INIT;

	mask_finish(&m);
	mask_free(&m);
	mask_free(&m);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_value_is_masked_wherever_the_stream_is_cut, 0,
			    sizeof table / sizeof *table);
	tcase_add_test(tc, values_may_hold_any_byte);
	tcase_add_test(tc, an_empty_value_hides_nothing);
	tcase_add_test(tc, a_stream_without_a_mask_passes_everything);
	tcase_add_test(tc, a_stream_is_ready_again_after_its_end);
	tcase_add_test(tc, only_what_may_still_be_a_value_is_held_back);
	tcase_add_test(tc, two_streams_of_one_mask_do_not_mix);
	tcase_add_loop_test(tc, the_longest_value_is_masked, 0, 5);
	tcase_add_test(tc, many_values_are_all_masked);
	tcase_add_test(tc, the_text_between_a_hundred_values_of_one_feed_is_kept);
	tcase_add_test(tc, no_value_is_shown_however_many_there_are_within_a_longer_start);
	tcase_add_loop_test(tc, random_streams_agree_with_the_obvious_way, 0, 10);
	tcase_add_loop_test(tc, the_cost_is_linear_in_the_bytes, 0, COUNT(worst));
	tcase_add_loop_test(tc, every_form_is_masked_wherever_the_stream_is_cut, 0, COUNT(formed));
	tcase_add_loop_test(tc, every_form_is_masked_across_a_line_end, 0, 2 * COUNT(formed));
	tcase_add_test(tc, base64_in_lines_is_masked_at_any_place_of_a_text);
	tcase_add_test(tc, forms_are_left_out_one_by_one);
	tcase_add_test(tc, a_search_tells_names);
	tcase_add_test(tc, a_search_without_values_finds_nothing);
	tcase_add_loop_test(tc, random_searches_agree_with_the_obvious_way, 0, 10);
	tcase_add_test(tc, a_line_is_held_only_for_four_bytes_of_a_value);
	tcase_add_test(tc, the_empty_mask_can_be_finished_and_freed);
}
