/* SPDX-License-Identifier: MIT */
/* overlay - put a tree over another, each file by one rename. */
#ifndef SERVICE_OVERLAY_H
#define SERVICE_OVERLAY_H

#include "base/err.h"

/*
 * overlay_merge - move all that is beneath from_fd to the same place beneath to_fd.
 *
 * Both on one file system.  A directory that `to` lacks is moved whole, another one stays behind,
 * empty; a file replaces what is there, so that a reader finds each one old or new, whole; what
 * `from` lacks stays.  Cut off at any moment and called again it goes on to the same end, and so it
 * does when it failed and what was in its way is gone.  A link in the place of an empty directory
 * is left as it is.
 *
 * Fails:   ERR_UNAVAILABLE for a link or file in the place of another directory, which it names;
 *          ERR_IO, ERR_SYSTEM.
 */
int overlay_merge(int from_fd, int to_fd, struct err *e) __attribute__((warn_unused_result));

#endif
