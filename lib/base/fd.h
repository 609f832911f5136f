/* SPDX-License-Identifier: MIT */
/* fd - descriptors: reading, writing and opening beneath a directory. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* fd_close - close once and leave -1; an empty descriptor is accepted. */
void fd_close(int *fd);

/*
 * fd_read - read(2), waiting where the descriptor is non-blocking: its caller may share it with
 *           whoever made it so.
 */
ssize_t fd_read(int fd, void *data, size_t len);

/* fd_write_all, fd_read_all - whole, waiting as fd_read does; what names the object in the message.
 *
 * Fails:   as write(2) and read(2); fd_read_all with ERR_UNSAFE for more than limit bytes.
 */
int fd_write_all(int fd, const void *data, size_t len, const char *what, struct err *e)
	__attribute__((warn_unused_result));
int fd_read_all(int fd, struct buf *out, size_t limit, const char *what, struct err *e)
	__attribute__((warn_unused_result));

/*
 * fd_close_range - close all descriptors from first to last, ~0U for no end; also between vfork(2)
 *                  and execve(2).
 * fd_close_others - close all from first on but the n kept ones, among which may be any number.
 *
 * Returns -1 with errno.  A filter that forbids close_range(2) is no failure.
 */
int fd_close_range(unsigned first, unsigned last);
int fd_close_others(unsigned first, const int *kept, size_t n);

/* fd_named - the descriptor that a path names, as a shell's <(...) does; -1 for none.
 *
 * Source: proc(5), /proc/self/fd and /dev/fd.
 */
int fd_named(const char *path);

/*
 * fd_may - true when the effective user may what mode says, X_OK or W_OK.
 *
 * Otherwise with errno.  A filter that forbids faccessat2(2) is no failure.
 */
bool fd_may(int dir_fd, const char *path, int mode);

/*
 * fd_open_beneath - openat2(2) that can neither leave dir_fd nor pass through a symbolic link.
 *
 * O_CLOEXEC is added.  Returns the descriptor, or -1 with errno set, as open(2) does, since most
 * callers ask which errno it was.
 */
int fd_open_beneath(int dir_fd, const char *path, int flags, mode_t mode);

/* fd_open_within - the same, and not into another mounted file system: errno is EXDEV then. */
int fd_open_within(int dir_fd, const char *path, int flags);

/* fd_is_same_mount - true when files can be renamed from one directory to the other.
 *
 * Source: statx(2), STATX_MNT_ID: a bind mount has the same device and is another mount.
 */
bool fd_is_same_mount(int a, int b);

/*
 * fd_open_parent - open the directory that path lies in; *name is path's last component, within it.
 *
 * Returns the descriptor, or -1 with errno set: EISDIR for a path that ends with a slash.
 */
int fd_open_parent(const char *path, const char **name);

/*
 * fd_open_parent_within - the same beneath dir_fd, by fd_open_within.
 *
 * path  relative, without a slash at its end
 */
int fd_open_parent_within(int dir_fd, const char *path, const char **name);

/*
 * fd_absolute_path - the path from the root, for a program that works in another directory.
 *
 * Links and ".." stay as they are.  Fails: ERR_USAGE for one that is too long; ERR_SYSTEM.
 */
int fd_absolute_path(const char *given, char path[static PATH_MAX], struct err *e)
	__attribute__((warn_unused_result));

/*
 * fd_replace_at - give the file `name` new content: temporary file, fsync, rename, fsync of dir_fd.
 *
 * A reader sees the old or the new content, whole.  mode is exact, whatever the umask.  Two
 * processes must not do it to one file at once: the temporary name is always the same.
 */
int fd_replace_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
		  struct err *e) __attribute__((warn_unused_result));

/*
 * fd_file_system - the name of the file system that fd is on; "another" for one that is not known.
 * fd_in_memory   - true for tmpfs and ramfs: never written to a disk, but tmpfs by swapping.
 *
 * Source: statfs(2).
 */
const char *fd_file_system(int fd);
bool fd_in_memory(int fd);

#endif
