/* SPDX-License-Identifier: MIT */
/* automaton - many texts, looked for at once in time that is linear in what is searched. */
#include "cfg/automaton.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NODES_AT_FIRST 2048

static struct automaton_node *
nodes_of(struct automaton *a)
{
	return (struct automaton_node *)(void *)secret_edit(&a->nodes);
}

static int
add_node(struct automaton *a, uint32_t parent, unsigned char byte, uint32_t *child, struct err *e)
{
	struct automaton_node node = {.byte = byte};

	if (a->n_nodes == UINT32_MAX) {
		errno = ENOMEM;
		return err_sys(e, "cannot keep what is to be hidden");
	}
	if (a->n_nodes) {
		node.depth = nodes_of(a)[parent].depth + 1;
		node.sibling = nodes_of(a)[parent].child;
	}
	/* Guarded memory is slow to get, and to be grown it is got anew. */
	if ((!a->n_nodes && secret_reserve(&a->nodes, NODES_AT_FIRST * sizeof node, e)) ||
	    secret_append(&a->nodes, &node, sizeof node, e))
		return -1;
	*child = (uint32_t)a->n_nodes++;
	if (*child)
		nodes_of(a)[parent].child = *child;
	return 0;
}

static bool
is_line_end(char byte)
{
	return byte == '\n' || byte == '\r';
}

/* How far the tree has the text already: *at is moved there, and the bytes until then returned. */
static size_t
follow(struct automaton *a, const char *text, size_t len, uint32_t *at)
{
	for (size_t i = 0; i < len; i++) {
		uint32_t next;

		if (is_line_end(text[i]))
			continue;
		next = automaton_child(nodes_of(a), *at, (unsigned char)text[i]);
		if (!next)
			return i;
		*at = next;
	}
	return len;
}

static int
own(struct automaton *a, uint32_t node, uint32_t owner, struct err *e)
{
	uint32_t use = nodes_of(a)[node].use;

	if (owner == AUTOMATON_NOBODY || (use && a->uses[use - 1].owner == owner))
		return 0;
	if (a->n_uses == a->uses_capacity) {
		size_t capacity = a->uses_capacity ? 2 * a->uses_capacity : 64;
		struct automaton_use *uses = reallocarray(a->uses, capacity, sizeof *uses);

		if (!uses)
			return err_sys(e, "cannot keep what is to be hidden");
		a->uses = uses;
		a->uses_capacity = capacity;
	}
	a->uses[a->n_uses++] = (struct automaton_use){.owner = owner, .next = use};
	nodes_of(a)[node].use = (uint32_t)a->n_uses;
	return 0;
}

int
automaton_add(struct automaton *a, const char *text, size_t len, uint32_t owner, size_t max_nodes,
	      struct err *e)
{
	struct automaton_node *node;
	uint32_t at = 0;
	size_t i;

	if (a->n_nodes == 0 && add_node(a, 0, 0, &at, e))
		return -1;
	i = follow(a, text, len, &at);
	if (i < len && (a->n_nodes > max_nodes || len - i > max_nodes - a->n_nodes))
		return 1;
	for (; i < len; i++)
		if (!is_line_end(text[i]) && add_node(a, at, (unsigned char)text[i], &at, e))
			return -1;
	if (at == 0)
		return 0;
	node = &nodes_of(a)[at];
	node->match = node->depth;
	if (node->depth > a->longest)
		a->longest = node->depth;
	return own(a, at, owner, e);
}

/* The fail link of a child of `parent`; those of all that is less deep are known. */
static void
link_child(struct automaton_node *nodes, uint32_t parent, uint32_t child)
{
	uint32_t fail = nodes[parent].fail, found = 0;

	if (parent) {
		while (!(found = automaton_child(nodes, fail, nodes[child].byte)) && fail)
			fail = nodes[fail].fail;
	}
	nodes[child].fail = found;
	if (nodes[child].match < nodes[found].match)
		nodes[child].match = nodes[found].match;
}

void
automaton_finish(struct automaton *a)
{
	struct automaton_node *nodes = nodes_of(a);
	uint32_t last = 0, next;

	if (a->n_nodes == 0)
		return;
	/* Breadth first, the queue threaded through the links of the nodes that wait in it. */
	for (uint32_t at = 0;; at = next) {
		uint32_t child, fail = nodes[at].fail;

		for (child = nodes[at].child; child; child = nodes[child].sibling) {
			link_child(nodes, at, child);
			nodes[last].link = child;
			last = child;
		}
		next = nodes[at].link;
		nodes[at].link = at == 0 || nodes[fail].use ? fail : nodes[fail].link;
		if (at == last)
			break;
	}
	for (uint32_t child = nodes[0].child; child; child = nodes[child].sibling)
		a->root[nodes[child].byte] = child;
}

void
automaton_free(struct automaton *a)
{
	secret_free(&a->nodes);
	free(a->uses);
	explicit_bzero(a, sizeof *a);
	*a = AUTOMATON_INIT;
}
