/* SPDX-License-Identifier: MIT */
/* metadata - the agent's own directories beside the services, and the files in them. */
#include "service/metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/account.h"

bool
metadata_has_name(int fd, int parent, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == named.st_ino && st.st_dev == named.st_dev;
}

int
metadata_set_mode(int fd, const char *name, struct err *e)
{
	struct account agent;
	bool is_foreign;
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "cannot look at '%s'", name);
	if (account_is_root() && account_agent(&agent, e))
		return -1;
	is_foreign = account_is_root() && (st.st_uid != agent.uid || st.st_gid != agent.gid);
	if (!is_foreign && (st.st_mode & 07777) == 02770)
		return 0;
	if ((!is_foreign || fchown(fd, agent.uid, agent.gid) == 0) && fchmod(fd, 02770) == 0)
		return 0;
	/* Read-only it is taken as it is; another account's has its mode from that. */
	return errno == EROFS || (errno == EPERM && !account_is_root())
		       ? 0
		       : err_sys(e, "cannot set owner and mode of '%s'", name);
}

/* Opens one, made where it is missing; its errno says why not. */
static int
open_own(int parent, const char *name, bool *made, int *fd)
{
	do {
		*made = mkdirat(parent, name, 0770) == 0;
		if (!*made && errno != EEXIST)
			return -1;
		*fd = fd_open_beneath(parent, name, O_RDONLY | O_DIRECTORY, 0);
	} while (*fd < 0 && errno == ENOENT); /* it was forgotten just now */
	return *fd < 0 ? -1 : 0;
}

int
metadata_hold(int parent, const char *name, int *fd)
{
	bool made;

	while (open_own(parent, name, &made, fd) == 0) {
		while (flock(*fd, LOCK_SH))
			if (errno != EINTR)
				return -1;
		if (metadata_has_name(*fd, parent, name))
			return 0;
		fd_close(fd);
	}
	return -1;
}

int
metadata_open_file(int meta_fd, const char *name, int flags)
{
	int fd = openat(meta_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0660);
	struct stat st;

	/* Another account's file was given its mode when it was made. */
	if (fd >= 0 && (flags & O_CREAT) && fstat(fd, &st) == 0 && (st.st_mode & 07777) != 0660)
		(void)!fchmod(fd, 0660);
	return fd;
}

bool
metadata_is_held_alone(int fd)
{
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

int
metadata_make(int parent, const char *name, bool *made, int *fd, struct err *e)
{
	return open_own(parent, name, made, fd)
		       ? err_sys(e, "cannot open the agent's directory '%s'", name)
		       : metadata_set_mode(*fd, name, e);
}

int
metadata_open(int root_fd, int *meta_root_fd, struct err *e)
{
	return metadata_hold(root_fd, METADATA_DIRECTORY, meta_root_fd)
		       ? err_sys(e, "cannot open the agent's directory '" METADATA_DIRECTORY "'")
		       : metadata_set_mode(*meta_root_fd, METADATA_DIRECTORY, e);
}
