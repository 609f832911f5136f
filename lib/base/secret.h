/* SPDX-License-Identifier: MIT */
/* secret - bytes in guarded memory: locked, between guard pages, overwritten when released. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/err.h"

/*
 * Has no printable form and no copy on the plain heap; `grep -E 'secret_(reveal|edit)'` lists every
 * look at it.  Locking is best effort (RLIMIT_MEMLOCK): base/crypto does without it rather than
 * fail.  A forked process has zeros in its place.
 */
struct secret {
	unsigned char *own_data; /* this and own_capacity are for base/secret alone */
	size_t len, own_capacity;
};

#define SECRET_INIT ((struct secret){.own_data = NULL})
#define SECRET_SHA256_HEX 65

/*
 * secret_reserve - room for capacity bytes in all; what is there is kept.
 * secret_room    - room for that many bytes more, for one that grows: twice as much each time.
 *
 * Fails:   ERR_SYSTEM.
 */
int secret_reserve(struct secret *s, size_t capacity, struct err *e)
	__attribute__((warn_unused_result));
int secret_room(struct secret *s, size_t more, struct err *e) __attribute__((warn_unused_result));
int secret_append(struct secret *s, const void *data, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/* secret_spare - how many bytes more there is room for. */
size_t secret_spare(const struct secret *s);

/*
 * secret_read - append all that fd yields, straight into guarded memory.
 *
 * Fails:   ERR_UNSAFE for more than limit bytes; what names the input in messages.
 */
int secret_read(struct secret *s, int fd, size_t limit, const char *what, struct err *e)
	__attribute__((warn_unused_result));

/*
 * secret_reveal, secret_edit - the bytes, not terminated; they belong to s until its room changes.
 *
 * Whoever writes there keeps within what secret_reserve has made, and sets len.
 */
static inline const char *
secret_reveal(const struct secret *s)
{
	return (const char *)s->own_data;
}

static inline unsigned char *
secret_edit(struct secret *s)
{
	return s->own_data;
}

/* secret_sha256 - lower-case hex of the first len bytes' SHA-256.  Source: FIPS 180-4. */
void secret_sha256(const struct secret *s, size_t len, char hex[static SECRET_SHA256_HEX]);

/* secret_free - overwrite, release, leave the empty value. */
void secret_free(struct secret *s);

#endif
