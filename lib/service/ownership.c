/* SPDX-License-Identifier: MIT */
/* ownership - the owners and modes that the contract gives a service's tree. */
#include "service/ownership.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"

#define BIN_FILE_MODE 0750
#define CFG_FILE_MODE 0770

/* A file that has a name elsewhere too and is not the account's: it may be one from outside. */
static bool
is_anothers(const struct stat *st, const struct account *user)
{
	return user && S_ISREG(st->st_mode) && st->st_nlink > 1 && st->st_uid != user->uid;
}

/* One change of the owner of all that is in a service's tree. */
struct change {
	const struct account *user;
	dev_t device;  /* another file system, mounted within, is not the service's */
	size_t n_left; /* what kept its owner */
};

/*
 * The account may change its tree meanwhile, so each thing is opened first and then only the
 * descriptor is used.
 */
static void
change_one(struct change *change, int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const struct account *user = change->user;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return; /* a running service has files that come and go */
	if (fd < 0 || fstat(fd, &st))
		change->n_left++;
	else if (is_anothers(&st, user))
		log_warning("'%s' has several names and is not %s's: its owner is left alone", name,
			    user->name);
	else if (st.st_dev == change->device &&
		 (st.st_uid != user->uid || st.st_gid != user->gid) &&
		 fchownat(fd, "", user->uid, user->gid, AT_EMPTY_PATH))
		change->n_left++;
	fd_close(&fd);
}

/* Takes fd. */
static void
change_below(struct change *change, int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	int below;

	if (!dir) {
		change->n_left++;
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(dir))) {
		if (directory_is_dot(entry->d_name))
			continue;
		change_one(change, fd, entry->d_name);
		below = fd_open_beneath(fd, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (below >= 0 && fstat(below, &st) == 0 && st.st_dev == change->device)
			change_below(change, below);
		else if (below >= 0)
			fd_close(&below);
		else if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
			change->n_left++;
	}
	closedir(dir);
}

int
ownership_change(int dir_fd, const struct account *user, struct err *e)
{
	struct change change = {.user = user};
	int own = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (own < 0 || fstat(own, &st)) {
		fd_close(&own);
		return err_sys(e, "cannot read the service directory");
	}
	change.device = st.st_dev;
	change_below(&change, own);
	if (change.n_left)
		log_warning("%zu files or directories could not be given to '%s': immutable, too "
			    "deep, or on a file system that keeps owners",
			    change.n_left, user->name);
	return 0;
}

/* A file directly in bin/ or cfg/: opened once, and then only the descriptor is used. */
static int
apply_to_file(int dir_fd, const char *name, const struct account *user, gid_t gid, mode_t mode,
	      struct err *e)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int result = 0;

	if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENXIO))
		return 0; /* gone, a link or a socket */
	/* A file that its owner may not read; without root it can only be the caller's. */
	if (fd < 0 && errno == EACCES && !user)
		return fchmodat(dir_fd, name, mode, 0) ? err_sys(e, "cannot open '%s'", name) : 0;
	if (fd < 0 || fstat(fd, &st))
		result = err_sys(e, "cannot open '%s'", name);
	else if (S_ISREG(st.st_mode) && is_anothers(&st, user))
		log_warning("'%s' has several names and is not %s's: it is left alone", name,
			    user->name);
	else if (S_ISREG(st.st_mode) && ((user && fchown(fd, user->uid, gid)) || fchmod(fd, mode)))
		result = err_sys(e, "cannot set owner and mode of '%s'", name);
	fd_close(&fd);
	return result;
}

/* A directory of the service's that is the agent's too. */
struct shared {
	const char *name;
	mode_t mode, file_mode;
};

/* The directory, and the files directly in it. */
static int
apply_to_directory(int dir_fd, const struct shared *shared, const struct account *user, gid_t gid,
		   struct err *e)
{
	const char *name = shared->name;
	struct dirent *entry;
	DIR *dir = NULL;
	int fd, result = -1;

	if (mkdirat(dir_fd, name, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make '%s'", name);
	fd = fd_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", name);
	/* The mode last: a change of owner takes the setgid bit. */
	if ((user && fchown(fd, user->uid, gid)) || fchmod(fd, shared->mode)) {
		err_sys(e, "cannot set owner and mode of '%s'", name);
		goto out;
	}
	dir = directory_read(fd, e);
	result = dir ? 0 : -1;
	while (!result && (entry = readdir(dir))) {
		if (!directory_is_dot(entry->d_name))
			result = apply_to_file(fd, entry->d_name, user, gid, shared->file_mode, e);
	}
out:
	if (dir)
		closedir(dir);
	fd_close(&fd);
	return result;
}

int
ownership_apply(int dir_fd, const struct account *user, const struct account *agent, struct err *e)
{
	static const struct shared bin = {"bin", 02750, BIN_FILE_MODE},
				   cfg = {"cfg", 0770, CFG_FILE_MODE};
	gid_t gid = agent->gid;

	if (apply_to_directory(dir_fd, &bin, user, gid, e) ||
	    apply_to_directory(dir_fd, &cfg, user, gid, e))
		return -1;
	if (user && fchown(dir_fd, user->uid, gid))
		return err_sys(e, "cannot give the service directory its owner");
	return fchmod(dir_fd, 0775) ? err_sys(e, "cannot set the service directory's mode") : 0;
}

bool
ownership_is_shared(const char *path)
{
	return strcmp(path, ".") == 0 ||
	       ((strncmp(path, "bin", 3) == 0 || strncmp(path, "cfg", 3) == 0) &&
		(!path[3] || (path[3] == '/' && !strchr(path + 4, '/'))));
}

mode_t
ownership_mode(const char *path, mode_t mode)
{
	if (strncmp(path, "bin/", 4) == 0 && !strchr(path + 4, '/'))
		return BIN_FILE_MODE;
	if (strncmp(path, "cfg/", 4) == 0 && !strchr(path + 4, '/'))
		return CFG_FILE_MODE;
	return mode;
}
