/* SPDX-License-Identifier: MIT */
/* fd - descriptors: reading, writing and opening beneath a directory. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"

void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* True when what failed is to be tried again: a caller may have made it non-blocking. */
static bool
is_to_retry(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&ready, 1, -1) > 0 || errno == EINTR;
}

ssize_t
fd_read(int fd, void *data, size_t len)
{
	ssize_t n;

	while ((n = read(fd, data, len)) < 0)
		if (!is_to_retry(fd, POLLIN))
			break;
	return n;
}

int
fd_write_all(int fd, const void *data, size_t len, const char *what, struct err *e)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && is_to_retry(fd, POLLOUT))
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
		ssize_t n = fd_read(fd, part, sizeof part);

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

/* One step of open_stepping, into a directory or to what the path ends in. */
static int
step(int dir_fd, const char *name, int flags, mode_t mode)
{
	int fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	struct stat st;

	if (fd < 0 && errno == ENOTDIR && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	/* A link itself is what O_PATH opens; only who says O_NOFOLLOW means that. */
	if (fd >= 0 && (flags & O_PATH) && !(flags & O_NOFOLLOW) && fstat(fd, &st) == 0 &&
	    S_ISLNK(st.st_mode)) {
		fd_close(&fd);
		errno = ELOOP;
	}
	return fd;
}

/* openat2(2) by openat(2), a component at a time, where a filter of system calls forbids it. */
static int
open_stepping(int dir_fd, const char *path, int flags, mode_t mode, bool one_mount)
{
	char name[NAME_MAX + 1];
	int at = dir_fd, fd = -1;

	if (path[0] == '/')
		errno = EXDEV;
	else if (!path[0])
		errno = ENOENT;
	else
		errno = 0;
	while (!errno) {
		size_t len = strcspn(path, "/");
		size_t rest = len + strspn(path + len, "/");

		if (len > NAME_MAX)
			errno = ENAMETOOLONG;
		snprintf(name, sizeof name, "%.*s", (int)(len > NAME_MAX ? NAME_MAX : len), path);
		if (strcmp(name, "..") == 0)
			errno = EXDEV;
		if (errno)
			break;
		fd = path[len] ? step(at, name, (path[rest] ? O_PATH : flags) | O_DIRECTORY, 0)
			       : step(at, name, flags, mode);
		path += rest;
		if (fd >= 0 && one_mount && !fd_is_same_mount(fd, dir_fd)) {
			fd_close(&fd);
			errno = EXDEV;
		}
		if (fd < 0 || !*path)
			break;
		if (at != dir_fd)
			fd_close(&at);
		at = fd;
		fd = -1;
		errno = 0;
	}
	if (at != dir_fd) {
		int failure = errno;

		fd_close(&at);
		errno = failure;
	}
	return fd;
}

/* How a system call answers that a container's filter does not know. */
static bool
is_forbidden(void)
{
	return errno == ENOSYS || errno == EPERM;
}

int
fd_named(const char *path)
{
	static const char *const roots[] = {"/dev/fd/", "/proc/self/fd/"};
	struct err ignored = ERR_INIT;
	long long fd;

	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		if (strncmp(path, roots[i], strlen(roots[i])) == 0 &&
		    !text_number("", path + strlen(roots[i]), 0, INT_MAX, &fd, &ignored))
			return (int)fd;
	return -1;
}

int
fd_close_range(unsigned first, unsigned last)
{
	if (close_range(first, last, 0) == 0)
		return 0;
	if (!is_forbidden())
		return -1;
	if (last == ~0U)
		closefrom((int)first);
	else
		for (unsigned fd = first; fd <= last; fd++)
			close((int)fd);
	return 0;
}

int
fd_close_others(unsigned first, const int *kept, size_t n)
{
	for (;;) {
		unsigned least = ~0U;

		for (size_t i = 0; i < n; i++)
			if (kept[i] >= 0 && (unsigned)kept[i] >= first && (unsigned)kept[i] < least)
				least = (unsigned)kept[i];
		if (least > first && fd_close_range(first, least == ~0U ? least : least - 1))
			return -1;
		if (least == ~0U)
			return 0;
		first = least + 1;
	}
}

bool
fd_may(int dir_fd, const char *path, int mode)
{
	if (faccessat(dir_fd, path, mode, AT_EACCESS) == 0)
		return true;
	/* libc's is faccessat2(2); the old call asks for the real user. */
	return errno == EPERM && getuid() == geteuid() && getgid() == getegid() &&
	       syscall(SYS_faccessat, dir_fd, path, mode) == 0;
}

static int
open_resolving(int dir_fd, const char *path, int flags, mode_t mode, unsigned long long resolve)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};

	int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof how);

	return fd < 0 && is_forbidden()
		       ? open_stepping(dir_fd, path, flags, how.mode, resolve & RESOLVE_NO_XDEV)
		       : fd;
}

int
fd_open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
	return open_resolving(dir_fd, path, flags, mode, 0);
}

int
fd_open_within(int dir_fd, const char *path, int flags)
{
	return open_resolving(dir_fd, path, flags, 0, RESOLVE_NO_XDEV);
}

bool
fd_is_same_mount(int a, int b)
{
	struct statx sa, sb;

	if (statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &sa) ||
	    statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &sb))
		return false;
	return sa.stx_dev_major == sb.stx_dev_major && sa.stx_dev_minor == sb.stx_dev_minor &&
	       (!(sa.stx_mask & sb.stx_mask & STATX_MNT_ID) || sa.stx_mnt_id == sb.stx_mnt_id);
}

int
fd_open_parent(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int n;

	*name = slash ? slash + 1 : path;
	/* "/x" lies in "/", "x" in ".". */
	n = slash ? snprintf(parent, sizeof parent, "%.*s", (int)(slash - path + 1), path)
		  : snprintf(parent, sizeof parent, ".");
	errno = n >= PATH_MAX ? ENAMETOOLONG : (*name)[0] == '\0' ? EISDIR : 0;
	return errno ? -1 : open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
fd_open_parent_within(int dir_fd, const char *path, const char **name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (!slash)
		return fd_open_within(dir_fd, ".", O_RDONLY | O_DIRECTORY);
	if (snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return fd_open_within(dir_fd, parent, O_RDONLY | O_DIRECTORY);
}

int
fd_absolute_path(const char *given, char path[static PATH_MAX], struct err *e)
{
	size_t len = 0;

	if (given[0] != '/') {
		if (!getcwd(path, PATH_MAX - 1))
			return err_sys(e, "cannot find the working directory");
		len = strlen(path);
		path[len++] = '/';
	}
	return snprintf(path + len, PATH_MAX - len, "%s", given) < (int)(PATH_MAX - len)
		       ? 0
		       : err_set(e, ERR_USAGE, "the path '%.80s...' is too long", given);
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

const char *
fd_file_system(int fd)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} known[] = {
		{TMPFS_MAGIC, "tmpfs"},
		{RAMFS_MAGIC, "ramfs"},
		{EXT4_SUPER_MAGIC, "ext4"},
		{XFS_SUPER_MAGIC, "xfs"},
		{BTRFS_SUPER_MAGIC, "btrfs"},
		{F2FS_SUPER_MAGIC, "f2fs"},
		{OVERLAYFS_SUPER_MAGIC, "overlay"},
		{NFS_SUPER_MAGIC, "nfs"},
	};
	struct statfs fs;

	for (size_t i = 0; fstatfs(fd, &fs) == 0 && i < sizeof known / sizeof *known; i++)
		if ((unsigned long)fs.f_type == known[i].magic)
			return known[i].name;
	return "another";
}

bool
fd_in_memory(int fd)
{
	const char *name = fd_file_system(fd);

	return strcmp(name, "tmpfs") == 0 || strcmp(name, "ramfs") == 0;
}
