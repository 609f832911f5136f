/* SPDX-License-Identifier: MIT */
/* automaton - many texts, looked for at once in time that is linear in what is searched. */
#ifndef CFG_AUTOMATON_H
#define CFG_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define AUTOMATON_BREAKS_MAX 2 /* line ends in a row that may split a text: "\r\n", an empty line */

/* A node of the tree of all texts; 0 is the root and means "none" for every link. */
struct automaton_node {
	uint32_t child, sibling;
	uint32_t fail;	/* the longest proper suffix that is in the tree */
	uint32_t depth; /* bytes from the root: what must be held back in this state */
	uint32_t match; /* bytes of the longest text that ends here, 0 for none */
	uint32_t link;	/* the longest proper suffix with owners; until it is ready, what is next */
	uint32_t use;	/* the latest of its owners: one more than its place among the uses */
	unsigned char byte;
};

/* The texts are secret, so the nodes live in guarded memory; who owns them is not. */
struct automaton {
	struct secret nodes;
	size_t n_nodes;
	size_t longest; /* bytes of the longest text */
	struct automaton_use {
		uint32_t owner, next;
	} * uses;
	size_t n_uses, uses_capacity;
	uint32_t root[256]; /* the children of the root, when it is ready */
};

#define AUTOMATON_INIT ((struct automaton){.nodes = SECRET_INIT})
#define AUTOMATON_NOBODY UINT32_MAX

/*
 * automaton_add - one more text.  Line ends in it do not count.
 *
 * owner      what automaton_owners tells of it; or AUTOMATON_NOBODY
 * max_nodes  above which the text is left out
 *
 * Returns 1 when it was left out.
 *
 * Fails:   ERR_SYSTEM.
 */
int automaton_add(struct automaton *a, const char *text, size_t len, uint32_t owner,
		  size_t max_nodes, struct err *e) __attribute__((warn_unused_result));

/*
 * automaton_finish - make it ready; no text may follow.
 *
 * Source:  Aho and Corasick, Efficient string matching, CACM 18(6), 1975.
 */
void automaton_finish(struct automaton *a);
void automaton_free(struct automaton *a);

static inline const struct automaton_node *
automaton_nodes(const struct automaton *a)
{
	return (const struct automaton_node *)(const void *)secret_reveal(&a->nodes);
}

static inline uint32_t
automaton_child(const struct automaton_node *nodes, uint32_t parent, unsigned char byte)
{
	uint32_t i = nodes[parent].child;

	while (i && nodes[i].byte != byte)
		i = nodes[i].sibling;
	return i;
}

/*
 * automaton_next - the state after one byte that is no line end; the first state is 0.
 *
 * n_links  grows by the fail links that were followed: never more than there were bytes
 */
static inline uint32_t
automaton_next(const struct automaton *a, uint32_t state, unsigned char byte, uint64_t *n_links)
{
	const struct automaton_node *nodes = automaton_nodes(a);

	while (state) {
		uint32_t next = automaton_child(nodes, state, byte);

		if (next)
			return next;
		state = nodes[state].fail;
		++*n_links;
	}
	return a->root[byte];
}

#endif
