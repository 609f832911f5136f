/* SPDX-License-Identifier: MIT */
/* obsolete - what the last image of a service brought and the new one lacks. */
#ifndef COMMAND_OBSOLETE_H
#define COMMAND_OBSOLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "command/origin.h"
#include "command/persist.h"
#include "image/judge.h"
#include "service/service.h"

struct obsolete_path;

struct obsolete {
	struct origin origin;
	struct obsolete_path *paths; /* in the order of an image: a directory before its content */
	size_t n_paths, capacity;
	struct arena names;
	size_t n_pruned, n_changed;
};

#define OBSOLETE_INIT ((struct obsolete){.origin = ORIGIN_INIT})

/*
 * obsolete_find - find what can be pruned, and tell of each path that was changed.
 *
 * svc      its state and directory are open; nothing is changed
 * image    the new one; its limits are those of the last one too
 * persist  of both: nothing in there is pruned
 *
 * A file is pruned that has the content which the last image gave it, whatever its owner and mode;
 * a link that leads where it led; a directory in which nothing else is left.  Where it is not known
 * what the last image brought, a warning says so, and nothing is pruned.
 *
 * Fails:   ERR_IO, ERR_UNSAFE for a kept image that cannot be used; ERR_SYSTEM.
 */
int obsolete_find(struct obsolete *o, struct service *svc, const struct judge *image,
		  const struct persist *persist, struct err *e) __attribute__((warn_unused_result));

/* obsolete_tell - tell of each path that is pruned: once it is, or would be. */
void obsolete_tell(const struct obsolete *o);

/* obsolete_list - what is pruned, as service/prune.h lists it. */
int obsolete_list(const struct obsolete *o, struct buf *list, struct err *e)
	__attribute__((warn_unused_result));

/* obsolete_prunes - true for a path that is pruned. */
bool obsolete_prunes(const struct obsolete *o, const char *path);

void obsolete_free(struct obsolete *o);

#endif
