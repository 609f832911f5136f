/* SPDX-License-Identifier: MIT */
/* ownership - the owners and modes that the contract gives a service's tree. */
#include "service/ownership.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

/*
 * Sets owner, group and mode where they differ; mode 0 leaves the mode.  The account may change its
 * tree meanwhile, so each thing is opened first and then only the descriptor is used.
 */
static int
set_owner(int dir_fd, const char *name, const struct account *user, gid_t gid, struct err *e)
{
	int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), result = 0;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0; /* a running service has files that come and go */
	if (fd < 0 || fstat(fd, &st))
		result = err_sys(e, "cannot look at '%s'", name);
	else if (S_ISREG(st.st_mode) && st.st_nlink > 1 && st.st_uid != user->uid)
		log_warning("'%s' has several names and is not %s's: its owner is left alone", name,
			    user->name);
	else if ((st.st_uid != user->uid || st.st_gid != gid) &&
		 fchownat(fd, "", user->uid, gid, AT_EMPTY_PATH))
		result = err_sys(e, "cannot give '%s' its owner", name);
	fd_close(&fd);
	return result;
}

static int
set_mode(int dir_fd, const char *name, mode_t mode, struct err *e)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result = 0;

	/* Only somebody without privileges can be refused his own file, and chmod does no harm then. */
	if (fd < 0 && (errno != EACCES || fchmodat(dir_fd, name, mode, 0)))
		result = err_sys(e, "cannot open '%s'", name);
	else if (fd >= 0 && fchmod(fd, mode))
		result = err_sys(e, "cannot set the mode of '%s'", name);
	fd_close(&fd);
	return result;
}

int
ownership_give(int dir_fd, const struct account *user, struct err *e)
{
	DIR *dir = fd_read_directory(dir_fd, e);
	struct dirent *entry;
	int fd, result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (fd_is_dot(entry->d_name))
			continue;
		result = set_owner(dir_fd, entry->d_name, user, user->gid, e);
		fd = result ? -1
			    : fd_open_beneath(dir_fd, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (fd >= 0)
			result = ownership_give(fd, user, e);
		fd_close(&fd);
	}
	closedir(dir);
	return result;
}

/* bin/ or cfg/: the directory, and the files directly in it. */
static int
settle_shared(int dir_fd, const char *name, mode_t dir_mode, mode_t file_mode,
	      const struct account *user, gid_t gid, struct err *e)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir = NULL;
	int fd, result = -1;

	if (mkdirat(dir_fd, name, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make '%s'", name);
	fd = fd_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", name);
	/* The mode last: a change of owner takes the setgid bit. */
	if ((user && fchown(fd, user->uid, gid)) || fchmod(fd, dir_mode)) {
		err_sys(e, "cannot set owner and mode of '%s'", name);
		goto out;
	}
	dir = fd_read_directory(fd, e);
	result = dir ? 0 : -1;
	while (!result && (entry = readdir(dir))) {
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		if (user)
			result = set_owner(fd, entry->d_name, user, gid, e);
		if (!result)
			result = set_mode(fd, entry->d_name, file_mode, e);
	}
out:
	if (dir)
		closedir(dir);
	fd_close(&fd);
	return result;
}

int
ownership_settle(int dir_fd, const struct account *user, const struct account *agent, struct err *e)
{
	gid_t gid = agent->gid;

	if (settle_shared(dir_fd, "bin", 02750, 0750, user, gid, e) ||
	    settle_shared(dir_fd, "cfg", 0770, 0770, user, gid, e))
		return -1;
	if (user && fchown(dir_fd, user->uid, gid))
		return err_sys(e, "cannot give the service directory its owner");
	return fchmod(dir_fd, 0775) ? err_sys(e, "cannot set the service directory's mode") : 0;
}
