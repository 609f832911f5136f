/* SPDX-License-Identifier: MIT */
/* map - keys and their values, in the order of keys. */
#include "provision/map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t
place_of(const struct map *map, const char *key, bool *found)
{
	size_t low = 0, high = map->n;

	*found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(map->pairs[middle].key, key);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
map_drop(struct map *map, const char *key)
{
	bool found;
	size_t at = place_of(map, key, &found);

	if (!found)
		return;
	map->bytes -= strlen(key) + map->pairs[at].len;
	free(map->pairs[at].key);
	free(map->pairs[at].value);
	map->n--;
	memmove(&map->pairs[at], &map->pairs[at + 1], (map->n - at) * sizeof *map->pairs);
}

int
map_put(struct map *map, const char *key, const char *value, size_t len, struct err *e)
{
	struct map_pair new = {.key = strdup(key), .value = malloc(len + 1), .len = len};
	bool found;
	size_t at;

	if (new.value) {
		memcpy(new.value, value, len);
		new.value[len] = '\0';
	}
	map_drop(map, key);
	if (map->n == map->capacity) {
		size_t capacity = map->capacity ? map->capacity * 2 : 64;
		struct map_pair *pairs = reallocarray(map->pairs, capacity, sizeof *pairs);

		if (pairs) {
			map->pairs = pairs;
			map->capacity = capacity;
		}
	}
	if (!new.key || !new.value || map->n == map->capacity) {
		free(new.key);
		free(new.value);
		return err_set(e, ERR_SYSTEM, "out of memory");
	}
	at = place_of(map, key, &found);
	memmove(&map->pairs[at + 1], &map->pairs[at], (map->n - at) * sizeof *map->pairs);
	map->pairs[at] = new;
	map->n++;
	map->bytes += strlen(key) + len;
	return 0;
}

void
map_free(struct map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->pairs[i].key);
		free(map->pairs[i].value);
	}
	free(map->pairs);
	*map = (struct map){.pairs = NULL};
}

int
map_compare(const struct map *was, const struct map *now, store_item_fn *fn, void *arg,
	    struct err *e)
{
	size_t i = 0, j = 0;
	int result = 0;

	while (!result && (i < was->n || j < now->n)) {
		int order = i == was->n	  ? 1
			    : j == now->n ? -1
					  : strcmp(was->pairs[i].key, now->pairs[j].key);
		const struct map_pair *new = order < 0 ? NULL : &now->pairs[j];

		if (!new)
			result = fn(arg, &(struct store_item){.key = was->pairs[i].key}, e);
		else if (order > 0 || was->pairs[i].len != new->len ||
			 memcmp(was->pairs[i].value, new->value, new->len) != 0)
			result = fn(arg, &(struct store_item){new->key, new->value, new->len}, e);
		i += order <= 0;
		j += order >= 0;
	}
	return result;
}
