/* SPDX-License-Identifier: MIT */
/* delivery - secret files that stand in a service's cfg/ while a hook runs, and are gone after. */
#include "service/delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/wipe.h"

static int
give(const struct delivery *d, int fd, mode_t mode, const char *name, struct err *e)
{
	if (d->change_owner && fchown(fd, d->uid, d->gid))
		return err_sys(e, "cannot give '%s' its owner", name);
	if (fchmod(fd, mode))
		return err_sys(e, "cannot set the mode of '%s'", name);
	return 0;
}

/* Tells a sweep that a regular file at the delivered names is what this run has left there. */
static int
mark(const struct delivery *d, struct err *e)
{
	int fd = openat(d->svc->meta_fd, RUNDIR_MARK,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0660);

	if (fd < 0)
		return err_sys(e, "cannot note that a configuration is delivered");
	fd_close(&fd);
	return 0;
}

int
delivery_open(struct delivery *d, struct service *svc, const struct account *user,
	      const struct account *agent, struct err *e)
{
	char root[PATHS_MAX];

	*d = DELIVERY_INIT;
	d->svc = svc;
	if (user && agent) {
		d->change_owner = true;
		d->uid = user->uid;
		d->gid = agent->gid;
	}
	d->cfg_fd = fd_open_beneath(svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);
	if (d->cfg_fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_UNSAFE, "'%.256s/cfg' is not a directory", svc->path);
	if (d->cfg_fd < 0)
		return err_sys(e, "cannot open '%s/cfg'", svc->path);
	if (mark(d, e))
		return -1;
	d->root_fd = rundir_open(&svc->paths, true, root, sizeof root);
	if (d->root_fd < 0) {
		log_warning("no memory-backed directory (neither '%s' nor /dev/shm): the "
			    "configuration is on a disk while the hook runs, where overwriting may "
			    "not reach every copy",
			    svc->paths.run);
		return 0;
	}
	snprintf(d->run_name, sizeof d->run_name, "%s.%s", svc->id, svc->run_id);
	snprintf(d->run_path, sizeof d->run_path, "%s/%s", root, d->run_name);
	if (mkdirat(d->root_fd, d->run_name, 0700))
		return err_sys(e, "cannot make '%s'", d->run_path);
	d->run_fd =
		openat(d->root_fd, d->run_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->run_fd < 0)
		return err_sys(e, "cannot open '%s'", d->run_path);
	if (flock(d->run_fd, LOCK_EX | LOCK_NB)) /* tells a sweep that this run is alive */
		return err_sys(e, "cannot lock '%s'", d->run_path);
	return give(d, d->run_fd, 0750, d->run_path, e);
}

/* What was delivered, by whatever name, and copies of it. */
static bool
is_ours(void *arg, const char *name, int fd)
{
	const struct delivery *d = arg;
	struct stat st, own;

	if (fstat(fd, &st))
		return false;
	for (size_t i = 0; i < d->n_files; i++)
		if (fstat(d->files[i].fd, &own) == 0 && st.st_dev == own.st_dev &&
		    st.st_ino == own.st_ino)
			return true;
	if (d->is_copy && d->is_copy(d->is_copy_arg, fd))
		return true;
	rundir_warn_of_names(d->svc, name);
	return false;
}

int
delivery_make(struct delivery *d, const char *name, struct err *e)
{
	int dir_fd = d->run_fd >= 0 ? d->run_fd : d->cfg_fd;
	char target[PATH_MAX + RUNDIR_NAME_MAX];
	const struct wipe_filter filter = {is_ours, d};
	struct delivery_file *file;

	if (d->n_files == DELIVERY_FILES_MAX || strlen(name) >= sizeof file->name)
		return err_set(e, ERR_INTERNAL, "cannot deliver '%.80s'", name);
	if (wipe_tree_at(d->cfg_fd, name, &filter, e))
		return err_wrap(e, "cannot make room for 'cfg/%s'", name);
	file = &d->files[d->n_files];
	snprintf(file->name, sizeof file->name, "%s", name);
	file->fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return err_sys(e, "cannot create '%s'", name);
	d->n_files++;
	if (give(d, file->fd, 0640, name, e))
		return -1;
	if (d->run_fd < 0)
		return 0;
	snprintf(target, sizeof target, "%s/%s", d->run_path, name);
	if (symlinkat(target, d->cfg_fd, name))
		return err_sys(e, "cannot make '%s/cfg/%s'", d->svc->path, name);
	return 0;
}

/* Before there is anything in them, so that no page of a secret is ever anywhere else. */
static void
lock_pages(struct delivery *d, struct delivery_file *file, size_t len)
{
	if (d->run_fd < 0 || len == 0)
		return;
	d->is_unlocked = true;
	if (ftruncate(file->fd, (off_t)len))
		return;
	file->pages = mmap(NULL, len, PROT_READ, MAP_SHARED, file->fd, 0);
	file->pages_len = len;
	if (file->pages == MAP_FAILED) {
		file->pages = NULL;
		return;
	}
	d->is_unlocked = mlock(file->pages, len) != 0;
	/* Best effort, as locking is: a forked process has no use for them. */
	(void)madvise(file->pages, len, MADV_DONTFORK);
}

static void
unlock_pages(struct delivery_file *file)
{
	if (file->pages)
		munmap(file->pages, file->pages_len);
	file->pages = NULL;
}

/* Source: proc(5), /proc/swaps: a line of headings, then one for each. */
static bool
has_swap(void)
{
	char text[512];
	int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;

	fd_close(&fd);
	return n < 0 || (end && end + 1 < text + n);
}

enum delivery_swap
delivery_swap(const struct delivery *d)
{
	if (d->run_fd < 0)
		return DELIVERY_SWAP_POSSIBLE;
	if (strcmp(fd_file_system(d->run_fd), "ramfs") == 0)
		return DELIVERY_SWAP_NEVER;
	if (!d->is_unlocked)
		return DELIVERY_SWAP_LOCKED;
	return has_swap() ? DELIVERY_SWAP_POSSIBLE : DELIVERY_SWAP_NONE;
}

int
delivery_fill(struct delivery *d, const char *name, const struct secret *text, struct err *e)
{
	bool was_unlocked = d->is_unlocked;

	for (size_t i = 0; i < d->n_files; i++) {
		if (strcmp(d->files[i].name, name) != 0)
			continue;
		lock_pages(d, &d->files[i], text->len);
		d->is_unlocked |= was_unlocked;
		if (d->is_unlocked && !was_unlocked && delivery_swap(d) == DELIVERY_SWAP_POSSIBLE)
			log_warning("the configuration cannot be locked in memory and may be "
				    "swapped to a disk: raise the limit of locked memory");
		return fd_write_all(d->files[i].fd, secret_reveal(text), text->len, name, e) ||
				       rundir_note(d->svc, d->files[i].fd, e)
			       ? -1
			       : 0;
	}
	return err_set(e, ERR_INTERNAL, "no place was made for '%.80s'", name);
}

/* Whatever stands at the delivered names in one directory. */
static int
wipe_names(struct delivery *d, int dir_fd, struct err *e)
{
	const struct wipe_filter filter = {is_ours, d};
	struct err ignored = ERR_INIT;
	int result = 0;

	for (size_t i = 0; i < d->n_files; i++)
		if (wipe_tree_at(dir_fd, d->files[i].name, &filter, result ? &ignored : e))
			result = -1;
	return result;
}

static int
wipe_all(struct delivery *d, struct err *e)
{
	const struct wipe_filter filter = {is_ours, d};
	struct err ignored = ERR_INIT;
	int cfg_fd, result = 0;

	for (size_t i = 0; i < d->n_files; i++)
		if (wipe_fd(d->files[i].fd, result ? &ignored : e))
			result = -1;
	if (wipe_names(d, d->cfg_fd, result ? &ignored : e))
		result = -1;
	/* The hook may have put another directory in the place of cfg. */
	cfg_fd = fd_open_beneath(d->svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);
	if (cfg_fd >= 0 && wipe_names(d, cfg_fd, result ? &ignored : e))
		result = -1;
	fd_close(&cfg_fd);
	if (d->run_fd >= 0 && wipe_tree_at(d->root_fd, d->run_name, &filter, result ? &ignored : e))
		result = -1;
	for (size_t i = 0; i < d->n_files; i++) {
		unlock_pages(&d->files[i]);
		fd_close(&d->files[i].fd);
	}
	/* Touched: the sweep takes what was written until shortly after this moment. */
	if (d->keep_mark)
		utimensat(d->svc->meta_fd, RUNDIR_MARK, NULL, AT_SYMLINK_NOFOLLOW);
	else if (result == 0)
		unlinkat(d->svc->meta_fd, RUNDIR_MARK, 0);
	return result ? err_wrap(e, "cannot wipe the configuration of service '%s'", d->svc->id)
		      : 0;
}

int
delivery_close(struct delivery *d, struct err *e)
{
	int result = d->svc ? wipe_all(d, e) : 0;

	fd_close(&d->cfg_fd);
	fd_close(&d->run_fd);
	fd_close(&d->root_fd);
	*d = DELIVERY_INIT;
	return result;
}
