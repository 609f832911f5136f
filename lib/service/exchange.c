/* SPDX-License-Identifier: MIT */
/* exchange - put a tree in the place of another at once, and carry over what is to persist. */
#include "service/exchange.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"

#define PERSIST_FILE "persist"	      /* in the service's metadata: a path a line */
#define UNFINISHED ".enstratus-carry" /* in the old tree: a directory for the new one */
#define PERSIST_BYTES_MAX (1u << 20)  /* more than an image.ini can list */

static int refuse_mounts(int dir_fd, struct err *e);

/* One entry; a file can be mounted as well. */
static int
refuse_mount(int dir_fd, const struct dirent *entry, struct err *e)
{
	bool is_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
	int fd = fd_open_within(dir_fd, entry->d_name,
				is_directory ? O_RDONLY | O_DIRECTORY : O_PATH | O_NOFOLLOW);
	int result = 0;

	if (fd >= 0 && is_directory)
		result = refuse_mounts(fd, e);
	else if (fd < 0 && errno == EXDEV)
		result = err_set(e, ERR_UNAVAILABLE,
				 "a file system is mounted at '%.160s' of the service: "
				 "install without --replace, or unmount it",
				 entry->d_name);
	else if (fd < 0 && errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
		result = err_sys(e, "cannot look at '%.160s' of the service", entry->d_name);
	fd_close(&fd);
	return result;
}

/* Fails when something beneath is on another file system, which an exchange would carry away. */
static int
refuse_mounts(int dir_fd, struct err *e)
{
	DIR *dir = directory_read(dir_fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (!directory_is_dot(entry->d_name) && entry->d_type != DT_LNK)
			result = refuse_mount(dir_fd, entry, e);
	closedir(dir);
	return result;
}

/*
 * A directory `name` in `at`, with the owner and mode that `path` has in the old tree; its errno
 * says why there is none.  It is made in the old tree and moved: cut off in between, it is made
 * again.
 */
static int
make_like(int from, const char *path, int at, const char *name)
{
	int old = fd_open_within(from, path, O_RDONLY | O_DIRECTORY), fd = -1;
	struct err ignored = ERR_INIT;
	struct stat st;

	if (old >= 0 && fstat(old, &st) == 0 &&
	    !directory_remove_tree(from, UNFINISHED, &ignored) &&
	    mkdirat(from, UNFINISHED, 0700) == 0)
		fd = fd_open_within(from, UNFINISHED, O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && ((geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid)) ||
			fchmod(fd, st.st_mode & 07777) ||
			renameat2(from, UNFINISHED, at, name, RENAME_NOREPLACE)))
		fd_close(&fd);
	fd_close(&old);
	return fd;
}

/*
 * The directory of the new tree that path is to lie in, made as it is in the old one where it is
 * missing.  One component at a time: the service's account may change both trees meanwhile.
 */
static int
open_target(int from, int to, char *path)
{
	int at = fd_open_within(to, ".", O_RDONLY | O_DIRECTORY), next;
	char *name = path, *slash;

	while (at >= 0 && (slash = strchr(name, '/'))) {
		*slash = '\0';
		next = fd_open_within(at, name, O_RDONLY | O_DIRECTORY);
		if (next < 0 && errno == ENOENT)
			next = make_like(from, path, at, name);
		*slash = '/';
		fd_close(&at);
		at = next;
		name = slash + 1;
	}
	return at;
}

/* Moves one path from the old tree to the new one, in the place of what the image has there. */
static int
carry(int from, int to, char *path, struct err *e)
{
	const char *name;
	int from_parent = fd_open_parent_within(from, path, &name), to_parent = -1, result = 0;
	struct stat st;

	/* What is not in the old tree never was, or is carried already. */
	if (from_parent < 0 || fstatat(from_parent, name, &st, AT_SYMLINK_NOFOLLOW)) {
		/* The old tree is removed afterwards: not being able to look is no answer. */
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			result = err_sys(e, "cannot look for '%s' of the old service", path);
	} else {
		to_parent = open_target(from, to, path);
		if (to_parent < 0)
			result = err_sys(e, "cannot carry '%s' over: cannot open where it goes",
					 path);
		else if (directory_remove_tree(to_parent, name, e) ||
			 (renameat(from_parent, name, to_parent, name) &&
			  err_sys(e, "cannot carry '%s' over", path)))
			result = -1;
	}
	fd_close(&from_parent);
	fd_close(&to_parent);
	return result;
}

/* What could not be carried over is refused while there is a way back. */
static int
check_path(const struct service *svc, int stage_fd, const char *path, struct err *e)
{
	const char *name;
	int from = fd_open_parent_within(svc->dir_fd, path, &name), to = -1, result = 0;
	struct stat st;

	if (from < 0 && errno == ELOOP) {
		result = err_set(e, ERR_UNSAFE,
				 "'%.160s', which is to persist, lies behind a link of the "
				 "service: install without --replace",
				 path);
	} else if (from >= 0 && fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		to = fd_open_parent_within(stage_fd, path, &name);
		if (to < 0 && (errno == ELOOP || errno == ENOTDIR))
			result = err_set(e, ERR_UNSAFE,
					 "'%.160s' is to persist, and the image has a file or link "
					 "where its directory was",
					 path);
	}
	fd_close(&from);
	fd_close(&to);
	return result;
}

int
exchange_judge(const struct service *svc, struct err *e)
{
	if (!fd_is_same_mount(svc->dir_fd, svc->root_fd))
		return err_set(e, ERR_UNAVAILABLE,
			       "the service is a file system of its own, which cannot be replaced: "
			       "install without --replace");
	return refuse_mounts(svc->dir_fd, e);
}

int
exchange_prepare(const struct service *svc, int stage_fd, const char *const *persist, size_t n,
		 struct err *e)
{
	struct buf list = BUF_INIT;
	int result = 0;

	if (exchange_judge(svc, e))
		return -1;
	for (size_t i = 0; i < n && !result; i++)
		result = check_path(svc, stage_fd, persist[i], e) ||
					 buf_addf(&list, e, "%s\n", persist[i])
				 ? -1
				 : 0;
	if (!result)
		result = fd_replace_at(svc->meta_fd, PERSIST_FILE, list.data ? list.data : "",
				       list.len, 0660, e);
	buf_free(&list);
	return result;
}

static int
carry_all(const struct service *svc, int from, struct err *e)
{
	int fd = openat(svc->meta_fd, PERSIST_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result = 0;
	struct buf list = BUF_INIT;

	if (fd < 0)
		return err_sys(e, "cannot open the list of what persists");
	result = fd_read_all(fd, &list, PERSIST_BYTES_MAX, PERSIST_FILE, e);
	for (char *path = list.data, *end; !result && path && *path; path = end + 1) {
		end = strchr(path, '\n');
		if (!end)
			break;
		*end = '\0';
		result = carry(from, svc->dir_fd, path, e);
	}
	buf_free(&list);
	fd_close(&fd);
	return result;
}

int
exchange_trees(struct service *svc, int parent_fd, const char *name, long long inode, struct err *e)
{
	struct stat st;
	int old, result;

	if (fstatat(svc->root_fd, svc->id, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot look at the service");
	if ((long long)st.st_ino != inode &&
	    renameat2(parent_fd, name, svc->root_fd, svc->id, RENAME_EXCHANGE))
		return err_sys(e, "cannot put the new tree in its place");
	fd_close(&svc->dir_fd);
	svc->dir_fd = fd_open_beneath(svc->root_fd, svc->id, O_RDONLY | O_DIRECTORY, 0);
	old = fd_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (svc->dir_fd < 0 || old < 0)
		result = err_sys(e, "cannot open the service and what it was");
	else
		result = carry_all(svc, old, e);
	fd_close(&old);
	if (result == 0 && fsync(svc->root_fd))
		result = err_sys(e, "cannot sync the services directory");
	return result;
}
