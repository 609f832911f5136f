/* SPDX-License-Identifier: MIT */
/* directory - what is in a directory: each entry of it, and removing it with all that it holds. */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

DIR *
directory_read(int fd, struct err *e)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (!dir) {
		err_sys(e, "cannot read a directory");
		fd_close(&own);
	}
	return dir;
}

int
directory_each_entry(int fd, struct directory_path *path, directory_entry_fn *fn, void *arg,
		     struct err *e)
{
	size_t len = path->len;
	struct dirent *entry;
	int result = 0;
	DIR *dir = directory_read(fd, e);

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		size_t room = sizeof path->text - len;
		int n;

		if (directory_is_dot(entry->d_name))
			continue;
		n = snprintf(path->text + len, room, "%s%s", len ? "/" : "", entry->d_name);
		if ((size_t)n < room) {
			path->len = len + (size_t)n;
			result = fn(arg, fd, entry->d_name, e);
		} else {
			result = err_set(e, ERR_UNSAFE, "the path '%.100s...' is too long",
					 path->text);
		}
		path->text[len] = '\0';
		path->len = len;
	}
	closedir(dir);
	return result;
}

bool
directory_is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int
remove_content(int fd, struct err *e)
{
	DIR *dir = directory_read(fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (!directory_is_dot(entry->d_name))
			result = directory_remove_tree(fd, entry->d_name, e);
	closedir(dir);
	return result;
}

int
directory_remove_tree(int dir_fd, const char *name, struct err *e)
{
	int fd, result;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(e, "cannot remove '%s'", name);
	fd = fd_open_within(dir_fd, name, O_RDONLY | O_DIRECTORY);
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
