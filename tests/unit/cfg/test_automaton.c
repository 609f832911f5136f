/* SPDX-License-Identifier: MIT */
/* test_automaton - many texts, looked for at once. */
#include "cfg/automaton.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "tests.h"

static struct automaton a;
static struct err err;

static void
begin(void)
{
	a = AUTOMATON_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	automaton_free(&a);
	automaton_free(&a);
}

static int
add(const char *text, uint32_t owner)
{
	return automaton_add(&a, text, strlen(text), owner, SIZE_MAX, &err);
}

/* The state after a text, from the first one. */
static uint32_t
state_after(const char *text, uint64_t *n_links)
{
	uint32_t state = 0;

	for (; *text; text++)
		state = automaton_next(&a, state, (unsigned char)*text, n_links);
	return state;
}

static const struct automaton_node *
node_after(const char *text)
{
	uint64_t n_links = 0;

	return &automaton_nodes(&a)[state_after(text, &n_links)];
}

START_TEST(the_longest_text_that_ends_is_told)
{
	ck_assert_int_eq(add("he", 1), 0);
	ck_assert_int_eq(add("she", 2), 0);
	ck_assert_int_eq(add("hers", 3), 0);
	ck_assert_int_eq(add("usher", 4), 0);
	automaton_finish(&a);
	ck_assert_uint_eq(a.longest, 5);
	ck_assert_uint_eq(node_after("he")->match, 2);
	ck_assert_uint_eq(node_after("xshe")->match, 3);
	ck_assert_uint_eq(node_after("ushe")->match, 3);
	ck_assert_uint_eq(node_after("ushers")->match, 4);
	ck_assert_uint_eq(node_after("hex")->match, 0);
	ck_assert_uint_eq(node_after("hex")->depth, 0);
	ck_assert_uint_eq(node_after("xxush")->depth, 3);
}
END_TEST

START_TEST(line_ends_do_not_count)
{
	ck_assert_int_eq(add("\nline\r\ntwo\n", 1), 0);
	ck_assert_int_eq(add("\r\n", 2), 0);
	ck_assert_int_eq(add("", 3), 0);
	automaton_finish(&a);
	ck_assert_uint_eq(a.longest, 7);
	ck_assert_uint_eq(a.n_uses, 1);
	ck_assert_uint_eq(node_after("linetwo")->match, 7);
}
END_TEST

/* All owners of what ends at a node: its own, and those behind its link. */
static unsigned
owners_after(const char *text)
{
	const struct automaton_node *nodes = automaton_nodes(&a), *node = node_after(text);
	unsigned owners = 0;

	for (;; node = &nodes[node->link]) {
		for (uint32_t use = node->use; use; use = a.uses[use - 1].next)
			owners |= 1u << a.uses[use - 1].owner;
		if (!node->link)
			return owners;
	}
}

START_TEST(owners_are_told_all)
{
	ck_assert_int_eq(add("abcd", 0), 0);
	ck_assert_int_eq(add("bcd", AUTOMATON_NOBODY), 0);
	ck_assert_int_eq(add("cd", 1), 0);
	ck_assert_int_eq(add("cd", 2), 0);
	ck_assert_int_eq(add("cd", 2), 0);
	ck_assert_int_eq(add("d", 3), 0);
	ck_assert_int_eq(add("bc", 4), 0);
	automaton_finish(&a);
	ck_assert_uint_eq(a.n_uses, 5);
	ck_assert_uint_eq(owners_after("abcd"), 1 | 2 | 4 | 8);
	ck_assert_uint_eq(owners_after("bcd"), 2 | 4 | 8);
	ck_assert_uint_eq(owners_after("xd"), 8);
	ck_assert_uint_eq(owners_after("abc"), 16);
	ck_assert_uint_eq(owners_after("ab"), 0);
}
END_TEST

START_TEST(there_are_no_more_nodes_than_asked_for)
{
	ck_assert_int_eq(automaton_add(&a, "abcd", 4, 0, SIZE_MAX, &err), 0);
	ck_assert_uint_eq(a.n_nodes, 5);
	ck_assert_int_eq(automaton_add(&a, "abcdefg", 7, 1, 7, &err), 1);
	ck_assert_int_eq(automaton_add(&a, "x", 1, 1, 5, &err), 1);
	ck_assert_int_eq(automaton_add(&a, "x", 1, 1, 4, &err), 1);
	ck_assert_uint_eq(a.n_nodes, 5);
	ck_assert_uint_eq(a.n_uses, 1);
	/* What is there already takes none. */
	ck_assert_int_eq(automaton_add(&a, "abc", 3, 1, 5, &err), 0);
	ck_assert_int_eq(automaton_add(&a, "abcdef", 6, 1, 7, &err), 0);
	ck_assert_uint_eq(a.n_nodes, 7);
}
END_TEST

START_TEST(the_empty_one_finds_nothing)
{
	uint64_t n_links = 0;

	automaton_finish(&a);
	ck_assert_uint_eq(a.longest, 0);
	ck_assert_uint_eq(automaton_next(&a, 0, 'x', &n_links), 0);
}
END_TEST

/* However the texts are nested, a byte costs one link in the middle. */
START_TEST(links_are_never_more_than_bytes)
{
	char text[1001] = "";
	uint64_t n_links = 0;
	uint32_t state = 0;

	memset(text, 'a', 1000);
	for (size_t i = 1; i <= 1000; i += 37) {
		ck_assert_int_eq(automaton_add(&a, text, i, 0, SIZE_MAX, &err), 0);
		text[i - 1] = 'b';
		ck_assert_int_eq(automaton_add(&a, text, i, 0, SIZE_MAX, &err), 0);
		text[i - 1] = 'a';
	}
	automaton_finish(&a);
	for (uint64_t i = 1; i <= 100000; i++) {
		state = automaton_next(&a, state, "aaaaaaab"[i * i % 8191 % 8], &n_links);
		ck_assert_uint_le(n_links, i);
	}
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, the_longest_text_that_ends_is_told);
	tcase_add_test(tc, line_ends_do_not_count);
	tcase_add_test(tc, owners_are_told_all);
	tcase_add_test(tc, there_are_no_more_nodes_than_asked_for);
	tcase_add_test(tc, the_empty_one_finds_nothing);
	tcase_add_test(tc, links_are_never_more_than_bytes);
}
