/* SPDX-License-Identifier: MIT */
/* spool - files that a provisioning server sends and fetches. */
#include "command/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/wipe.h"
#include "host/paths.h"
#include "image/arrival.h"
#include "image/digest.h"

#define DIRECTORY "files"
#define PART ".part"
#define SUFFIX_MAX 16
#define BLOCK (256u << 10)

/* A file under way: its names, and where they are. */
struct place {
	int dir_fd;
	char sha256[DIGEST_HEX], name[DIGEST_HEX + SUFFIX_MAX], part[DIGEST_HEX + SUFFIX_MAX + 8];
};

static int
open_directory(struct paths *paths, int *dir_fd, struct err *e)
{
	int tmp_fd = -1, result = -1;
	struct stat st;

	if (paths_load(paths, e) || paths_make_tmp(paths, &tmp_fd, e))
		return -1;
	if (mkdirat(tmp_fd, DIRECTORY, 0750) && errno != EEXIST)
		err_sys(e, "cannot make '%s/" DIRECTORY "'", paths->tmp);
	else if ((*dir_fd = fd_open_beneath(tmp_fd, DIRECTORY, O_RDONLY | O_DIRECTORY, 0)) < 0)
		err_sys(e, "cannot open '%s/" DIRECTORY "'", paths->tmp);
	else if (fstat(tmp_fd, &st) ||
		 /* Hooks write their backups there, and run as the agent's account. */
		 (geteuid() == 0 && fchown(*dir_fd, st.st_uid, st.st_gid)))
		err_sys(e, "cannot set the owner of '%s/" DIRECTORY "'", paths->tmp);
	else
		result = 0;
	fd_close(&tmp_fd);
	return result;
}

static int
find_place(struct place *place, struct spool_file *file, const char *sha256, const char *suffix,
	   struct err *e)
{
	struct paths paths;

	place->dir_fd = -1;
	if (digest_take("the digest", sha256, place->sha256, e))
		return -1;
	if (strlen(suffix) >= SUFFIX_MAX ||
	    (*suffix &&
	     (*suffix != '.' ||
	      strspn(suffix, ".abcdefghijklmnopqrstuvwxyz0123456789") != strlen(suffix))))
		return err_set(e, ERR_USAGE, "'%.40s' is no suffix of a name", suffix);
	if (open_directory(&paths, &place->dir_fd, e))
		return -1;
	snprintf(place->name, sizeof place->name, "%s%s", place->sha256, suffix);
	snprintf(place->part, sizeof place->part, "%s" PART, place->name);
	snprintf(file->path, sizeof file->path, "%s/" DIRECTORY "/%s", paths.tmp, place->name);
	return 0;
}

/* Is the file of fd the one that is meant? */
static int
compare(int fd, const struct place *place, bool *is_it, struct err *e)
{
	struct arrival image;
	char hex[DIGEST_HEX];
	int result = -1;

	if (arrival_open_whole(&image, fd, e) == 0 && digest_arrival(&image, hex, e) == 0) {
		*is_it = strcmp(hex, place->sha256) == 0;
		result = 0;
	}
	arrival_close(&image);
	return result;
}

/* Size of a regular file there; -1 for none. */
static long long
size_of(const struct place *place, const char *name)
{
	struct stat st;

	return fstatat(place->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)
		       ? (long long)st.st_size
		       : -1;
}

static int
look(struct spool_file *file, const struct place *place, long long size, struct err *e)
{
	int fd, result = 0;

	file->is_whole = false;
	file->have = size_of(place, place->name);
	if (file->have == size) {
		fd = fd_open_beneath(place->dir_fd, place->name, O_RDONLY, 0);
		result = fd < 0 ? err_sys(e, "cannot open '%s'", file->path)
				: compare(fd, place, &file->is_whole, e);
		fd_close(&fd);
	}
	if (result || file->is_whole)
		return result;
	file->have = size_of(place, place->part);
	if (file->have < 0 || file->have > size)
		file->have = 0;
	return 0;
}

int
spool_find(struct spool_file *file, const char *sha256, const char *suffix, long long size,
	   struct err *e)
{
	struct place place;
	int result = -1;

	if (find_place(&place, file, sha256, suffix, e) == 0)
		result = look(file, &place, size, e);
	fd_close(&place.dir_fd);
	return result;
}

/* From `from` to the end of the part, which is open at its end. */
static int
copy(struct spool_file *file, int from, int part, long long size, struct err *e)
{
	static char block[BLOCK];
	ssize_t n;

	while ((n = read(from, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the file that comes");
		if (file->have + n > size)
			return err_set(e, ERR_UNSAFE, "more than %lld bytes come", size);
		if (fd_write_all(part, block, (size_t)n, file->path, e))
			return -1;
		file->have += n;
	}
	return file->have == size
		       ? 0
		       : err_set(e, ERR_CUT, "%lld of %lld bytes have come: send the rest",
				 file->have, size);
}

/* The part, locked, at its end; nothing that is longer than the whole can become. */
static int
open_part(struct spool_file *file, const struct place *place, long long size, int *fd,
	  struct err *e)
{
	*fd = fd_open_beneath(place->dir_fd, place->part, O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
	if (*fd < 0)
		return err_sys(e, "cannot write '%s'", file->path);
	if (flock(*fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK
			       ? err_set(e, ERR_BUSY, "'%s' comes by another connection",
					 file->path)
			       : err_sys(e, "cannot lock '%s'", file->path);
	file->have = (long long)lseek(*fd, 0, SEEK_END);
	if (file->have > size) {
		if (ftruncate(*fd, 0) || lseek(*fd, 0, SEEK_SET))
			return err_sys(e, "cannot begin '%s' anew", file->path);
		file->have = 0;
	}
	return 0;
}

static int
receive(struct spool_file *file, const struct place *place, long long size, int from, int part,
	struct err *e)
{
	if (copy(file, from, part, size, e))
		return -1;
	if (compare(part, place, &file->is_whole, e))
		return -1;
	if (!file->is_whole) {
		unlinkat(place->dir_fd, place->part, 0);
		return err_set(e, ERR_UNSAFE, "what has come has another digest than %s",
			       place->sha256);
	}
	if (fsync(part) || renameat(place->dir_fd, place->part, place->dir_fd, place->name) ||
	    fsync(place->dir_fd))
		return err_sys(e, "cannot keep '%s'", file->path);
	return 0;
}

int
spool_receive(struct spool_file *file, const char *sha256, const char *suffix, long long size,
	      int fd, struct err *e)
{
	struct place place;
	int part = -1, result = -1;

	if (find_place(&place, file, sha256, suffix, e) || look(file, &place, size, e))
		goto out;
	if (file->is_whole)
		result = 0;
	else if (open_part(file, &place, size, &part, e) == 0)
		result = receive(file, &place, size, fd, part, e);
out:
	fd_close(&part);
	fd_close(&place.dir_fd);
	return result;
}

int
spool_drop(const char *sha256, const char *suffix, struct err *e)
{
	struct spool_file file;
	struct place place;
	int result = -1;

	if (find_place(&place, &file, sha256, suffix, e) == 0)
		result = wipe_at(place.dir_fd, place.name, NULL, e) ||
					 wipe_at(place.dir_fd, place.part, NULL, e)
				 ? -1
				 : 0;
	fd_close(&place.dir_fd);
	return result;
}

int
spool_place(struct spool_file *file, const char *name, struct err *e)
{
	struct paths paths;
	int dir_fd = -1;

	if (text_check_id("the file's name", name, 255, e) || open_directory(&paths, &dir_fd, e))
		return -1;
	fd_close(&dir_fd);
	snprintf(file->path, sizeof file->path, "%s/" DIRECTORY "/%s", paths.tmp, name);
	return 0;
}

int
spool_send(const char *name, int fd, struct err *e)
{
	static char block[BLOCK];
	struct paths paths;
	int dir_fd = -1, file = -1, result = -1;
	ssize_t n;

	if (text_check_id("the file's name", name, 255, e) || open_directory(&paths, &dir_fd, e))
		return -1;
	file = fd_open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	if (file < 0) {
		if (errno == ENOENT)
			err_set(e, ERR_IMAGE, "there is no '%s/" DIRECTORY "/%s'", paths.tmp, name);
		else
			err_sys(e, "cannot open '%s/" DIRECTORY "/%s'", paths.tmp, name);
		goto out;
	}
	while ((n = read(file, block, sizeof block)) > 0)
		if (fd_write_all(fd, block, (size_t)n, "the connection", e))
			goto out;
	if (n < 0)
		err_sys(e, "cannot read '%s/" DIRECTORY "/%s'", paths.tmp, name);
	else
		result = wipe_at(dir_fd, name, NULL, e);
out:
	fd_close(&file);
	fd_close(&dir_fd);
	return result;
}
