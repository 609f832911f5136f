/* SPDX-License-Identifier: MIT */
/* test_arena - copies stay what they were, whatever comes after them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests.h"

static struct arena arena;
static struct err err;

static void
setup(void)
{
	arena = ARENA_INIT;
	err = ERR_INIT;
}

static void
teardown(void)
{
	arena_free(&arena);
}

START_TEST(a_copy_is_terminated_and_its_own)
{
	char text[] = "enstratus-start and more";
	char *copy = arena_copy(&arena, text, 15, &err);

	ck_assert_str_eq(copy, "enstratus-start");
	memset(text, 'x', sizeof text);
	ck_assert_str_eq(copy, "enstratus-start");
}
END_TEST

START_TEST(an_empty_string_and_zero_bytes_are_kept)
{
	char *empty = arena_copy(&arena, "", 0, &err);
	char *zeros = arena_copy(&arena, "a\0b", 3, &err);

	ck_assert_str_eq(empty, "");
	ck_assert_mem_eq(zeros, "a\0b\0", 4);
	ck_assert_ptr_ne(empty, zeros);
}
END_TEST

START_TEST(many_copies_of_every_length_stay_as_they_were)
{
	enum { N = 3000 };
	static char *copies[N];
	static char text[2 * 65536 + 3];

	for (size_t i = 0; i < N; i++) {
		size_t len = i % 500 == 499 ? sizeof text - i : i * 7 % 211;

		memset(text, 'a' + (int)(i % 26), sizeof text);
		copies[i] = arena_copy(&arena, text, len, &err);
		ck_assert_ptr_nonnull(copies[i]);
	}
	for (size_t i = 0; i < N; i++) {
		size_t len = i % 500 == 499 ? sizeof text - i : i * 7 % 211;

		memset(text, 'a' + (int)(i % 26), sizeof text);
		ck_assert_uint_eq(strlen(copies[i]), len);
		ck_assert_mem_eq(copies[i], text, len);
	}
}
END_TEST

/* 65536 is what one chunk holds: the terminator has to fit as well. */
START_TEST(lengths_around_a_chunk_fit)
{
	static const size_t lens[] = {65534, 65535, 65536, 65537};
	char *text = malloc(lens[3]);

	memset(text, 'z', lens[3]);
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		char *copy = arena_copy(&arena, text, lens[i], &err), *next;

		ck_assert_ptr_nonnull(copy);
		next = arena_copy(&arena, "next", 4, &err);
		ck_assert_uint_eq(strlen(copy), lens[i]);
		ck_assert_str_eq(next, "next");
	}
	free(text);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose allocator would end the process */
START_TEST(what_does_not_fit_into_memory_is_an_error)
{
	ck_assert_ptr_null(arena_copy(&arena, "", SIZE_MAX / 2, &err));
	ck_assert_int_eq(err_status(&err), 71);
	ck_assert_str_eq(arena_copy(&arena, "still good", 10, &err), "still good");
}
END_TEST
#endif

START_TEST(a_freed_one_is_as_new)
{
	ck_assert_ptr_nonnull(arena_copy(&arena, "a", 1, &err));
	arena_free(&arena);
	arena_free(&arena);
	ck_assert_str_eq(arena_copy(&arena, "b", 1, &err), "b");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_copy_is_terminated_and_its_own);
	tcase_add_test(tc, an_empty_string_and_zero_bytes_are_kept);
	tcase_add_test(tc, many_copies_of_every_length_stay_as_they_were);
	tcase_add_test(tc, lengths_around_a_chunk_fit);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tc, what_does_not_fit_into_memory_is_an_error);
#endif
	tcase_add_test(tc, a_freed_one_is_as_new);
}
