/* SPDX-License-Identifier: MIT */
/* fd - descriptors: reading, writing and opening beneath a directory. */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
fd_write_all(int fd, const void *data, size_t len, const char *what, struct err *e)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write '%s'", what);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fd_read_all(int fd, struct buf *out, size_t limit, const char *what, struct err *e)
{
	char part[4096];

	for (;;) {
		ssize_t n = read(fd, part, sizeof part);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read '%s'", what);
		if (n == 0)
			return 0;
		if (out->len + (size_t)n > limit)
			return err_set(e, ERR_UNSAFE, "'%s' is larger than %zu bytes", what, limit);
		if (buf_add(out, part, (size_t)n, e))
			return -1;
	}
}

int
fd_open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
}

int
fd_replace_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode,
	      struct err *e)
{
	char temporary[300];
	int fd, result = -1;

	if (snprintf(temporary, sizeof temporary, ".%s.new", name) >= (int)sizeof temporary)
		return err_set(e, ERR_INTERNAL, "file name '%s' is too long", name);
	/* What stands there is a dead process's: the caller holds a lock. */
	unlinkat(dir_fd, temporary, 0);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(e, "cannot create '%s'", name);
	if (fd_write_all(fd, data, len, name, e))
		goto out;
	if (fchmod(fd, mode) || fsync(fd) || renameat(dir_fd, temporary, dir_fd, name)) {
		err_sys(e, "cannot replace '%s'", name);
		goto out;
	}
	result = 0;
	if (fsync(dir_fd))
		result = err_sys(e, "cannot sync the directory of '%s'", name);
out:
	fd_close(&fd);
	if (result)
		unlinkat(dir_fd, temporary, 0);
	return result;
}

DIR *
fd_read_directory(int fd, struct err *e)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (!dir) {
		err_sys(e, "cannot read a directory");
		fd_close(&own);
	}
	return dir;
}

bool
fd_is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int
remove_content(int fd, struct err *e)
{
	DIR *dir = fd_read_directory(fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (!fd_is_dot(entry->d_name))
			result = fd_remove_tree(fd, entry->d_name, e);
	closedir(dir);
	return result;
}

int
fd_remove_tree(int dir_fd, const char *name, struct err *e)
{
	int fd, result;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(e, "cannot remove '%s'", name);
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", name);
	result = remove_content(fd, e);
	fd_close(&fd);
	if (result)
		return -1;
	if (unlinkat(dir_fd, name, AT_REMOVEDIR) && errno != ENOENT)
		return err_sys(e, "cannot remove '%s'", name);
	return 0;
}

bool
fd_in_memory(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	return (unsigned long)fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC;
}
