/* SPDX-License-Identifier: MIT */
/* mask - replace the secret values of a configuration in a stream of output. */
#include "cfg/mask.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 16384
#define SHOWN_AT_BREAK 4 /* fewer bytes than these of a value are not held at a line end */

static bool
is_line_end(unsigned char byte)
{
	return byte == '\n' || byte == '\r';
}

int
mask_keep_name(struct mask *m, const char *name, size_t len, struct err *e)
{
	char **names;

	/* Doubled at every power of two. */
	if ((m->n_names & (m->n_names - 1)) == 0) {
		names = realloc(m->names, 2 * (m->n_names + !m->n_names) * sizeof *names);
		if (!names)
			return err_sys(e, "cannot keep a key's name");
		m->names = names;
	}
	m->names[m->n_names] = strndup(name, len);
	if (!m->names[m->n_names])
		return err_sys(e, "cannot keep a key's name");
	m->n_names++;
	return 0;
}

int
mask_add_form(struct mask *m, const char *form, size_t len, size_t name, size_t max_nodes,
	      struct err *e)
{
	uint32_t owner = name && len >= MASK_SEARCH_MIN ? (uint32_t)name - 1 : AUTOMATON_NOBODY;
	int result = automaton_add(&m->automaton, form, len, owner, max_nodes, e);

	if (result > 0)
		m->n_left_out++;
	return result < 0 ? -1 : 0;
}

int
mask_add_named(struct mask *m, const char *value, size_t len, size_t name, struct err *e)
{
	return mask_add_form(m, value, len, name, SIZE_MAX, e);
}

int
mask_add(struct mask *m, const char *value, size_t len, struct err *e)
{
	return mask_add_named(m, value, len, 0, e);
}

void
mask_finish(struct mask *m)
{
	automaton_finish(&m->automaton);
}

void
mask_free(struct mask *m)
{
	automaton_free(&m->automaton);
	for (size_t i = 0; i < m->n_names; i++)
		free(m->names[i]);
	free(m->names);
	*m = MASK_INIT;
}

int
mask_stream_open(struct mask_stream *s, const struct mask *mask, struct err *e)
{
	size_t longest = mask ? mask->automaton.longest : 0;
	uint64_t n_places = 1;

	*s = MASK_STREAM_INIT;
	if (longest == 0)
		return 0;
	while (n_places <= longest)
		n_places *= 2;
	s->places = calloc(n_places, sizeof *s->places);
	if (!s->places)
		return err_sys(e, "cannot mask the output");
	s->places_mask = n_places - 1;
	s->mask = mask;
	/* Twice what may be held: it is moved to the front only when as much has gone through. */
	return secret_reserve(&s->held, 2 * longest * (1 + AUTOMATON_BREAKS_MAX) + CHUNK, e);
}

static size_t
n_held(const struct mask_stream *s)
{
	return s->held.len - s->head;
}

/* Where the latest n bytes that count begin, within what is held. */
static size_t
begin_of(const struct mask_stream *s, uint32_t n)
{
	uint64_t place = s->places[(s->n_places - n) & s->places_mask];

	if (place < s->shown)
		place = s->shown;
	return place > s->passed ? (size_t)(place - s->passed) : 0;
}

/* How much of what is held cannot be part of a value any more. */
static size_t
final_of(const struct mask_stream *s)
{
	uint32_t depth = automaton_nodes(&s->mask->automaton)[s->state].depth;
	size_t begin = depth ? begin_of(s, depth) : n_held(s);

	return begin < n_held(s) ? begin : n_held(s);
}

/* A value is [start, end) of what is held: joins the runs that it touches. */
static void
add_run(struct mask_stream *s, size_t start, size_t end)
{
	struct mask_run run = {.start = start, .end = end};

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
	const char *held = secret_reveal(&s->held) + s->head;
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
	s->passed += end;
	s->head += end;
}

static void
make_room(struct mask_stream *s, size_t len)
{
	size_t n = n_held(s);

	if (secret_spare(&s->held) >= len)
		return;
	memmove(secret_edit(&s->held), secret_edit(&s->held) + s->head, n);
	s->n_moved += n;
	s->held.len = n;
	s->head = 0;
}

static void
hold(struct mask_stream *s, const char *data, size_t len)
{
	memcpy(secret_edit(&s->held) + s->held.len, data, len);
	s->held.len += len;
}

static void
take_line_end(struct mask_stream *s)
{
	if (++s->n_breaks > AUTOMATON_BREAKS_MAX)
		s->state = 0;
	else if (automaton_nodes(&s->mask->automaton)[s->state].depth < SHOWN_AT_BREAK)
		s->shown = s->passed + n_held(s);
}

static void
take_byte(struct mask_stream *s, unsigned char byte, mask_out_fn *out, void *arg)
{
	const struct automaton_node *nodes = automaton_nodes(&s->mask->automaton);

	s->n_breaks = 0;
	s->places[s->n_places++ & s->places_mask] = s->passed + n_held(s) - 1;
	s->state = automaton_next(&s->mask->automaton, s->state, byte, &s->n_links);
	if (!nodes[s->state].match)
		return;
	/* What is final makes room; the value that ends here is still held. */
	if (s->n_runs == MASK_RUNS)
		release(s, final_of(s), out, arg);
	add_run(s, begin_of(s, nodes[s->state].match), n_held(s));
	/* A value that cannot become a longer one holds nothing back. */
	while (s->state && !nodes[s->state].child) {
		s->state = nodes[s->state].fail;
		s->n_links++;
	}
}

static void
feed_chunk(struct mask_stream *s, const char *data, size_t len, mask_out_fn *out, void *arg)
{
	const uint32_t *root = s->mask->automaton.root;

	make_room(s, len);
	for (size_t i = 0; i < len;) {
		size_t n = 0;

		/* Most bytes begin nothing. */
		while (s->state == 0 && i + n < len && !root[(unsigned char)data[i + n]])
			n++;
		hold(s, data + i, n);
		i += n;
		if (i == len)
			break;
		hold(s, data + i, 1);
		if (is_line_end((unsigned char)data[i]))
			take_line_end(s);
		else
			take_byte(s, (unsigned char)data[i], out, arg);
		i++;
	}
	release(s, final_of(s), out, arg);
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
		release(s, n_held(s), out, arg);
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
	free(s->places);
	secret_free(&s->held);
	*s = MASK_STREAM_INIT;
}

/* --- a search --- */

int
mask_search_open(struct mask_search *s, const struct mask *mask, struct err *e)
{
	*s = MASK_SEARCH_INIT;
	s->seen = calloc(mask->automaton.n_nodes / 8 + 1, 1);
	s->found = calloc(mask->n_names + 1, sizeof *s->found);
	s->mask = mask;
	if (s->seen && s->found)
		return 0;
	mask_search_close(s);
	return err_sys(e, "cannot search for values");
}

/* What ends at a node ends at it whenever it is met: the first time counts. */
static void
find_owners(struct mask_search *s, uint32_t node)
{
	const struct automaton *a = &s->mask->automaton;
	const struct automaton_node *nodes = automaton_nodes(a);

	for (; node && !(s->seen[node / 8] & 1u << node % 8); node = nodes[node].link) {
		s->seen[node / 8] |= (unsigned char)(1u << node % 8);
		for (uint32_t use = nodes[node].use; use; use = a->uses[use - 1].next)
			s->found[a->uses[use - 1].owner] = true;
	}
}

void
mask_search(struct mask_search *s, const char *data, size_t len)
{
	const struct automaton *a = &s->mask->automaton;
	const struct automaton_node *nodes = automaton_nodes(a);
	uint64_t n_links = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (is_line_end(byte)) {
			if (s->state && ++s->n_breaks > AUTOMATON_BREAKS_MAX)
				s->state = 0;
			continue;
		}
		s->n_breaks = 0;
		s->state = automaton_next(a, s->state, byte, &n_links);
		if (s->state && nodes[s->state].match) {
			s->any = s->any || nodes[s->state].match >= MASK_SEARCH_MIN;
			find_owners(s, s->state);
		}
	}
}

void
mask_search_again(struct mask_search *s)
{
	s->state = 0;
	s->any = false;
	memset(s->seen, 0, s->mask->automaton.n_nodes / 8 + 1);
	memset(s->found, 0, (s->mask->n_names + 1) * sizeof *s->found);
}

void
mask_search_close(struct mask_search *s)
{
	free(s->seen);
	free(s->found);
	*s = MASK_SEARCH_INIT;
}
