/* SPDX-License-Identifier: MIT */
/* images - the images that are kept, by their digest, and those on their way in. */
#include "service/images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "service/metadata.h"
#include "service/state.h"

/* A service of that id has its lock and state in there too: their names do not meet ours. */
#define IMAGES_DIRECTORY "images"
#define RESUME_S (7 * 24 * 3600)

/* How the names of images on their way in begin. */
static bool
is_on_its_way(const char *name)
{
	return strncmp(name, IMAGES_COPY, strlen(IMAGES_COPY)) == 0 ||
	       strncmp(name, IMAGES_DOWNLOAD, strlen(IMAGES_DOWNLOAD)) == 0;
}

/* True when name is still that of the open file: only who has that locked changes it. */
static bool
has_name(int fd, int dir_fd, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == named.st_ino && st.st_dev == named.st_dev;
}

/*
 * What nobody goes on with.  It is removed while it is locked, so that who opened it meanwhile can
 * tell; and a download that its run may be about to lock is not locked in vain.
 */
static void
sweep_one(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool is_copy = strncmp(name, IMAGES_COPY, strlen(IMAGES_COPY)) == 0;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && (is_copy || st.st_mtime < time(NULL) - RESUME_S) &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0 && has_name(fd, dir_fd, name) &&
	    unlinkat(dir_fd, name, 0))
		log_warning("cannot remove '%s' of a run that died", name);
	fd_close(&fd);
}

static void
sweep(int dir_fd)
{
	struct err ignored = ERR_INIT;
	DIR *dir = directory_read(dir_fd, &ignored);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_on_its_way(entry->d_name))
			sweep_one(dir_fd, entry->d_name);
	if (dir)
		closedir(dir);
}

int
images_open(struct images *images, const struct service *svc, struct err *e)
{
	bool made = false;

	images->meta_root_fd = svc->meta_root_fd;
	if (metadata_make(svc->meta_root_fd, IMAGES_DIRECTORY, &made, &images->fd, e))
		return -1;
	if (!made)
		sweep(images->fd);
	return 0;
}

int
images_look(struct images *images, const struct service *svc, struct err *e)
{
	images->meta_root_fd = svc->meta_root_fd;
	if (svc->meta_root_fd < 0)
		return 0;
	images->fd =
		fd_open_beneath(svc->meta_root_fd, IMAGES_DIRECTORY, O_RDONLY | O_DIRECTORY, 0);
	return images->fd >= 0 || errno == ENOENT ? 0 : err_sys(e, "cannot look for kept images");
}

void
images_close(struct images *images)
{
	fd_close(&images->fd);
	*images = IMAGES_INIT;
}

int
images_begin(struct images *images, const char *name, int *fd, struct err *e)
{
	/* Nobody else has a copy's name: it can only be that it is swept, which takes no time. */
	int how = LOCK_EX | (strncmp(name, IMAGES_COPY, strlen(IMAGES_COPY)) == 0 ? 0 : LOCK_NB);

	for (;;) {
		*fd = openat(images->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (*fd < 0)
			return err_sys(e, "cannot make a file for the image");
		if (flock(*fd, how))
			break;
		if (has_name(*fd, images->fd, name))
			return 0;
		fd_close(fd); /* swept before it was locked */
	}
	if (errno == EWOULDBLOCK) {
		fd_close(fd);
		return -2;
	}
	err_sys(e, "cannot lock the image's file");
	fd_close(fd);
	return -1;
}

int
images_keep(struct images *images, const char *name, const char *digest, const char *suffix,
	    struct err *e)
{
	char lasting[IMAGES_NAME_MAX];

	snprintf(lasting, sizeof lasting, "%s.%s", digest, suffix);
	if (flock(images->fd, LOCK_SH) || fchmodat(images->fd, name, 0640, 0) ||
	    renameat(images->fd, name, images->fd, lasting))
		return err_sys(e, "cannot keep the image");
	return 0;
}

int
images_hold(struct images *images, const char *name, struct err *e)
{
	struct stat st;

	if (flock(images->fd, LOCK_SH))
		return err_sys(e, "cannot keep the image");
	if (fstatat(images->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT
		       ? err_set(e, ERR_UNAVAILABLE, "image %.12s was removed by another run", name)
		       : err_sys(e, "cannot look at the kept image");
}

static bool
is_kept_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == DIGEST_HEX - 1 && name[DIGEST_HEX - 1] == '.' &&
	       strlen(name) < IMAGES_NAME_MAX;
}

int
images_find(const struct images *images, const char *digest, char name[static IMAGES_NAME_MAX],
	    struct err *e)
{
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	name[0] = '\0';
	if (images->fd < 0)
		return 0;
	dir = directory_read(images->fd, e);
	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (!is_kept_name(entry->d_name) ||
		    strncmp(entry->d_name, digest, strlen(digest)) != 0)
			continue;
		if (name[0] && strncmp(name, entry->d_name, DIGEST_HEX - 1) != 0)
			result = err_set(e, ERR_USAGE, "several images begin with '%.64s'", digest);
		snprintf(name, IMAGES_NAME_MAX, "%.*s", IMAGES_NAME_MAX - 1, entry->d_name);
	}
	closedir(dir);
	return result;
}

static int
add_wanted(struct buf *wanted, const struct state *state, struct err *e)
{
	for (size_t i = 0; i < STATE_KEPT_MAX && state->kept[i][0]; i++)
		if (buf_addf(wanted, e, "%s\n", state->kept[i]))
			return -1;
	return 0;
}

/* All digests that some service's state has, a line each. */
static int
collect_wanted(int meta_root_fd, struct buf *wanted, struct err *e)
{
	DIR *dir = directory_read(meta_root_fd, e);
	struct dirent *entry;
	struct state state;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		struct err damaged = ERR_INIT;
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		fd = fd_open_beneath(meta_root_fd, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (fd < 0)
			continue;		      /* it went meanwhile, or is none */
		if (state_load(&state, fd, &damaged)) /* what it wants is not known */
			result = err_set(e, ERR_UNSAFE, "service '%.64s': %.200s", entry->d_name,
					 damaged.msg);
		else
			result = add_wanted(wanted, &state, e);
		fd_close(&fd);
	}
	closedir(dir);
	return result;
}

static void
remove_unwanted(int dir_fd, const struct buf *wanted)
{
	struct err ignored = ERR_INIT;
	DIR *dir = directory_read(dir_fd, &ignored);
	struct dirent *entry;
	char digest[DIGEST_HEX];

	while (dir && (entry = readdir(dir))) {
		if (!is_kept_name(entry->d_name))
			continue;
		snprintf(digest, sizeof digest, "%.*s", DIGEST_HEX - 1, entry->d_name);
		if (wanted->data && strstr(wanted->data, digest))
			continue;
		log_detail("removing image %.12s, which no service goes back to", digest);
		if (unlinkat(dir_fd, entry->d_name, 0))
			log_warning("cannot remove image '%s'", entry->d_name);
	}
	if (dir)
		closedir(dir);
}

void
images_prune(struct images *images)
{
	struct buf wanted = BUF_INIT;
	struct err e = ERR_INIT;

	/* Another run keeps an image its service's state does not have yet: the next prunes. */
	if (flock(images->fd, LOCK_EX | LOCK_NB))
		return;
	if (collect_wanted(images->meta_root_fd, &wanted, &e))
		log_warning("images that are not needed any more stay: %s", e.msg);
	else
		remove_unwanted(images->fd, &wanted);
	buf_free(&wanted);
}
