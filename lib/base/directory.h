/* SPDX-License-Identifier: MIT */
/* directory - what is in a directory: each entry of it, and removing it with all that it holds. */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * directory_read - a stream of the directory fd, which the caller keeps; closedir(3) ends it.
 *
 * Returns NULL with e filled.
 */
DIR *directory_read(int fd, struct err *e);

/*
 * directory_each_entry - hand each entry of a directory but "." and ".." to fn, until that fails.
 *
 * path  of the directory, from wherever its user counts; the entry's while fn is called
 *
 * Fails:   as fn; ERR_UNSAFE for a path that is too long; ERR_SYSTEM.
 */
struct directory_path {
	size_t len;
	char text[PATH_MAX]; /* "" is where it begins */
};
typedef int directory_entry_fn(void *arg, int dir_fd, const char *name, struct err *e);
int directory_each_entry(int fd, struct directory_path *path, directory_entry_fn *fn, void *arg,
			 struct err *e) __attribute__((warn_unused_result));

/* directory_is_dot - true for "." and "..", which every directory has. */
bool directory_is_dot(const char *name);

/* directory_remove_tree - unlink `name` and all below it, following no link; a missing one is fine.
 *
 * A file system that is mounted within is left as it is, and is an error.
 */
int directory_remove_tree(int dir_fd, const char *name, struct err *e)
	__attribute__((warn_unused_result));

#endif
