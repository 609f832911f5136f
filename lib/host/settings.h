/* SPDX-License-Identifier: MIT */
/* settings - agent.cfg: numbers and words that an operator sets for all services. */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "host/paths.h"

/* <home>/cfg/agent.cfg, or nothing where there is none.  Source: enstratus-agent.cfg(5). */
struct settings {
	struct buf text;
};

#define SETTINGS_INIT ((struct settings){.text = BUF_INIT})

/* settings_load - read and check the file.  Fails: ERR_UNSAFE with file and line; ERR_SYSTEM. */
int settings_load(struct settings *s, const struct paths *paths, struct err *e)
	__attribute__((warn_unused_result));

/* A setting that is a whole number, from least to most. */
struct settings_number {
	const char *section, *name;
	long long least, most;
};

/*
 * settings_number - its value; *value is left alone when it is not set.
 *
 * Fails:   ERR_UNSAFE when it is no such number.
 */
int settings_number(const struct settings *s, const struct settings_number *number,
		    long long *value, struct err *e) __attribute__((warn_unused_result));

/*
 * settings_word - the value of name, in whichever section it stands: a setting that protects must
 * not be lost to the wrong place.  *value, at most size bytes with its end, is left alone when it
 * is not set.
 *
 * words  the values that there are, separated by '|'; NULL for any
 *
 * Fails:   ERR_UNSAFE when it is none of words or too long.
 */
int settings_word(const struct settings *s, const char *name, const char *words, char *value,
		  size_t size, struct err *e) __attribute__((warn_unused_result));

void settings_free(struct settings *s);

#endif
