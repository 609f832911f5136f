/* SPDX-License-Identifier: MIT */
/* arena - many small strings that are released together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/err.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	char *next;  /* in the newest of them */
	size_t left; /* bytes there */
};

#define ARENA_INIT ((struct arena){.chunks = NULL})

/* arena_copy - a terminated copy of len bytes, good until arena_free; NULL with e filled. */
char *arena_copy(struct arena *a, const char *s, size_t len, struct err *e);

void arena_free(struct arena *a);

#endif
