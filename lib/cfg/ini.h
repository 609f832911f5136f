/* SPDX-License-Identifier: MIT */
/* ini - read INI text of any line length, values by reference. */
#ifndef CFG_INI_H
#define CFG_INI_H

#include <stddef.h>

#include "base/err.h"

/*
 * inih as Debian packages it cuts lines at 199 bytes into further lines, and values at " ;",
 * without a word.  So it is given each line with a reference in the place of the value; the value
 * itself is the part of the caller's text behind the first '=', and is neither cut nor copied: a
 * secret stays where the caller keeps it.
 */
#define INI_SECTION_MAX 48 /* inih cuts names from 50 bytes on */
#define INI_NAME_MAX 150

struct ini_item {
	const char *section; /* "" before the first one */
	const char *name;
	const char *value; /* within the text, not terminated, blanks and all */
	size_t value_len;
	unsigned line; /* from 1 */
};

/* ini_handler_fn - gets each item; returns 0, or -1 with e filled to stop. */
typedef int ini_handler_fn(void *arg, const struct ini_item *item, struct err *e);

/*
 * ini_parse_text - call handler for each `name=value` line.
 *
 * Comments start with # or ; in the first column.
 *
 * Fails:   ERR_UNSAFE with the line number and never the value: a line that is none of heading,
 *          comment, blank and name=value; a name or heading that is too long, has blanks or ':'.
 */
int ini_parse_text(const char *text, size_t len, ini_handler_fn *handler, void *arg, struct err *e)
	__attribute__((warn_unused_result));

/* A section at whose heading, compared without case, reading stops. */
struct ini_verbatim {
	const char *section;
	size_t start; /* set to where the text behind it starts, to the end where it is not there */
};

/*
 * ini_parse_until - the same, up to that section.
 *
 * ini_parse_all   - the same of all of it; a heading is an item without a name, and a line that is
 *                   none is told to fault and left out: who wrote the text wants to hear of all.
 */
int ini_parse_until(const char *text, size_t len, struct ini_verbatim *verbatim,
		    ini_handler_fn *handler, void *arg, struct err *e)
	__attribute__((warn_unused_result));
typedef void ini_fault_fn(void *arg, unsigned line, const char *why);
int ini_parse_all(const char *text, size_t len, ini_handler_fn *handler, ini_fault_fn *fault,
		  void *arg, struct err *e) __attribute__((warn_unused_result));

#endif
