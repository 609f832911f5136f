/* SPDX-License-Identifier: MIT */
/*
 * document - an enstratus.cfg as it was delivered: checked, its keys and values in guarded
 * memory.
 */
#ifndef CFG_DOCUMENT_H
#define CFG_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/* Source: enstratus-cfg(5), LIMITS. */
#define DOCUMENT_TEXT_MAX (1u << 20)   /* bytes of a whole configuration */
#define DOCUMENT_VALUE_MAX (64u << 10) /* bytes of one value */
#define DOCUMENT_KEYS_MAX 4096

struct document_entry {
	char *key; /* keys are no secrets */
	size_t key_len;
	size_t value, value_len; /* within text */
	unsigned line;
};

struct document {
	struct secret text;		/* as delivered, without carriage returns and trailer */
	struct document_entry *entries; /* of [enstratus], each key once, in the order given */
	size_t n_entries;
	uint16_t *slots;   /* a table by key of each entry's number, from 1; 0 is free */
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

/* document_read_path - the same for the file at path; standard input for NULL or "-". */
int document_read_path(struct document *doc, const char *path, struct err *e)
	__attribute__((warn_unused_result));

/*
 * document_take - the same for a text that is known to be whole, as a sealed one is: its trailer
 *                 may be there and must then be right.
 *
 * text  becomes the document's: *text is empty then
 */
int document_take(struct document *doc, struct secret *text, const char *what, struct err *e)
	__attribute__((warn_unused_result));

/*
 * document_get - the value of a key: NULL when it is not there; not terminated, within doc.
 */
const char *document_get(const struct document *doc, const char *key, size_t *len);

/*
 * document_each - hand each key and its value to fn, in the order given, until that fails: those of
 *                 [enstratus], then the lines NAME=VALUE of [custom] with DOCUMENT_CUSTOM before
 *                 their names; of lines of one name only the last.
 *
 * Fails:   as fn.
 */
#define DOCUMENT_CUSTOM "custom."
struct document_item {
	bool is_custom;
	const char *name; /* without DOCUMENT_CUSTOM; not terminated */
	size_t name_len;
	const char *value; /* likewise */
	size_t value_len;
};
typedef int document_fn(void *arg, const struct document_item *item, struct err *e);
int document_each(const struct document *doc, document_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

/*
 * document_find - the value of one, by its name of document_each; NULL when it is not there.
 */
const char *document_find(const struct document *doc, const char *name, size_t name_len,
			  size_t *len);

/* document_has - true when there is such a key in [enstratus], or a line NAME=... in [custom]. */
bool document_has(const struct document *doc, const char *key);

/* document_value - the bytes of an entry. */
const char *document_value(const struct document *doc, const struct document_entry *entry);

void document_free(struct document *doc);

#endif
