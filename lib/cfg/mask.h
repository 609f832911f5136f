/* SPDX-License-Identifier: MIT */
/* mask - replace the secret values of a configuration in a stream of output. */
#ifndef CFG_MASK_H
#define CFG_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"

#define MASK_TEXT "***"
#define MASK_RUNS 32

/* The values to look for, as one automaton; it holds their bytes, so it lives in guarded memory. */
struct mask {
	struct secret nodes;
	size_t n_nodes;
	size_t longest; /* bytes of the longest value */
};

#define MASK_INIT ((struct mask){.nodes = SECRET_INIT})

/* mask_add - one value to hide; an empty one is left out.  Call mask_finish after the last one. */
int mask_add(struct mask *m, const char *value, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * mask_add_document - the values that are secret by their key (one that holds "assword" or "ecret",
 * or is serviceKey.*) and, of [custom], every value or line of 8 bytes or more and those of such
 * keys; also without the blanks and quotes around them, which a shell takes away.
 *
 * Source:  enstratus-cfg(5), SECRETS.
 */
int mask_add_document(struct mask *m, const struct document *doc, struct err *e)
	__attribute__((warn_unused_result));

/*
 * mask_add_keys - every line of 4 bytes or more of the private keys in a text in PEM form.
 *
 * is_key  the text is a key: every line counts that is none of PEM's rules
 *
 * Source:  RFC 7468.
 */
int mask_add_keys(struct mask *m, const struct secret *text, bool is_key, struct err *e)
	__attribute__((warn_unused_result));

/*
 * mask_finish - make the automaton ready.
 *
 * Source:  Aho and Corasick, Efficient string matching, CACM 18(6), 1975: the time is linear in the
 *          output, however many values there are.
 */
void mask_finish(struct mask *m);
void mask_free(struct mask *m);

/* One stream of output on its way through the mask. */
struct mask_stream {
	const struct mask *mask;
	struct secret held; /* bytes that may still turn out to be part of a value */
	uint32_t state;
	size_t n_runs;
	struct mask_run {
		size_t start, end; /* within held */
		bool shown;	   /* its MASK_TEXT is out */
	} runs[MASK_RUNS];
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
 * as MASK_TEXT.  len 0 is the end: what is held is passed on.
 */
typedef void mask_out_fn(void *arg, const char *data, size_t len);
void mask_feed(struct mask_stream *s, const char *data, size_t len, mask_out_fn *out, void *arg);
void mask_stream_close(struct mask_stream *s);

#endif
