/* SPDX-License-Identifier: MIT */
/* wipe - the one way in which a file's bytes are destroyed. */
#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"

static int
overwrite(int fd, off_t from, off_t to, struct err *e)
{
	static const char zeros[65536];

	while (from < to) {
		size_t len = to - from < (off_t)sizeof zeros ? (size_t)(to - from) : sizeof zeros;
		ssize_t n = pwrite(fd, zeros, len, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot overwrite a file");
		from += n;
	}
	return 0;
}

int
wipe_fd(int fd, struct err *e)
{
	struct stat st;
	off_t data = 0, hole;

	int flags = fcntl(fd, F_GETFL);

	/* pwrite(2) on a descriptor that appends would write behind the secret. */
	if (fstat(fd, &st) || flags < 0 ||
	    (flags & O_APPEND && fcntl(fd, F_SETFL, flags & ~O_APPEND)))
		return err_sys(e, "cannot look at a file");
	/* Only data is overwritten: filling the holes of a sparse file could fill the disk. */
	while (data < st.st_size) {
		data = lseek(fd, data, SEEK_DATA);
		if (data < 0)
			break;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0)
			hole = st.st_size;
		if (overwrite(fd, data, hole, e))
			return -1;
		data = hole;
	}
	if (data < 0 && errno != ENXIO && overwrite(fd, 0, st.st_size, e))
		return -1;
	if (fdatasync(fd) && errno != EINVAL)
		return err_sys(e, "cannot sync a file");
	if (ftruncate(fd, 0))
		return err_sys(e, "cannot truncate a file");
	return 0;
}

static int
open_for_wiping(int dir_fd, const char *name, struct stat *st, struct err *e)
{
	int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(dir_fd, name, flags);

	/* Our own file may be read-only. */
	if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0600, 0) == 0)
		fd = openat(dir_fd, name, flags);
	if (fd < 0)
		return err_sys(e, "cannot open '%s' for wiping", name);
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		fd_close(&fd);
		return err_set(e, ERR_UNSAFE, "'%s' was exchanged while it was wiped", name);
	}
	return fd;
}

int
wipe_at(int dir_fd, const char *name, const struct wipe_filter *filter, struct err *e)
{
	struct stat st;
	int fd = -1, result = 0;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at '%s'", name);
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
		return err_set(e, ERR_UNSAFE, "'%s' is not a regular file", name);
	if (S_ISREG(st.st_mode)) {
		fd = open_for_wiping(dir_fd, name, &st, e);
		if (fd < 0)
			return -1;
		if (st.st_nlink == 1 || !filter || filter->is_ours(filter->arg, name, fd))
			result = wipe_fd(fd, e);
		fd_close(&fd);
	}
	if (result == 0 && unlinkat(dir_fd, name, 0) && errno != ENOENT)
		result = err_sys(e, "cannot remove '%s'", name);
	return result;
}

static bool
is_same(int dir_fd, const char *name, const struct stat *held)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == held->st_dev &&
	       st.st_ino == held->st_ino;
}

/*
 * Removes the name where it is the held file's.  It is looked at under a name that nobody knows, so
 * that what is put in its place meanwhile is not taken for it.
 */
static int
remove_name(int dir_fd, const char *name, const struct stat *held, struct err *e)
{
	char aside[64];

	snprintf(aside, sizeof aside, ".wiped.%d.%ju", getpid(), (uintmax_t)held->st_ino);
	if (!is_same(dir_fd, name, held))
		return 0;
	if (renameat2(dir_fd, name, dir_fd, aside, RENAME_NOREPLACE))
		return errno == ENOENT ? 0 : err_sys(e, "cannot remove '%s'", name);
	if (!is_same(dir_fd, aside, held))
		return renameat2(dir_fd, aside, dir_fd, name, RENAME_NOREPLACE)
			       ? err_sys(e, "cannot give '%s' its name back", name)
			       : 0;
	return unlinkat(dir_fd, aside, 0) ? err_sys(e, "cannot remove '%s'", name) : 0;
}

int
wipe_held(int fd, struct err *e)
{
	char link[64], path[PATH_MAX];
	const char *name;
	struct stat st;
	ssize_t len;
	int own, dir_fd, result;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	own = open(link, O_WRONLY | O_CLOEXEC);
	/* Our own file may be read-only. */
	if (own < 0 && errno == EACCES && fchmod(fd, 0600) == 0)
		own = open(link, O_WRONLY | O_CLOEXEC);
	if (own < 0)
		return err_sys(e, "cannot open a file for wiping");
	result = wipe_fd(own, e);
	fd_close(&own);
	len = readlink(link, path, sizeof path - 1);
	if (result || len < 0 || fstat(fd, &st))
		return result;
	path[len] = '\0';
	dir_fd = fd_open_parent(path, &name);
	if (dir_fd >= 0)
		result = remove_name(dir_fd, name, &st, e);
	fd_close(&dir_fd);
	return result;
}

int
wipe_tree_at(int dir_fd, const char *name, const struct wipe_filter *filter, struct err *e)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), result = 0;
	struct err ignored = ERR_INIT;
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : wipe_at(dir_fd, name, filter, e);
	dir = directory_read(fd, e);
	if (!dir) {
		fd_close(&fd);
		return err_wrap(e, "'%s'", name);
	}
	while ((entry = readdir(dir)))
		if (!directory_is_dot(entry->d_name) &&
		    wipe_tree_at(fd, entry->d_name, filter, result ? &ignored : e))
			result = -1;
	closedir(dir);
	fd_close(&fd);
	if (result == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) && errno != ENOENT)
		result = err_sys(e, "cannot remove directory '%s'", name);
	return result;
}
