/* SPDX-License-Identifier: MIT */
/* text - names, numbers and bytes from outside, judged and made printable. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Longest names.  Source: the contract of serviceId, customerId and userId in
 * enstratus-agent(7).
 */
#define TEXT_SERVICE_ID_MAX 64
#define TEXT_ACCOUNT_MAX 32

/*
 * text_check_id - refuse a name that is not [A-Za-z0-9][A-Za-z0-9._-]*, at most max bytes.
 *
 * what  how the message calls it, e.g. "service id"
 *
 * Fails:   ERR_USAGE.
 */
int text_check_id(const char *what, const char *name, size_t max, struct err *e)
	__attribute__((warn_unused_result));

/* text_number - a whole decimal string within min..max.  Fails: ERR_USAGE, naming what. */
int text_number(const char *what, const char *s, long long min, long long max, long long *out,
		struct err *e) __attribute__((warn_unused_result));

/* text_choose - the place of value among words that '|' separates, from 0; -1 when it is none. */
int text_choose(const char *words, const char *value);

/* text_is_utf8 - true when all len bytes are well-formed UTF-8.  Source: RFC 3629. */
bool text_is_utf8(const char *s, size_t len);

/* text_utf8 - the length of the sequence that starts at s, len bytes being there; 0 for none. */
size_t text_utf8(const char *s, size_t len);

/* text_cut - the most of s[0..len) that does not end within a UTF-8 sequence. */
size_t text_cut(const char *s, size_t len);

/*
 * text_printable - copy as text that is safe on a terminal and in a log.
 *
 * Control characters (C0 but tab, DEL, C1) and bytes that are not UTF-8 become '?'.  dst holds at
 * least len + 1 bytes and is terminated; dst may be src.
 */
void text_printable(char *dst, const char *src, size_t len);

/* text_hex - n bytes as lower-case hexadecimal digits; hex holds 2 * n + 1. */
void text_hex(char *hex, const unsigned char *bytes, size_t n);

/* text_byte_order_mark - bytes of the mark that a text in UTF-8 begins with: 3, or 0 for none. */
size_t text_byte_order_mark(const char *s, size_t len);

/* text_trim - the part of s[0..*len) without blanks at both ends. */
const char *text_trim(const char *s, size_t *len);

/* text_has_control - true when there is a control character: C0, DEL, or C1 as UTF-8 has it. */
bool text_has_control(const char *s, size_t len);

/*
 * text_path_rule - the rule that a relative path breaks, as "has ... name"; NULL for none.
 *
 * A path without a slash at its end, from outside, that is to be safe beneath any directory: no
 * empty, '.' or '..' component, none over 255 bytes, not absolute, no backslash or drive letter,
 * UTF-8 without control characters.
 *
 * Source:  enstratus-image(5), LIMITS.
 */
const char *text_path_rule(const char *path, size_t len);

#endif
