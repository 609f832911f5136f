/* SPDX-License-Identifier: MIT */
/* conflict - whether what an image brings can be put where a service is, before it is tried. */
#include "command/conflict.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"

int
conflict_room(const struct service *svc, const struct judge *judge, uint64_t more, struct err *e)
{
	int fd = svc->dir_fd >= 0 ? svc->dir_fd : svc->root_fd;
	const char *path = svc->dir_fd >= 0 ? svc->path : svc->paths.services;
	struct statvfs fs;
	uint64_t room, needed;

	if (fstatvfs(fd, &fs))
		return err_sys(e, "cannot look at the file system of '%s'", path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	/* A block for each entry: the least that it takes beside its bytes. */
	needed = judge->total_bytes + (uint64_t)judge->n_entries * fs.f_frsize + more;
	if (needed <= room)
		return 0;
	return err_set(e, ERR_IO, "the image needs %" PRIu64 " bytes and '%s' has %" PRIu64 " free",
		       needed, path, room);
}

static bool
has_content(const struct judge *judge, size_t i)
{
	size_t len = strlen(judge->entries[i].name);

	return i + 1 < judge->n_entries &&
	       strncmp(judge->entries[i + 1].name, judge->entries[i].name, len) == 0 &&
	       judge->entries[i + 1].name[len] == '/';
}

static int
refuse(const struct entry *entry, const char *there, struct err *e)
{
	err_set(e, ERR_UNSAFE,
		"entry '%.160s' cannot be put where the service has %s: move that away first",
		entry->name, there);
	return err_refuse(e, "conflict", entry->name, strlen(entry->name), 0);
}

static int
check_entry(const struct service *svc, const struct judge *judge, size_t i, struct err *e)
{
	const struct entry *entry = &judge->entries[i];
	int fd = fd_open_within(svc->dir_fd, entry->name, O_PATH | O_NOFOLLOW);
	bool is_directory = entry->kind == ENTRY_DIRECTORY;
	bool is_empty = is_directory && !has_content(judge, i);
	struct stat st;

	if (fd >= 0) {
		bool failed = fstat(fd, &st) != 0;

		fd_close(&fd);
		if (!failed && S_ISDIR(st.st_mode) == is_directory)
			return 0;
		if (!failed && S_ISLNK(st.st_mode) && is_empty)
			return 0;
		return refuse(entry,
			      !failed && S_ISDIR(st.st_mode) ? "a directory" : "a file or link", e);
	}
	if (errno == ENOENT || (errno == EXDEV && is_empty))
		return 0;
	if (errno == EXDEV)
		return err_set(e, ERR_UNAVAILABLE,
			       "entry '%.160s' lies in a file system that is mounted within the "
			       "service: files cannot be renamed into it; unmount it first",
			       entry->name);
	if (errno == ENOTDIR || errno == ELOOP)
		return refuse(entry, "a file or link", e);
	return err_sys(e, "cannot look at '%.160s' of the service", entry->name);
}

int
conflict_find(const struct service *svc, const struct judge *judge, struct err *e)
{
	/* These two are made by the agent where an image lacks them. */
	static const char *const shared[] = {"bin", "cfg"};
	struct stat st;

	for (size_t i = 0; svc->dir_fd >= 0 && i < 2; i++)
		if (fstatat(svc->dir_fd, shared[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode))
			return err_set(e, ERR_UNSAFE,
				       "the service's '%s' is not a directory: move it away first",
				       shared[i]);
	for (size_t i = 0; svc->dir_fd >= 0 && i < judge->n_entries; i++)
		if (check_entry(svc, judge, i, e))
			return -1;
	return 0;
}
