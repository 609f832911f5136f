/* SPDX-License-Identifier: MIT */
/*
 * document - an enstratus.cfg as it was delivered: checked, its keys and values in guarded
 * memory.
 */
#ifndef CFG_DOCUMENT_H
#define CFG_DOCUMENT_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

/* Source: enstratus-cfg(5), LIMITS. */
#define DOCUMENT_TEXT_MAX (1u << 20)   /* bytes of a whole configuration */
#define DOCUMENT_VALUE_MAX (64u << 10) /* bytes of one value */
#define DOCUMENT_KEYS_MAX 4096

struct document_entry {
	char *key;		 /* keys are no secrets */
	size_t value, value_len; /* within text */
	unsigned line;
};

struct document {
	struct secret text;		/* as delivered, without carriage returns and trailer */
	struct document_entry *entries; /* of [enstratus], each key once, in the order given */
	size_t n_entries, capacity;
	size_t custom;	   /* where the text of [custom] starts; it ends with text, empty or not */
	size_t n_repeated; /* keys that were given more than once: the last one counts */
};

#define DOCUMENT_INIT ((struct document){.text = SECRET_INIT})

/*
 * document_read - read and check a configuration.
 *
 * fd    read to its end.  From a pipe or socket the text must end with its trailer,
 *       `# sha256 HEX` of all bytes before that line, for a dropped connection looks like an end
 *       of file; elsewhere a trailer may be there and must then be right.
 * what  how messages call it, e.g. "standard input"
 *
 * The text is a whole enstratus.cfg of either dialect, or just the keys.
 *
 * Fails:   ERR_CUT for a trailer that is missing or wrong; ERR_UNSAFE, with the line's number and
 *          never a value, for what cannot be carried.
 * Source:  enstratus-cfg(5).
 */
int document_read(struct document *doc, int fd, const char *what, struct err *e)
	__attribute__((warn_unused_result));

/*
 * document_get - the value of a key: NULL when it is not there; not terminated, within doc.
 */
const char *document_get(const struct document *doc, const char *key, size_t *len);

/* document_value - the bytes of an entry. */
const char *document_value(const struct document *doc, const struct document_entry *entry);

void document_free(struct document *doc);

#endif
