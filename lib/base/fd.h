/* SPDX-License-Identifier: MIT */
/* fd - descriptors: reading, writing and opening beneath a directory. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* fd_close - close once and leave -1; an empty descriptor is accepted. */
void fd_close(int *fd);

/* fd_write_all, fd_read_all - what names the object in the message.
 *
 * Fails:   as write(2) and read(2); fd_read_all with ERR_UNSAFE for more than limit bytes.
 */
int fd_write_all(int fd, const void *data, size_t len, const char *what, struct err *e)
	__attribute__((warn_unused_result));
int fd_read_all(int fd, struct buf *out, size_t limit, const char *what, struct err *e)
	__attribute__((warn_unused_result));

/*
 * fd_open_beneath - openat2(2) that can neither leave dir_fd nor pass through a symbolic link.
 *
 * O_CLOEXEC is added.  Returns the descriptor, or -1 with errno set, as open(2) does, since most
 * callers ask which errno it was.
 */
int fd_open_beneath(int dir_fd, const char *path, int flags, mode_t mode);

/*
 * fd_replace_at - give the file `name` new content: temporary file, fsync, rename, fsync of dir_fd.
 *
 * A reader sees the old or the new content, whole.  mode is exact, whatever the umask.  Two
 * processes must not do it to one file at once: the temporary name is always the same.
 */
int fd_replace_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
		  struct err *e) __attribute__((warn_unused_result));

/*
 * fd_read_directory - a stream of the directory fd, which the caller keeps; closedir(3) ends it.
 *
 * Returns NULL with e filled.
 */
DIR *fd_read_directory(int fd, struct err *e);

/* fd_is_dot - true for "." and "..", which every directory has. */
bool fd_is_dot(const char *name);

/* fd_remove_tree - unlink `name` and all below it, following no link; a missing one is fine. */
int fd_remove_tree(int dir_fd, const char *name, struct err *e) __attribute__((warn_unused_result));

/* fd_in_memory - true when fd is on tmpfs or ramfs: never written to a disk, but by swapping.
 *
 * Source: statfs(2), TMPFS_MAGIC and RAMFS_MAGIC.
 */
bool fd_in_memory(int fd);

#endif
