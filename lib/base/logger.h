/* SPDX-License-Identifier: MIT */
/* logger - the records of log(1): words, or a text that is piped in, one record a line. */
#ifndef BASE_LOGGER_H
#define BASE_LOGGER_H

/* How long a pipe may be silent before log(1) stops waiting for it in the foreground. */
#define LOGGER_IDLE_MS 1000

/*
 * logger_words - one record of the words, joined by blanks.
 *
 * tag  NULL for "enstratus"; one with a blank in it, as old hooks give it, is tag and text at once
 *
 * Returns 0 when there was none, neither words nor within the tag; an empty word is one.
 */
int logger_words(const char *tag, char *const *words);

/*
 * logger_input - a record for each line of standard input, to its end.
 *
 * Never waits on a terminal.  A pipe or socket that says nothing for LOGGER_IDLE_MS is read on by a
 * process in the background, so that its writer neither waits nor meets a closed pipe.
 */
void logger_input(const char *tag);

#endif
