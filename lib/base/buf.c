/* SPDX-License-Identifier: MIT */
/* buf - bytes that grow; never for a secret (see base/secret.h). */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
reserve(struct buf *b, size_t more, struct err *e)
{
	size_t capacity = b->capacity ? b->capacity : 128;
	char *data;

	if (more >= (size_t)-1 / 4 - b->len) {
		errno = ENOMEM;
		return err_sys(e, "cannot grow a buffer");
	}
	while (capacity < b->len + more + 1)
		capacity *= 2;
	if (capacity == b->capacity)
		return 0;
	data = realloc(b->data, capacity);
	if (!data)
		return err_sys(e, "cannot grow a buffer");
	b->data = data;
	b->capacity = capacity;
	return 0;
}

int
buf_add(struct buf *b, const void *data, size_t len, struct err *e)
{
	if (reserve(b, len, e))
		return -1;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n, e)) {
		va_end(again);
		return n < 0 ? err_sys(e, "cannot format text") : -1;
	}
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
	return 0;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT;
}
