/* SPDX-License-Identifier: MIT */
/* overlay - put a tree over another, each file by one rename. */
#include "service/overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "host/account.h"

/* A staged directory and its place in the service. */
struct overlay {
	int from, to;
	const char *path; /* of both, with a slash at its end */
	struct err *e;
};

static int move_in(const struct overlay *o, const char *name, const struct stat *st);

static int
move_all(const struct overlay *o)
{
	DIR *dir = directory_read(o->from, o->e);
	struct dirent *entry;
	struct stat st;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (directory_is_dot(entry->d_name))
			continue;
		if (fstatat(o->from, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			result = err_sys(o->e, "cannot look at '%s%s'", o->path, entry->d_name);
		else
			result = move_in(o, entry->d_name, &st);
	}
	closedir(dir);
	return result;
}

/*
 * Moves all of a directory; one that its owner may not write to, without being root, is opened
 * up.
 */
static int
move_into(const struct overlay *below)
{
	struct stat st;
	bool closed;
	int result;

	if (fstat(below->to, &st))
		return err_sys(below->e, "cannot look at '%s'", below->path);
	closed = !account_is_root() && (st.st_mode & 0300) != 0300;
	if (closed && fchmod(below->to, (st.st_mode & 07777) | 0700))
		return err_sys(below->e, "cannot write to '%s'", below->path);
	result = move_all(below);
	if (closed && fchmod(below->to, st.st_mode & 07777) && !result)
		result = err_sys(below->e, "cannot set the mode of '%s'", below->path);
	return result;
}

static bool
is_empty(int dir_fd)
{
	struct err ignored = ERR_INIT;
	DIR *dir = directory_read(dir_fd, &ignored);
	struct dirent *entry = NULL;

	while (dir && (entry = readdir(dir)) && directory_is_dot(entry->d_name))
		;
	if (!dir)
		return false;
	closedir(dir);
	return !entry;
}

/* Something else has come where a directory goes, since the installation looked. */
static int
refuse(const struct overlay *o, const char *name, const struct overlay *below)
{
	/* The operator may put a link where the image has an empty directory. */
	if (errno == ELOOP && is_empty(below->from))
		return 0;
	if (errno == ELOOP || errno == ENOTDIR)
		return err_set(o->e, ERR_UNAVAILABLE,
			       "'%s%s' of the service is not a directory any more: move that away",
			       o->path, name);
	return err_sys(o->e, "cannot open '%s%s' of the service", o->path, name);
}

static int
descend(const struct overlay *o, const char *name)
{
	char path[PATH_MAX];
	struct overlay below = {.from = -1, .to = -1, .path = path, .e = o->e};
	int result = -1;

	if (snprintf(path, sizeof path, "%s%s/", o->path, name) >= (int)sizeof path)
		return err_set(o->e, ERR_UNSAFE, "'%.160s' lies too deep", o->path);
	below.from = fd_open_beneath(o->from, name, O_RDONLY | O_DIRECTORY, 0);
	if (below.from < 0)
		err_sys(o->e, "cannot open '%s' of the stage", path);
	else if ((below.to = fd_open_beneath(o->to, name, O_RDONLY | O_DIRECTORY, 0)) >= 0)
		result = move_into(&below);
	else
		result = refuse(o, name, &below);
	fd_close(&below.from);
	fd_close(&below.to);
	return result;
}

/* As it is staged, but empty. */
static int
make_directory(const struct overlay *o, const char *name, const struct stat *st)
{
	int fd, result = 0;

	if (mkdirat(o->to, name, 0700))
		return err_sys(o->e, "cannot make '%s%s'", o->path, name);
	fd = fd_open_beneath(o->to, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 || (account_is_root() && fchown(fd, st->st_uid, st->st_gid)) ||
	    fchmod(fd, st->st_mode & 07777))
		result = err_sys(o->e, "cannot set owner and mode of '%s%s'", o->path, name);
	fd_close(&fd);
	return result;
}

/*
 * One that the service lacks goes there whole, by one rename: it is there with its owner and mode
 * and all that it holds, or not at all, and a full disk cannot be in the way.
 */
static int
move_directory(const struct overlay *o, const char *name, const struct stat *st)
{
	struct stat there;

	if (fstatat(o->to, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return descend(o, name);
	if (errno != ENOENT)
		return err_sys(o->e, "cannot look at '%s%s' of the service", o->path, name);
	if (renameat(o->from, name, o->to, name) == 0)
		return 0;
	if (errno == EEXIST || errno == ENOTEMPTY)
		return descend(o, name); /* the service made it just now */
	/* Without root, one that its owner may not write to cannot be moved. */
	if (errno != EACCES)
		return err_sys(o->e, "cannot put '%s%s' in its place", o->path, name);
	return make_directory(o, name, st) ? -1 : descend(o, name);
}

static int
move_in(const struct overlay *o, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return move_directory(o, name, st);
	if (renameat(o->from, name, o->to, name))
		return err_sys(o->e, "cannot put '%s%s' in its place", o->path, name);
	return 0;
}

int
overlay_merge(int from_fd, int to_fd, struct err *e)
{
	struct overlay top = {.from = from_fd, .to = to_fd, .path = "", .e = e};

	return move_all(&top);
}
