/* SPDX-License-Identifier: MIT */
/* mask - replace the secret values of a configuration in a stream of output. */
#include "cfg/mask.h"

#include <string.h>

#include "base/text.h"

#define CUSTOM_MIN 8
#define PEM_LINE_MIN 4
#define CHUNK 16384

/* A node of the tree of all values; 0 is the root and means "none" for every link. */
struct node {
	uint32_t child, sibling;
	uint32_t fail;	 /* the longest proper suffix that is in the tree */
	uint32_t depth;	 /* bytes from the root: what must be held back in this state */
	uint32_t match;	 /* bytes of the longest value that ends here, 0 for none */
	uint32_t queued; /* the next node in breadth-first order, while the tree is made ready */
	unsigned char byte;
};

static struct node *
nodes_of(const struct mask *m)
{
	return (struct node *)(void *)m->nodes.data;
}

static uint32_t
child_of(const struct node *nodes, uint32_t parent, unsigned char byte)
{
	uint32_t i = nodes[parent].child;

	while (i && nodes[i].byte != byte)
		i = nodes[i].sibling;
	return i;
}

static int
add_node(struct mask *m, uint32_t parent, unsigned char byte, uint32_t *child, struct err *e)
{
	struct node node = {.byte = byte};

	if (m->n_nodes) {
		node.depth = nodes_of(m)[parent].depth + 1;
		node.sibling = nodes_of(m)[parent].child;
	}
	if (secret_append(&m->nodes, &node, sizeof node, e))
		return -1;
	*child = (uint32_t)m->n_nodes++;
	if (*child)
		nodes_of(m)[parent].child = *child;
	return 0;
}

int
mask_add(struct mask *m, const char *value, size_t len, struct err *e)
{
	uint32_t at = 0, next;

	if (len == 0)
		return 0;
	if (m->n_nodes == 0 && add_node(m, 0, 0, &at, e))
		return -1;
	for (size_t i = 0; i < len; i++) {
		next = child_of(nodes_of(m), at, (unsigned char)value[i]);
		if (!next && add_node(m, at, (unsigned char)value[i], &next, e))
			return -1;
		at = next;
	}
	nodes_of(m)[at].match = (uint32_t)len;
	if (len > m->longest)
		m->longest = len;
	return 0;
}

static bool
names_secret(const char *key, size_t len)
{
	static const char *const parts[] = {"assword", "ASSWORD", "ecret", "ECRET"};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (memmem(key, len, parts[i], strlen(parts[i])))
			return true;
	return false;
}

static bool
is_secret_key(const char *key)
{
	return names_secret(key, strlen(key)) || strncmp(key, "serviceKey.", 11) == 0;
}

/* A value, and what is left of it when a shell has taken its blanks and quotes. */
static int
add_forms(struct mask *m, const char *value, size_t len, struct err *e)
{
	if (mask_add(m, value, len, e))
		return -1;
	value = text_trim(value, &len);
	if (mask_add(m, value, len, e))
		return -1;
	if (len > 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0])
		return mask_add(m, value + 1, len - 2, e);
	return 0;
}

static int
add_custom_line(struct mask *m, const char *line, size_t len, struct err *e)
{
	const char *equals = memchr(line, '=', len);
	size_t least = CUSTOM_MIN;

	if (equals) {
		if (names_secret(line, (size_t)(equals - line)))
			least = 1;
		len -= (size_t)(equals + 1 - line);
		line = equals + 1;
	}
	line = text_trim(line, &len);
	return len >= least ? add_forms(m, line, len, e) : 0;
}

int
mask_add_document(struct mask *m, const struct document *doc, struct err *e)
{
	const char *text = secret_reveal(&doc->text);

	for (size_t i = 0; i < doc->n_entries; i++)
		if (is_secret_key(doc->entries[i].key) &&
		    add_forms(m, document_value(doc, &doc->entries[i]), doc->entries[i].value_len,
			      e))
			return -1;
	for (size_t i = doc->custom; i < doc->text.len;) {
		const char *end = memchr(text + i, '\n', doc->text.len - i);
		size_t len = end ? (size_t)(end - text) - i : doc->text.len - i;

		if (add_custom_line(m, text + i, len, e))
			return -1;
		i += len + 1;
	}
	return 0;
}

int
mask_add_keys(struct mask *m, const struct secret *secret, bool is_key, struct err *e)
{
	static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY", rule[] = "-----";
	const char *text = secret_reveal(secret);
	bool inside = false;

	for (size_t i = 0; i < secret->len;) {
		const char *end = memchr(text + i, '\n', secret->len - i), *line = text + i;
		size_t whole = end ? (size_t)(end - line) : secret->len - i, len = whole;

		line = text_trim(line, &len);
		if (len >= sizeof rule - 1 && memcmp(line, rule, sizeof rule - 1) == 0)
			inside = len >= sizeof begin - 1 &&
				 memcmp(line, begin, sizeof begin - 1) == 0 &&
				 memmem(line, len, kind, sizeof kind - 1);
		else if ((inside || is_key) && len >= PEM_LINE_MIN && mask_add(m, line, len, e))
			return -1;
		i += whole + 1;
	}
	return 0;
}

void
mask_finish(struct mask *m)
{
	struct node *nodes = nodes_of(m);
	uint32_t last = 0;

	if (m->n_nodes == 0)
		return;
	/* Breadth first, the queue threaded through the nodes themselves. */
	for (uint32_t at = 0;; at = nodes[at].queued) {
		for (uint32_t child = nodes[at].child; child; child = nodes[child].sibling) {
			uint32_t fail = nodes[at].fail, found = 0;

			if (at) {
				while (!(found = child_of(nodes, fail, nodes[child].byte)) && fail)
					fail = nodes[fail].fail;
			}
			nodes[child].fail = found;
			if (nodes[child].match < nodes[found].match)
				nodes[child].match = nodes[found].match;
			nodes[last].queued = child;
			last = child;
		}
		if (at == last)
			return;
	}
}

void
mask_free(struct mask *m)
{
	secret_free(&m->nodes);
	*m = MASK_INIT;
}

int
mask_stream_open(struct mask_stream *s, const struct mask *mask, struct err *e)
{
	*s = MASK_STREAM_INIT;
	if (!mask || mask->n_nodes == 0)
		return 0;
	s->mask = mask;
	return secret_reserve(&s->held, mask->longest + CHUNK, e);
}

/* A value ends at `end` and is `len` long: joins the runs that it touches. */
static void
add_run(struct mask_stream *s, size_t end, size_t len)
{
	struct mask_run run = {.start = end - len, .end = end};

	while (s->n_runs && s->runs[s->n_runs - 1].end >= run.start) {
		const struct mask_run *top = &s->runs[--s->n_runs];

		if (top->start < run.start)
			run.start = top->start;
		run.shown = run.shown || top->shown;
	}
	if (s->n_runs == MASK_RUNS) {
		/* No room: rather hide what lies between the latest two than show either. */
		s->runs[MASK_RUNS - 1].end = run.end;
		return;
	}
	s->runs[s->n_runs++] = run;
}

/* Passes on the first `end` bytes of what is held, masked, and forgets them. */
static void
release(struct mask_stream *s, size_t end, mask_out_fn *out, void *arg)
{
	const char *held = secret_reveal(&s->held);
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < s->n_runs; i++) {
		struct mask_run run = s->runs[i];

		if (run.start < end) {
			if (run.start > at)
				out(arg, held + at, run.start - at);
			if (!run.shown)
				out(arg, MASK_TEXT, sizeof MASK_TEXT - 1);
			run.shown = true;
			at = run.end < end ? run.end : end;
		}
		/* A run that ends right here is kept: the next byte may lengthen it. */
		if (run.end >= end) {
			run.start = run.start > end ? run.start - end : 0;
			run.end -= end;
			s->runs[kept++] = run;
		}
	}
	s->n_runs = kept;
	if (at < end)
		out(arg, held + at, end - at);
	s->held.len -= end;
	memmove(s->held.data, s->held.data + end, s->held.len);
}

static void
feed_chunk(struct mask_stream *s, const char *data, size_t len, mask_out_fn *out, void *arg)
{
	const struct node *nodes = nodes_of(s->mask);
	uint32_t state = s->state, next;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)data[i];

		s->held.data[s->held.len++] = byte;
		while (!(next = child_of(nodes, state, byte)) && state)
			state = nodes[state].fail;
		state = next;
		if (!nodes[state].match)
			continue;
		/* What is final makes room; the value that ends here is still held. */
		if (s->n_runs == MASK_RUNS)
			release(s, s->held.len - nodes[state].depth, out, arg);
		add_run(s, s->held.len, nodes[state].match);
	}
	s->state = state;
	release(s, s->held.len - nodes[state].depth, out, arg);
}

void
mask_feed(struct mask_stream *s, const char *data, size_t len, mask_out_fn *out, void *arg)
{
	if (!s->mask) {
		if (len)
			out(arg, data, len);
		return;
	}
	if (len == 0) {
		release(s, s->held.len, out, arg);
		s->state = 0;
		s->n_runs = 0;
		return;
	}
	while (len) {
		size_t part = len < CHUNK ? len : CHUNK;

		feed_chunk(s, data, part, out, arg);
		data += part;
		len -= part;
	}
}

void
mask_stream_close(struct mask_stream *s)
{
	secret_free(&s->held);
	*s = MASK_STREAM_INIT;
}
