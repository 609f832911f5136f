/* SPDX-License-Identifier: MIT */
/* reference - secrets that a deployment names and does not hold. */
#ifndef PROVISION_REFERENCE_H
#define PROVISION_REFERENCE_H

#include <pthread.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

#define REFERENCE_VALUE_MAX (64u << 10) /* bytes */

/* What was read once is kept, in guarded memory, until references_free. */
struct references {
	struct reference {
		char *text;
		struct secret value;
	} * all;
	size_t n;
};

#define REFERENCES_INIT ((struct references){.all = NULL})

/*
 * references_get - the value behind file:PATH, command:WORDS or fd:N, without a line end behind
 *                  it.
 *
 * *value belongs to references.
 *
 * Fails:   ERR_UNAVAILABLE when it cannot be had; ERR_UNSAFE when it has a line end or NUL in
 *          it, or is too long.  No message has a byte of it.
 */
int references_get(struct references *references, const char *text, const struct secret **value,
		   struct err *e) __attribute__((warn_unused_result));
void references_free(struct references *references);

#endif
