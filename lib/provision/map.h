/* SPDX-License-Identifier: MIT */
/* map - keys and their values, in the order of keys. */
#ifndef PROVISION_MAP_H
#define PROVISION_MAP_H

#include <stddef.h>

#include "base/err.h"
#include "provision/engine.h"

struct map_pair {
	char *key, *value;
	size_t len; /* of the value, bytes */
};

struct map {
	struct map_pair *pairs;
	size_t n, capacity, bytes; /* bytes: of all keys and values */
};

/* map_put - a copy of the value, in place of the key's old one.  Fails: ERR_SYSTEM. */
int map_put(struct map *map, const char *key, const char *value, size_t len, struct err *e)
	__attribute__((warn_unused_result));
void map_drop(struct map *map, const char *key);
void map_free(struct map *map);

/*
 * map_compare - hand to fn what of now is not as it was, in the order of keys, until that fails.
 *
 * Fails:   as fn.
 */
int map_compare(const struct map *was, const struct map *now, store_item_fn *fn, void *arg,
		struct err *e) __attribute__((warn_unused_result));

#endif
