/* SPDX-License-Identifier: MIT */
/* test_mask - secret values in a stream of output, however it is cut into pieces. */
#include "cfg/mask.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RANDOM_CASES 30000

/* What came out of a stream. */
struct got {
	char *text;
	size_t len, capacity;
};

static void
keep(void *arg, const char *data, size_t len)
{
	struct got *got = arg;

	ck_assert_uint_le(got->len + len, got->capacity);
	memcpy(got->text + got->len, data, len);
	got->len += len;
}

static struct got
room(size_t capacity)
{
	struct got got = {.text = malloc(capacity ? capacity : 1), .capacity = capacity};

	ck_assert_ptr_nonnull(got.text);
	return got;
}

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

static void
open_stream(struct mask_stream *s, const struct mask *m)
{
	struct err e = ERR_INIT;

	*s = MASK_STREAM_INIT;
	ck_assert_int_eq(mask_stream_open(s, m, &e), 0);
}

/* Feeds text in parts of `step` bytes, and its end. */
static struct got
feed_in_steps(const struct mask *m, const char *text, size_t len, size_t step)
{
	struct got got = room(len * 3 + 16);
	struct mask_stream s;

	open_stream(&s, m);
	for (size_t i = 0; i < len; i += step)
		mask_feed(&s, text + i, len - i < step ? len - i : step, keep, &got);
	mask_feed(&s, "", 0, keep, &got);
	mask_stream_close(&s);
	return got;
}

static void
check_text(const struct got *got, const char *expected)
{
	ck_assert_msg(got->len == strlen(expected) && memcmp(got->text, expected, got->len) == 0,
		      "got '%.*s', not '%s'", (int)got->len, got->text, expected);
}

/* The same whichever way the text is cut: in equal steps, and in two at every position. */
static void
check_masked(struct mask m, const char *text, const char *expected)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len + 1; step++) {
		struct got got = feed_in_steps(&m, text, len, step);

		check_text(&got, expected);
		free(got.text);
	}
	for (size_t cut = 1; cut < len; cut++) {
		struct got got = room(len * 3 + 16);
		struct mask_stream s;

		open_stream(&s, &m);
		mask_feed(&s, text, cut, keep, &got);
		mask_feed(&s, text + cut, len - cut, keep, &got);
		mask_feed(&s, "", 0, keep, &got);
		mask_stream_close(&s);
		check_text(&got, expected);
		free(got.text);
	}
	mask_free(&m);
}

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

/* 64 KiB of letters without a period that is short. */
static void
fill_long(char *value, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245u + 12345u;
		value[i] = (char)('a' + (x >> 16) % 26);
	}
}

START_TEST(the_longest_value_is_masked)
{
	static const size_t steps[] = {1000, 16384, 16385, 65536, 200000};
	size_t len = DOCUMENT_VALUE_MAX;
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

/* The obvious way: a byte is hidden when any value covers it; touching values are one. */
static size_t
mask_simply(const char *const *values, const size_t *lens, size_t n_values, const char *text,
	    size_t len, char *out)
{
	bool hidden[256] = {false};
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		for (size_t v = 0; v < n_values; v++)
			if (lens[v] && lens[v] <= len - i &&
			    memcmp(text + i, values[v], lens[v]) == 0)
				memset(hidden + i, true, lens[v]);
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
		text[i] = (char)('a' + below((uint32_t)letters + below(2)));
	n = mask_simply(list, lens, n_values, text, len, expected);
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

static double
seconds_for(const struct mask *m, const char *text, size_t len, size_t step)
{
	struct timespec from, to;
	struct got got;

	clock_gettime(CLOCK_MONOTONIC, &from);
	got = feed_in_steps(m, text, len, step);
	clock_gettime(CLOCK_MONOTONIC, &to);
	free(got.text);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* The worst texts: nearly a value at every byte.  A quadratic way takes minutes. */
START_TEST(four_megabytes_take_linear_time)
{
	size_t len = 4u << 20;
	char *text = malloc(len), *value = malloc(4096);
	struct mask m = MASK_INIT;
	double quarter, whole;

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(value);
	memset(text, 'a', len);
	memset(value, 'a', 4096);
	value[4095] = 'b';
	for (size_t i = 1; i < 64; i++)
		add(&m, value + 4096 - i * 64, i * 64);
	mask_finish(&m);
	quarter = seconds_for(&m, text, len / 4, 16384);
	whole = seconds_for(&m, text, len, 16384);
	ck_assert_msg(whole < 2.0, "%.2f s", whole);
	/* Four times the bytes: four times as long, with room for a busy machine. */
	ck_assert_msg(whole < 12 * quarter + 0.1, "%.3f s, and %.3f s for a quarter of it", whole,
		      quarter);
	free(text);
	free(value);
	mask_free(&m);
}
END_TEST

/* The document of a text; it needs no trailer, for it is a regular file's. */
static struct document
document_of(const char *text)
{
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "test", &e) == 0, "%s", e.msg);
	close(fd);
	return doc;
}

static const struct {
	const char *cfg, *text, *expected;
} documents[] = {
	{"dependency.D.password=pw1\n", "pw1", "***"},
	{"dataSource.d.servicePassword=pw1\n", "pw1", "***"},
	{"DB_PASSWORD=pw1\n", "pw1", "***"},
	{"clientSecret=pw1\n", "pw1", "***"},
	{"A_SECRET=pw1\n", "pw1", "***"},
	{"serviceKey.admin.user=root1\n", "root1", "***"},
	{"serviceKey.admin.password=pw1\n", "pw1", "***"},
	{"serviceKeys=admin1\n", "admin1", "admin1"},
	{"runAsUser=www-data\n", "www-data", "www-data"},
	{"servicePassword=\nname=x\n", "x", "x"},
	{"name=a=b\npassword=p=q;r\n", "p=q;r a=b", "*** a=b"},
	{"name=x\n[custom]\ntoken=12345678\n", "is 12345678", "is ***"},
	{"name=x\n[custom]\ntoken=1234567\n", "is 1234567", "is 1234567"},
	{"name=x\n[custom]\na whole line\n", "say a whole line.", "say ***."},
	{"name=x\n[custom]\n# apiToken=commented1\n", "commented1", "***"},
	{"name=x\n[custom]\ndbPassword=hunt3r2\n", "is hunt3r2", "is ***"},
	{"name=x\n[custom]\nquoted='hunter2hunter2'\n", "is hunter2hunter2", "is ***"},
	{"name=x\n[custom]\ntoken= 12345678 ", "is 12345678", "is ***"},
};

START_TEST(the_secrets_of_a_document_are_told_by_their_keys)
{
	struct document doc = document_of(documents[_i].cfg);
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(mask_add_document(&m, &doc, &e), 0);
	mask_finish(&m);
	check_masked(m, documents[_i].text, documents[_i].expected);
	document_free(&doc);
}
END_TEST

START_TEST(the_lines_of_a_private_key_are_masked)
{
	static const char pem[] = "-----BEGIN PRIVATE KEY-----\r\n"
				  "MIIEvQIBADANBgkqhkiG9w0BAQ\r\n"
				  "  c3VwZXJzZWNyZXRrZXliYXNl\n"
				  "short==\n"
				  "-----END PRIVATE KEY-----\n"
				  "-----BEGIN CERTIFICATE-----\n"
				  "QW55Ym9keSBtYXkgc2VlIHRoaXM=\n"
				  "-----END CERTIFICATE-----\n";
	struct secret text = SECRET_INIT;
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(secret_append(&text, pem, sizeof pem - 1, &e), 0);
	ck_assert_int_eq(mask_add_keys(&m, &text, false, &e), 0);
	mask_finish(&m);
	check_masked(m,
		     "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n"
		     "c3VwZXJzZWNyZXRrZXliYXNl\nshort==\nQW55Ym9keSBtYXkgc2VlIHRoaXM=\n",
		     "-----BEGIN PRIVATE KEY-----\n***\n***\n***\nQW55Ym9keSBtYXkgc2VlIHRoaXM=\n");
	secret_free(&text);
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

static Suite *
mask_suite(void)
{
	Suite *suite = suite_create("mask");
	TCase *tc = tcase_create("mask");

	tcase_set_timeout(tc, 30);
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
	tcase_add_test(tc, four_megabytes_take_linear_time);
	tcase_add_loop_test(tc, the_secrets_of_a_document_are_told_by_their_keys, 0,
			    sizeof documents / sizeof *documents);
	tcase_add_test(tc, the_lines_of_a_private_key_are_masked);
	tcase_add_test(tc, the_empty_mask_can_be_finished_and_freed);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(mask_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
