/* SPDX-License-Identifier: MIT */
/* request - what etcd's gateway is asked: numbers, bytes and keys, in its way of writing them. */
#ifndef CLUSTER_REQUEST_H
#define CLUSTER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/*
 * Each adds members to the object that is open in j.
 *
 * Source:  etcd 3.4, Documentation/dev-guide/api_grpc_gateway.
 */

/* request_number - as text: int64 is text there. */
void request_number(struct json *j, const char *name, long long value);

/* request_bytes - in base64.  Fails: ERR_SYSTEM. */
int request_bytes(struct json *j, const char *name, const void *data, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * request_key - "key", and for all that begin with it "range_end".
 *
 * Fails:   ERR_USAGE for an empty key, or one of 512 bytes or more; ERR_SYSTEM.
 */
int request_key(struct json *j, const char *key, bool is_prefix, struct err *e)
	__attribute__((warn_unused_result));

#endif
