/* SPDX-License-Identifier: MIT */
/* mask - replace the secret values of a configuration in a stream of output. */
#ifndef CFG_MASK_H
#define CFG_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/automaton.h"

#define MASK_TEXT "***"
#define MASK_RUNS 32

/* The values to look for. */
struct mask {
	struct automaton automaton;
	size_t n_left_out; /* forms, for want of nodes */
	char **names;	   /* of the keys whose values are there, which are no secrets */
	size_t n_names;
};

#define MASK_INIT ((struct mask){.automaton = AUTOMATON_INIT})

/*
 * mask_add - one value to hide, as it is; call mask_finish after the last one.
 *
 * Line ends do not count, in it or in the output: a value is found across them.
 */
int mask_add(struct mask *m, const char *value, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * mask_keep_name - a name for values; its number is n_names then.
 * mask_add_named - as mask_add, and known to mask_search by the name of that number; 0 for none.
 * mask_add_form  - as mask_add_named, unless it takes more than max_nodes in all: it is counted
 *                  then as left out.
 */
int mask_keep_name(struct mask *m, const char *name, size_t len, struct err *e)
	__attribute__((warn_unused_result));
int mask_add_named(struct mask *m, const char *value, size_t len, size_t name, struct err *e)
	__attribute__((warn_unused_result));
int mask_add_form(struct mask *m, const char *form, size_t len, size_t name, size_t max_nodes,
		  struct err *e) __attribute__((warn_unused_result));

/* mask_finish - make it ready for what follows. */
void mask_finish(struct mask *m);
void mask_free(struct mask *m);

/* One stream of output on its way through the mask. */
struct mask_stream {
	const struct mask *mask;
	struct secret
		held; /* from `head` on, bytes that may still turn out to be part of a value */
	size_t head;
	uint64_t passed;  /* bytes before those */
	uint64_t shown;	  /* bytes that are not held, whatever they may turn out to be */
	uint64_t *places; /* of the latest bytes that count, by their number */
	uint64_t n_places, places_mask;
	unsigned n_breaks; /* line ends since the last of them */
	uint32_t state;
	size_t n_runs;
	struct mask_run {
		size_t start, end; /* within what is held */
		bool shown;	   /* its MASK_TEXT is out */
	} runs[MASK_RUNS];
	uint64_t n_links, n_moved; /* what it has cost: neither is more than the bytes passed */
};

#define MASK_STREAM_INIT ((struct mask_stream){.held = SECRET_INIT})

/*
 * mask_stream_open - mask may be NULL or empty: then everything passes.  It must outlive the
 * stream.
 */
int mask_stream_open(struct mask_stream *s, const struct mask *mask, struct err *e)
	__attribute__((warn_unused_result));

/*
 * mask_feed - pass bytes through: `out` gets what is final, each value (overlapping ones together)
 * as MASK_TEXT, line ends within it too.  len 0 is the end: what is held is passed on.
 *
 * Of a value that is split by a line end behind its first, second or third byte these are shown:
 * otherwise most lines would have to wait for the next one.
 */
typedef void mask_out_fn(void *arg, const char *data, size_t len);
void mask_feed(struct mask_stream *s, const char *data, size_t len, mask_out_fn *out, void *arg);
void mask_stream_close(struct mask_stream *s);

/* A search for the values that have names, in one file after another. */
struct mask_search {
	const struct mask *mask;
	bool *found; /* by a name's number less one: one of its values is there */
	bool any;    /* one of all values is, whether it has a name or not */
	uint32_t state;
	unsigned n_breaks;
	unsigned char *seen; /* a bit for each node: what ends there is told */
};

#define MASK_SEARCH_INIT ((struct mask_search){.mask = NULL})

/* What is shorter is in any file by chance, and passed over. */
#define MASK_SEARCH_MIN 6

/* mask_search_open - the mask is ready, and outlives the search.  Fails: ERR_SYSTEM. */
int mask_search_open(struct mask_search *s, const struct mask *mask, struct err *e)
	__attribute__((warn_unused_result));

/*
 * Values of fewer than MASK_SEARCH_MIN bytes are passed over.
 *
 * mask_search       - look through the next bytes of a file, line ends within a value left aside;
 *                     linear in them, however many values there are, and occur.
 * mask_search_again - forget what was found: what follows is another file.
 */
void mask_search(struct mask_search *s, const char *data, size_t len);
void mask_search_again(struct mask_search *s);
void mask_search_close(struct mask_search *s);

#endif
