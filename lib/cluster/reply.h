/* SPDX-License-Identifier: MIT */
/* reply - what etcd's gateway replies: JSON, with its own way of writing numbers and bytes. */
#ifndef CLUSTER_REPLY_H
#define CLUSTER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A value of a JSON text.  Every call takes NULL, or a value of another kind, for one that is
 * empty; what is got from a reply is good until that is freed.
 * Source: etcd 3.4, Documentation/dev-guide/api_grpc_gateway.
 */
struct reply;

/* reply_read - NULL for what is no JSON, and when memory ran out. */
struct reply *reply_read(const char *data, size_t len);
void reply_free(struct reply *reply);

/* reply_member, reply_count, reply_item - of an object; of a list. */
const struct reply *reply_member(const struct reply *object, const char *name);
size_t reply_count(const struct reply *list);
const struct reply *reply_item(const struct reply *list, size_t i);

/* reply_text, reply_is_true - of a member: NULL for no text; false for whatever is not true. */
const char *reply_text(const struct reply *object, const char *name);
bool reply_is_true(const struct reply *object, const char *name);

/* reply_number - of a member.  int64 is text there; what is 0 is left out. */
long long reply_number(const struct reply *object, const char *name);

/*
 * reply_bytes - of a member in base64: decoded, terminated, for free(3).
 *
 * Returns NULL when it is not base64 or out of memory.
 */
char *reply_bytes(const struct reply *object, const char *name, size_t *len);

#endif
