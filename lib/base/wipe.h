/* SPDX-License-Identifier: MIT */
/* wipe - the one way in which a file's bytes are destroyed. */
#ifndef BASE_WIPE_H
#define BASE_WIPE_H

#include <stdbool.h>

#include "base/err.h"

/*
 * wipe_fd - overwrite with zeros, sync, truncate to nothing; holes stay holes.
 *
 * fd  a regular file open for writing; other names and descriptors of it see it empty
 *
 * One pass: on memory-backed files it is complete; on a journalling, copy-on-write or flash-backed
 * file system no number of passes would be.  Source: secureDelete(1).
 */
int wipe_fd(int fd, struct err *e) __attribute__((warn_unused_result));

/*
 * A file of several names may be somebody's: its bytes are destroyed only when is_ours says so of
 * the open file, else just the one name goes.
 */
struct wipe_filter {
	bool (*is_ours)(void *arg, const char *name, int fd);
	void *arg;
};

/*
 * wipe_at - wipe and unlink what stands at `name` in dir_fd.
 *
 * filter  of files with several names; NULL: all of them are ours
 *
 * A missing name is fine.  A symbolic link, FIFO or socket is unlinked, never followed.
 * Fails:   ERR_UNSAFE for a directory or a device, which are left alone.
 */
int wipe_at(int dir_fd, const char *name, const struct wipe_filter *filter, struct err *e)
	__attribute__((warn_unused_result));

/*
 * wipe_held - wipe the regular file that fd holds, then remove its name, where that is still its.
 *
 * fd  may be open for reading only.  No path is looked up to find the file, so that nobody can put
 *     another in its place after it was read.
 *
 * Source:  proc(5), /proc/self/fd.
 */
int wipe_held(int fd, struct err *e) __attribute__((warn_unused_result));

/*
 * wipe_tree_at - the same for a directory and all below it; a name that is none goes to wipe_at.
 *
 * Goes on past what cannot be wiped and then fails with the first such.
 */
int wipe_tree_at(int dir_fd, const char *name, const struct wipe_filter *filter, struct err *e)
	__attribute__((warn_unused_result));

#endif
