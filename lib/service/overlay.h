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
 * `from` lacks stays.  Cut off at any moment and called again it goes on to the same end.  The
 * caller has made sure that no file stands where the other side has a directory; a link in the
 * place of an empty directory is left as it is.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int overlay_merge(int from_fd, int to_fd, struct err *e) __attribute__((warn_unused_result));

#endif
