/* SPDX-License-Identifier: MIT */
/* words - a list of words as one line that any shell reads as those words, and back. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define WORDS_LINE_MAX (128u << 10) /* bytes; a longer line is no argument for Linux either */
#define WORDS_MAX 256

/*
 * words_add - append a word to a line, with a blank before it when it is not the first.
 *
 * A word of letters, digits and _./:=@%+,- stays as it is; any other is in single quotes.  There is
 * no other place where a word is quoted for a shell.
 */
int words_add(struct buf *line, const char *word, struct err *e)
	__attribute__((warn_unused_result));

/* All of one line; argv ends with NULL. */
struct words {
	char *text;
	char **argv;
	size_t n;
};

#define WORDS_INIT ((struct words){.text = NULL})

/*
 * words_split - the words of a line.
 *
 * Between blanks there are the characters that words_add leaves alone, parts in single quotes, and
 * \' for one such quote.  Nothing else: no line can be meant in two ways.
 *
 * Fails:   ERR_USAGE, naming the character; ERR_SYSTEM.
 */
int words_split(struct words *words, const char *line, struct err *e)
	__attribute__((warn_unused_result));
void words_free(struct words *words);

#endif
