/* SPDX-License-Identifier: MIT */
/* secret - bytes in guarded memory: locked, between guard pages, overwritten when released. */
#include "base/secret.h"

#include <errno.h>
#include <string.h>

#include "base/crypto.h"
#include "base/fd.h"

_Static_assert(SECRET_SHA256_HEX == CRYPTO_SHA256_HEX, "a SHA-256 in hex");

int
secret_reserve(struct secret *s, size_t capacity, struct err *e)
{
	unsigned char *data;

	if (capacity <= s->capacity)
		return 0;
	if (crypto_guarded_new(&data, capacity, e))
		return -1;
	if (s->len)
		memcpy(data, s->data, s->len);
	crypto_guarded_free(s->data);
	s->data = data;
	s->capacity = capacity;
	return 0;
}

static int
make_room(struct secret *s, size_t more, struct err *e)
{
	size_t capacity = s->capacity ? s->capacity : 4096;

	if (more > (size_t)-1 / 4 - s->len) {
		errno = ENOMEM;
		return err_sys(e, "cannot get guarded memory");
	}
	while (capacity < s->len + more)
		capacity *= 2;
	return secret_reserve(s, capacity, e);
}

int
secret_append(struct secret *s, const void *data, size_t len, struct err *e)
{
	if (make_room(s, len, e))
		return -1;
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
	return 0;
}

int
secret_read(struct secret *s, int fd, size_t limit, const char *what, struct err *e)
{
	for (;;) {
		ssize_t n;

		if (make_room(s, 1, e))
			return -1;
		n = fd_read(fd, s->data + s->len, s->capacity - s->len);
		if (n < 0)
			return err_sys(e, "cannot read %s", what);
		if (n == 0)
			return 0;
		s->len += (size_t)n;
		if (s->len > limit)
			return err_set(e, ERR_UNSAFE, "%s is larger than %zu bytes", what, limit);
	}
}

const char *
secret_reveal(const struct secret *s)
{
	return (const char *)s->data;
}

void
secret_sha256(const struct secret *s, size_t len, char hex[static SECRET_SHA256_HEX])
{
	crypto_sha256(s->data, len, hex);
}

void
secret_free(struct secret *s)
{
	crypto_guarded_free(s->data);
	*s = SECRET_INIT;
}
