/* SPDX-License-Identifier: MIT */
/* forms - how a value looks when something has quoted or encoded it. */
#ifndef CFG_FORMS_H
#define CFG_FORMS_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

#define FORMS_MIN 6 /* bytes: what is shorter is found in any text by chance */

/*
 * forms_each - hand every form of a value that differs from it to fn, until that fails.
 *
 * room  where they are made: for any number of values, then the caller's to free
 *
 * base64       of both alphabets; at each of the three places that a value may have in a group of
 *              something larger, the characters that no neighbour has a part in; and the end of a
 *              text that ends with the value, padded or not
 * hexadecimal  in small letters and in capitals
 * URL          percent-encoded so, with the usual sets of characters that are kept, or none at
 *              all; a blank as %20 or +
 * shell        within '' with '\'' or '"'"', within "", bare as bash's printf %q does it, and
 *              within $''
 * JSON         with what writers escape beyond what they must: / and < > & ' and DEL, and
 *              whatever is not ASCII
 * SQL          with quotes doubled, with \ before \ and quotes, or both
 * XML, HTML    & < > alone, or with either quote by its names and numbers
 *
 * Quotes around a form are no part of it.  A form may come more than once.
 *
 * fn's data is good for that call.
 *
 * Fails:   as fn; ERR_SYSTEM.
 * Source:  RFC 4648 sections 4, 5 and 8; RFC 3986 section 2; the WHATWG's URL standard, section
 *          5.2; POSIX.1-2017, XCU 2.2; bash(1), QUOTING; RFC 8259 section 7; XML 1.0 section 4.6.
 */
typedef int forms_fn(void *arg, const char *form, size_t len, struct err *e);
int forms_each(const char *value, size_t len, struct secret *room, forms_fn *fn, void *arg,
	       struct err *e) __attribute__((warn_unused_result));

/* How forms_quote writes; the first four are words of FORMS_LANGUAGES, in its order. */
enum forms_language { FORMS_SHELL, FORMS_SQL, FORMS_JSON, FORMS_XML, FORMS_PLAIN };
#define FORMS_LANGUAGES "shell|sql|json|xml"

/*
 * forms_quote - append a value to out as a literal of a language: what reads it gets the value.
 *
 * shell        within ''
 * SQL          within '', as MySQL reads it; PostgreSQL does so behind an E
 * JSON         within ""
 * XML          without quotes, for text and for attributes of either quote
 *
 * Fails:   ERR_SYSTEM.
 */
int forms_quote(enum forms_language language, const char *value, size_t len, struct secret *out,
		struct err *e) __attribute__((warn_unused_result));

#endif
