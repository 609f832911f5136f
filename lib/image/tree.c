/* SPDX-License-Identifier: MIT */
/* tree - the one writer of a tree beneath a directory: its directories, files and links. */
#include "image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "image/pump.h"

#define PUMPED_BYTES (8u << 20) /* from this size on a file is worth a thread of its own */

size_t
tree_parent_length(const char *name)
{
	const char *last = strrchr(name, '/');

	return last ? (size_t)(last - name) : 0;
}

static const char *
base_name(const char *name)
{
	const char *last = strrchr(name, '/');

	return last ? last + 1 : name;
}

/*
 * What a thread makes belongs to the owner from its birth: giving it away afterwards would be one
 * more call for each.  Only that thread is changed, and only for what it does to files.
 */
static int
become(uid_t uid, gid_t gid, struct err *e)
{
	syscall(SYS_setfsgid, gid);
	syscall(SYS_setfsuid, uid);
	/* They say nothing of a failure; asked for an id that is none, they tell the present. */
	if ((uid_t)syscall(SYS_setfsuid, -1) != uid || (gid_t)syscall(SYS_setfsgid, -1) != gid) {
		errno = EPERM;
		return err_sys(e, "cannot unpack as the service's account");
	}
	return 0;
}

int
tree_become_owner(const struct tree_owner *owner, struct err *e)
{
	return owner->change ? become(owner->uid, owner->gid, e) : 0;
}

int
tree_become_self(const struct tree_owner *owner, struct err *e)
{
	return owner->change ? become(geteuid(), getegid(), e) : 0;
}

static int
refuse_name(const char *name, struct err *e)
{
	if (errno != EEXIST)
		return err_sys(e, "cannot create '%.160s'", name);
	err_set(e, ERR_UNSAFE,
		"entry '%.160s' is there twice: the file system takes its name for another's",
		name);
	return err_refuse(e, "duplicate", name, strlen(name), 0);
}

/* Nothing but us writes to the tree, and its links come last: a path within it is safe to walk. */
static int
make_directory(int dir_fd, const char *path, mode_t mode, struct err *e)
{
	return mkdirat(dir_fd, path, mode) ? refuse_name(path, e) : 0;
}

/* The directories that an entry needs and that neither it nor the entry before it has brought. */
static int
make_parents(int dir_fd, const char *name, const char *before, struct err *e)
{
	char path[PATH_MAX];

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
		size_t len = (size_t)(p - name);

		if (strncmp(before, name, len) == 0 && (before[len] == '/' || !before[len]))
			continue;
		if (len >= sizeof path)
			return err_set(e, ERR_UNSAFE, "entry '%.160s' lies too deep", name);
		memcpy(path, name, len);
		path[len] = '\0';
		if (make_directory(dir_fd, path, 0755, e))
			return -1;
	}
	return 0;
}

int
tree_make_directories(int dir_fd, const struct judge *judge, struct err *e)
{
	const char *before = "";

	for (size_t i = 0; i < judge->n_entries; i++) {
		const struct entry *entry = &judge->entries[i];

		if (make_parents(dir_fd, entry->name, before, e))
			return -1;
		if (entry->kind == ENTRY_DIRECTORY &&
		    make_directory(dir_fd, entry->name, entry->mode, e))
			return -1;
		before = entry->name;
	}
	return proc_interrupted(e);
}

int
tree_open_parent(int dir_fd, const char *name, struct err *e)
{
	size_t len = tree_parent_length(name);
	char path[PATH_MAX] = ".";
	int parent;

	if (len >= sizeof path)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' lies too deep", name);
	if (len) {
		memcpy(path, name, len);
		path[len] = '\0';
	}
	parent = fd_open_beneath(dir_fd, path, O_PATH | O_DIRECTORY, 0);
	return parent < 0 ? err_sys(e, "cannot open directory '%.160s'", path) : parent;
}

static int
refuse_size(const struct entry *entry, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.160s' is not as long as it says", entry->name);
	return err_refuse(e, "data", entry->name, strlen(entry->name), 0);
}

/* An entry's bytes on their way. */
struct content {
	struct source *source;
	const struct entry *entry;
	uint64_t done;
};

/* Some more bytes: *len is 0 when there were as many as it says. */
static int
next_bytes(struct content *c, void *buffer, size_t size, size_t *len, struct err *e)
{
	uint64_t whole = c->entry->size;

	if ((c->done && c->done < whole && proc_interrupted(e)) ||
	    source_next(c->source, c->entry, buffer, size, len, e))
		return -1;
	c->done += *len;
	return c->done > whole || (*len == 0 && c->done < whole) ? refuse_size(c->entry, e) : 0;
}

static int
copy(struct source *source, const struct entry *entry, int fd, char *buffer, struct err *e)
{
	struct content content = {source, entry, 0};
	size_t len;

	do
		if (next_bytes(&content, buffer, TREE_BUFFER_BYTES, &len, e) ||
		    (len && fd_write_all(fd, buffer, len, entry->name, e)))
			return -1;
	while (len);
	return 0;
}

static int
copy_by_pump(struct source *source, const struct entry *entry, struct pump *pump, struct err *e)
{
	struct content content = {source, entry, 0};
	struct err failure = ERR_INIT;
	size_t len = 0;
	int result = 0;

	do {
		void *part = pump_part(pump);

		if (!part)
			break;
		result = next_bytes(&content, part, PUMP_PART_BYTES, &len, e);
		pump_put(pump, result ? 0 : len);
	} while (len && !result);
	if (pump_finish(pump, &failure) == 0)
		return result;
	*e = failure;
	return -1;
}

int
tree_write_file(struct source *source, int parent, const struct entry *entry, char *buffer,
		struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime}};
	struct pump *pump = NULL;
	int fd, result = -1;

	fd = openat(parent, base_name(entry->name),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode);
	if (fd < 0)
		return err_sys(e, "cannot create '%.160s'", entry->name);
	if (source_start(source, entry, e))
		goto out;
	if (entry->size >= PUMPED_BYTES)
		pump = pump_start(fd, entry->name);
	if (pump ? copy_by_pump(source, entry, pump, e) : copy(source, entry, fd, buffer, e))
		goto out;
	if (futimens(fd, times)) {
		err_sys(e, "cannot set the time of '%.160s'", entry->name);
		goto out;
	}
	result = 0;
out:
	source_end(source);
	fd_close(&fd);
	return result;
}

int
tree_write_links(int dir_fd, const struct judge *judge, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < judge->n_entries && !result; i++) {
		const struct entry *entry = &judge->entries[i];

		if (entry->kind == ENTRY_LINK && symlinkat(entry->target, dir_fd, entry->name))
			result = refuse_name(entry->name, e);
	}
	return result;
}
