/* SPDX-License-Identifier: MIT */
/* engine - what keeps a store, behind one set of calls. */
#ifndef PROVISION_ENGINE_H
#define PROVISION_ENGINE_H

#include <stddef.h>

#include "base/err.h"

/* The way out of a state that cannot be read. */
#define STORE_ANEW "'provision --observe up FILE' makes it anew from what is on the hosts"

#define STORE_KEY_MAX 256
#define STORE_VALUE_MAX (1u << 20) /* bytes */

/* One key; value NULL: it is to go. */
struct store_item {
	const char *key, *value;
	size_t len; /* of the value, bytes */
};

/* store_item_fn - an item of the store; its strings are good until it returns. */
typedef int store_item_fn(void *arg, const struct store_item *item, struct err *e);

/* self is the engine's own; the calls are those of provision/store. */
struct store_engine {
	int (*lock)(void *self, const char *who, int wait_s, struct err *e);
	int (*is_ours)(void *self, struct err *e);
	int (*each)(void *self, store_item_fn *fn, void *arg, struct err *e);
	int (*put)(void *self, const struct store_item *items, size_t n, struct err *e);
	int (*clear)(void *self, struct err *e);
	int (*follow)(void *self, store_item_fn *fn, void *arg, struct err *e);
	void (*close)(void *self);
};

/*
 * engine_check - refuse items that some engine cannot keep: a key is of letters, digits and ./_-, a
 *                value at most STORE_VALUE_MAX bytes.
 *
 * Fails:   ERR_INTERNAL.
 */
int engine_check(const struct store_item *items, size_t n, struct err *e)
	__attribute__((warn_unused_result));

/* engine_rest - wait a moment; fails with ERR_STATUS when a signal is held. */
int engine_rest(int ms, struct err *e) __attribute__((warn_unused_result));

#endif
