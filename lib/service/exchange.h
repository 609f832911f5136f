/* SPDX-License-Identifier: MIT */
/* exchange - put a tree in the place of another at once, and carry over what is to persist. */
#ifndef SERVICE_EXCHANGE_H
#define SERVICE_EXCHANGE_H

#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

/*
 * exchange_judge - refuse, before anything is unpacked, what cannot be exchanged.
 *
 * Fails:   ERR_UNAVAILABLE when the service is or holds a file system of its own; ERR_SYSTEM.
 */
int exchange_judge(const struct service *svc, struct err *e) __attribute__((warn_unused_result));

/*
 * exchange_prepare - note in the service's metadata what is to persist, before the commit mark.
 *
 * stage_fd  of the tree that is to become the service
 * persist   n relative paths, none beneath another
 *
 * Fails:   as exchange_judge, which it asks again; ERR_UNSAFE for a path that is there and lies
 *          behind a link, or that the new tree has no place for; ERR_IO, ERR_SYSTEM.
 */
int exchange_prepare(const struct service *svc, int stage_fd, const char *const *persist, size_t n,
		     struct err *e) __attribute__((warn_unused_result));

/*
 * exchange_trees - exchange the staged tree with the service, and move what persists into it.
 *
 * parent_fd, name  of the stage: afterwards of what is left of the old service
 * inode            of the staged tree, by which a second call knows that it is exchanged already
 *
 * Cut off at any moment and called again it goes on to the same end.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int exchange_trees(struct service *svc, int parent_fd, const char *name, long long inode,
		   struct err *e) __attribute__((warn_unused_result));

#endif
