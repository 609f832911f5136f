/* SPDX-License-Identifier: MIT */
/* scratch_mask - texts on their way through a mask, cut in every way. */
#ifndef TESTS_UNIT_SCRATCH_MASK_H
#define TESTS_UNIT_SCRATCH_MASK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/mask.h"

/* What came out of a stream. */
struct got {
	char *text;
	size_t len, capacity;
};

static inline void
keep(void *arg, const char *data, size_t len)
{
	struct got *got = arg;

	ck_assert_uint_le(got->len + len, got->capacity);
	memcpy(got->text + got->len, data, len);
	got->len += len;
}

static inline struct got
room(size_t capacity)
{
	struct got got = {.text = malloc(capacity ? capacity : 1), .capacity = capacity};

	ck_assert_ptr_nonnull(got.text);
	return got;
}

static inline void
open_stream(struct mask_stream *s, const struct mask *m)
{
	struct err e = ERR_INIT;

	*s = MASK_STREAM_INIT;
	ck_assert_int_eq(mask_stream_open(s, m, &e), 0);
}

/* Feeds text in parts of `step` bytes, and its end. */
static inline struct got
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

static inline void
check_text(const struct got *got, const char *expected)
{
	ck_assert_msg(got->len == strlen(expected) && memcmp(got->text, expected, got->len) == 0,
		      "got '%.*s', not '%s'", (int)got->len, got->text, expected);
}

/* The same whichever way the text is cut: in equal steps, and in two at every position. */
static inline void
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

/* 64 KiB of letters without a period that is short. */
static inline void
fill_long(char *value, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245u + 12345u;
		value[i] = (char)('a' + (x >> 16) % 26);
	}
}

#endif
