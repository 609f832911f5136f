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

	if (capacity <= s->own_capacity)
		return 0;
	if (crypto_guarded_new(&data, capacity, e))
		return -1;
	if (s->len)
		memcpy(data, s->own_data, s->len);
	crypto_guarded_free(s->own_data);
	s->own_data = data;
	s->own_capacity = capacity;
	return 0;
}

int
secret_room(struct secret *s, size_t more, struct err *e)
{
	size_t capacity = s->own_capacity ? s->own_capacity : 4096;

	if (more > (size_t)-1 / 4 - s->len) {
		errno = ENOMEM;
		return err_sys(e, "cannot get guarded memory");
	}
	while (capacity < s->len + more)
		capacity *= 2;
	return secret_reserve(s, capacity, e);
}

size_t
secret_spare(const struct secret *s)
{
	return s->own_capacity - s->len;
}

int
secret_append(struct secret *s, const void *data, size_t len, struct err *e)
{
	if (secret_room(s, len, e))
		return -1;
	if (len)
		memcpy(s->own_data + s->len, data, len);
	s->len += len;
	return 0;
}

int
secret_read(struct secret *s, int fd, size_t limit, const char *what, struct err *e)
{
	for (;;) {
		ssize_t n;

		if (secret_room(s, 1, e))
			return -1;
		n = fd_read(fd, s->own_data + s->len, s->own_capacity - s->len);
		if (n < 0)
			return err_sys(e, "cannot read %s", what);
		if (n == 0)
			return 0;
		s->len += (size_t)n;
		if (s->len > limit)
			return err_set(e, ERR_UNSAFE, "%s is larger than %zu bytes", what, limit);
	}
}

void
secret_sha256(const struct secret *s, size_t len, char hex[static SECRET_SHA256_HEX])
{
	crypto_sha256(s->own_data, len, hex);
}

void
secret_free(struct secret *s)
{
	crypto_guarded_free(s->own_data);
	*s = SECRET_INIT;
}
