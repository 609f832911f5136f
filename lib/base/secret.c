/* SPDX-License-Identifier: MIT */
/* secret - bytes in guarded memory: locked, between guard pages, overwritten when released. */
#include "base/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A forked process finds zeros there.  Source: madvise(2); sodium_malloc's data end with a page. */
static void
leave_out_of_forks(unsigned char *data, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)data & ~(page - 1);

	/* Best effort, as locking is. */
	(void)madvise((void *)start, (uintptr_t)data + size - start, MADV_WIPEONFORK);
}

int
secret_reserve(struct secret *s, size_t capacity, struct err *e)
{
	unsigned char *data;

	if (capacity <= s->capacity)
		return 0;
	if (sodium_init() < 0)
		return err_set(e, ERR_INTERNAL, "cannot start libsodium");
	data = sodium_malloc(capacity);
	if (!data)
		return err_sys(e, "cannot get %zu bytes of guarded memory", capacity);
	leave_out_of_forks(data, capacity);
	if (s->len)
		memcpy(data, s->data, s->len);
	sodium_free(s->data);
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
		n = read(fd, s->data + s->len, s->capacity - s->len);
		if (n < 0 && errno == EINTR)
			continue;
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
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, s->data, len);
	sodium_bin2hex(hex, SECRET_SHA256_HEX, digest, sizeof digest);
}

void
secret_free(struct secret *s)
{
	sodium_free(s->data);
	*s = SECRET_INIT;
}
