/* SPDX-License-Identifier: MIT */
/* json - write one JSON document into a buffer; nothing here reads one. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>

#include "base/buf.h"

/* Begins empty.  After a failure the calls do nothing, so that only json_finish is checked. */
struct json {
	struct buf text;
	bool comma;  /* the next item needs one before it */
	bool failed; /* out of memory */
};

#define JSON_INIT ((struct json){.text = BUF_INIT})

/*
 * One item each.  key is NULL inside an array and for the document itself; bracket is '{' or '['
 * to open, '}' or ']' to close.  Strings are escaped, bytes that are not UTF-8 become '?'.
 * Source: RFC 8259.
 */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_text(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, long long value);
void json_bool(struct json *j, const char *key, bool value);

/* json_append - the items of another, which is no document of its own. */
void json_append(struct json *j, const struct json *items);

/* json_finish - ends the document with a newline.  Fails: ERR_SYSTEM when memory ran out. */
int json_finish(struct json *j, struct err *e) __attribute__((warn_unused_result));
void json_free(struct json *j);

#endif
