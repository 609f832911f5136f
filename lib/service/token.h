/* SPDX-License-Identifier: MIT */
/* token - the words and numbers of a line in the agent's own records. */
#ifndef SERVICE_TOKEN_H
#define SERVICE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * token_word - a word as it is written: "-" for one that is empty.
 * token_text - the other way: copy what begins at *text and ends at a blank, fit to be printed; an
 *              empty string for "-".
 *
 * token_text moves *text behind the word.  False when there is none, or it has size bytes or more.
 */
const char *token_word(const char *word);
bool token_text(const char **text, char *to, size_t size);

/* token_rest - the same with all that is left of the line, without the blanks at its ends. */
bool token_rest(const char **text, char *to, size_t size);

/* token_number - a whole decimal number; false when there is none. */
bool token_number(const char **text, long long *to);

#endif
