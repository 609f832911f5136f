/* SPDX-License-Identifier: MIT */
/* extract - write an image's judged entries beneath a directory. */
#include "image/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"

#define DEPTH_MAX 256

/* The directories from the top to the current entry, each open; entries come sorted. */
struct walk {
	const struct extract_owner *owner;
	int fds[DEPTH_MAX];
	size_t ends[DEPTH_MAX]; /* where the directory's name ends within an entry's name */
	size_t n;
	char path[PATH_MAX];
};

static void
leave(struct walk *w)
{
	w->n--;
	if (w->n > 0) /* the top one is the caller's */
		fd_close(&w->fds[w->n]);
}

static int
settle(const struct walk *w, int fd, mode_t mode, const char *name, struct err *e)
{
	if (w->owner->change && fchown(fd, w->owner->uid, w->owner->gid))
		return err_sys(e, "cannot give '%s' its owner", name);
	if (fchmod(fd, mode))
		return err_sys(e, "cannot set the mode of '%s'", name);
	return 0;
}

/* Makes the directory `name` (all of it, its last component starts at `from`) and enters it. */
static int
enter(struct walk *w, const char *name, size_t from, size_t end, mode_t mode, struct err *e)
{
	char part[NAME_MAX + 1];
	int parent = w->fds[w->n - 1], fd;

	if (w->n == DEPTH_MAX || end - from > NAME_MAX || end >= sizeof w->path)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' lies too deep", name);
	memcpy(part, name + from, end - from);
	part[end - from] = '\0';
	if (mkdirat(parent, part, 0700))
		return err_sys(e, "cannot make directory '%.160s'", name);
	fd = openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open directory '%.160s'", name);
	w->fds[w->n] = fd;
	w->ends[w->n++] = end;
	memcpy(w->path, name, end);
	return settle(w, fd, mode, name, e);
}

/* Leaves and makes directories until the entry's parent is the current one. */
static int
go_to_parent(struct walk *w, const char *name, struct err *e)
{
	const char *last = strrchr(name, '/');
	size_t parent = last ? (size_t)(last - name) : 0;

	while (w->n > 1 &&
	       (w->ends[w->n - 1] > parent || memcmp(w->path, name, w->ends[w->n - 1]) != 0 ||
		name[w->ends[w->n - 1]] != '/'))
		leave(w);
	while (w->ends[w->n - 1] < parent) {
		size_t from = w->n == 1 ? 0 : w->ends[w->n - 1] + 1;
		size_t end = from + strcspn(name + from, "/");

		if (enter(w, name, from, end, 0755, e))
			return -1;
	}
	return 0;
}

static const char *
base_name(const char *name)
{
	const char *last = strrchr(name, '/');

	return last ? last + 1 : name;
}

static int
copy(struct zip_reader *zip, const struct entry *entry, int fd, struct err *e)
{
	static char data[131072];
	uint64_t done = 0;
	size_t len;

	do {
		if (zip_reader_next(zip, entry, data, sizeof data, &len, e))
			return -1;
		done += len;
		if (done > entry->size)
			break;
		if (fd_write_all(fd, data, len, entry->name, e))
			return -1;
	} while (len);
	if (done != entry->size)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is not as long as it says",
			       entry->name);
	return 0;
}

static int
write_file(struct walk *w, struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime}};
	int fd, result = -1;

	fd = openat(w->fds[w->n - 1], base_name(entry->name),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "cannot create '%.160s'", entry->name);
	if (zip_reader_start(zip, entry, e) || copy(zip, entry, fd, e) ||
	    settle(w, fd, entry->mode, entry->name, e))
		goto out;
	if (futimens(fd, times)) {
		err_sys(e, "cannot set the time of '%.160s'", entry->name);
		goto out;
	}
	result = 0;
out:
	zip_reader_end(zip);
	fd_close(&fd);
	return result;
}

static int
write_link(struct walk *w, struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	char target[PATH_MAX];
	size_t len = 0, n;
	int parent, result = -1;

	if (zip_reader_start(zip, entry, e))
		return -1;
	do {
		if (zip_reader_next(zip, entry, target + len, sizeof target - 1 - len, &n, e))
			goto out;
		len += n;
	} while (n && len < sizeof target - 1);
	target[len] = '\0';
	if (len != entry->size || judge_link(entry->name, target, e))
		goto out;
	parent = w->fds[w->n - 1];
	if (symlinkat(target, parent, base_name(entry->name)) ||
	    (w->owner->change && fchownat(parent, base_name(entry->name), w->owner->uid,
					  w->owner->gid, AT_SYMLINK_NOFOLLOW))) {
		err_sys(e, "cannot make link '%.160s'", entry->name);
		goto out;
	}
	result = 0;
out:
	zip_reader_end(zip);
	if (result && e->kind == ERR_NONE)
		err_set(e, ERR_UNSAFE, "link '%.160s' is not as long as it says", entry->name);
	return result;
}

static int
write_entry(struct walk *w, struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	const char *name = entry->name;
	size_t from;

	if (go_to_parent(w, name, e))
		return -1;
	if (entry->kind == ENTRY_FILE)
		return write_file(w, zip, entry, e);
	if (entry->kind == ENTRY_LINK)
		return write_link(w, zip, entry, e);
	from = (size_t)(base_name(name) - name);
	return enter(w, name, from, strlen(name), entry->mode, e);
}

int
extract_tree(struct zip_reader *zip, const struct judge *entries, int dir_fd,
	     const struct extract_owner *owner, struct err *e)
{
	struct walk w = {.owner = owner, .fds = {dir_fd}, .n = 1};
	int result = 0;

	for (size_t i = 0; i < entries->n_entries && !result; i++) {
		int signal = proc_signal_pending();

		if (signal)
			result = err_hook(e, 128 + signal, "interrupted by signal %d", signal);
		else
			result = write_entry(&w, zip, &entries->entries[i], e);
	}
	while (w.n > 0)
		leave(&w);
	return result;
}
