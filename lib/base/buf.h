/* SPDX-License-Identifier: MIT */
/* buf - bytes that grow; never for a secret (see base/secret.h). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

/* data is always terminated by a NUL that len does not count; NULL while nothing was added. */
struct buf {
	char *data;
	size_t len, capacity;
};

#define BUF_INIT ((struct buf){.data = NULL})

/*
 * buf_add, buf_addf - append.  Fails: ERR_SYSTEM when out of memory; the buffer is then
 * unchanged.
 */
int buf_add(struct buf *b, const void *data, size_t len, struct err *e)
	__attribute__((warn_unused_result));
int buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
	__attribute__((warn_unused_result, format(printf, 3, 4)));

/* buf_free - release the memory and leave the empty value. */
void buf_free(struct buf *b);

#endif
