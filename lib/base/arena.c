/* SPDX-License-Identifier: MIT */
/* arena - many small strings that are released together. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 65536

struct arena_chunk {
	struct arena_chunk *before;
	char data[];
};

char *
arena_copy(struct arena *a, const char *s, size_t len, struct err *e)
{
	size_t size = len < CHUNK_BYTES ? CHUNK_BYTES : len + 1;
	struct arena_chunk *chunk;
	char *copy;

	if (a->left < len + 1) {
		chunk = malloc(sizeof *chunk + size);
		if (!chunk) {
			err_sys(e, "cannot keep %zu bytes", len);
			return NULL;
		}
		chunk->before = a->chunks;
		a->chunks = chunk;
		a->next = chunk->data;
		a->left = size;
	}
	copy = a->next;
	memcpy(copy, s, len);
	copy[len] = '\0';
	a->next += len + 1;
	a->left -= len + 1;
	return copy;
}

void
arena_free(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *chunk = a->chunks;

		a->chunks = chunk->before;
		free(chunk);
	}
	*a = ARENA_INIT;
}
