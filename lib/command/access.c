/* SPDX-License-Identifier: MIT */
/* access - whether the caller may write where an installation writes, before it is tried. */
#include "command/access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "host/account.h"
#include "service/metadata.h"

/* The directory of all services is to be made, and only that: its parent has to be there. */
static int
check_parent(const char *services, struct err *e)
{
	const char *name;
	int fd = fd_open_parent(services, &name);
	bool may = fd >= 0 && fd_may(fd, ".", W_OK | X_OK);

	if (!may)
		err_sys(e, "cannot make the services directory '%s'", services);
	fd_close(&fd);
	return may ? 0 : -1;
}

/* What an installation changes in the metadata; each is made where it is missing. */
static int
check_metadata(const struct service *svc, struct err *e)
{
	char lock[TEXT_SERVICE_ID_MAX + 8];
	const char *const names[] = {"images", ".stage", svc->id, lock};
	bool is_missing = false;

	if (svc->meta_root_fd < 0)
		return fd_may(svc->root_fd, ".", W_OK | X_OK)
			       ? 0
			       : err_sys(e, "cannot make the agent's directory '" METADATA_DIRECTORY
					    "'");
	snprintf(lock, sizeof lock, "%s/" SERVICE_LOCK, svc->id);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (fd_may(svc->meta_root_fd, names[i], W_OK))
			continue;
		if (errno != ENOENT)
			return err_sys(e, "cannot write to '" METADATA_DIRECTORY "/%s'", names[i]);
		is_missing = true;
	}
	return !is_missing || fd_may(svc->meta_root_fd, ".", W_OK | X_OK)
		       ? 0
		       : err_sys(e, "cannot write to '" METADATA_DIRECTORY "'");
}

/* One that its owner may not write to is opened up, as service/overlay.c has it. */
static int
check_directory(int fd, const char *path, struct err *e)
{
	int failure = fd_may(fd, ".", W_OK | X_OK) ? 0 : errno;
	struct stat st;

	if (failure == EACCES && fstat(fd, &st) == 0 && st.st_uid == geteuid())
		failure = 0;
	errno = failure;
	return failure ? err_sys(e, "cannot write to '%.160s' of the service", path) : 0;
}

/* Of chattr(1): what bears +i or +a is not moved or replaced, and keeps its owner and mode. */
static bool
is_fixed(int dir_fd, const char *name)
{
	struct statx there;

	return statx(dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, 0, &there) == 0 &&
	       there.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND);
}

static int
refuse_fixed(const char *path, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "'%.160s' of the service is immutable, or may only be appended to, as "
		       "chattr(1) made it",
		       path);
}

/*
 * Whether a rename may take a name from a directory, away or for another in its place.  Source:
 * rename(2), EPERM.
 */
static int
check_name(int dir_fd, const char *name, const char *path, struct err *e)
{
	struct stat dir, there;

	if (fstat(dir_fd, &dir) || fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (is_fixed(dir_fd, "") || is_fixed(dir_fd, name))
		return refuse_fixed(path, e);
	if (account_is_root() || !(dir.st_mode & S_ISVTX) || dir.st_uid == geteuid() ||
	    there.st_uid == geteuid())
		return 0;
	return err_set(e, ERR_REFUSED,
		       "'%.160s' of the service belongs to another account, and so does the sticky "
		       "directory that it lies in",
		       path);
}

/*
 * The directory that an entry goes to, or the nearest above it that is there; and what has the
 * entry's name in it.
 */
static int
check_place(const struct service *svc, const struct entry *entry, struct err *e)
{
	const char *name = strrchr(entry->name, '/'), *below;
	char path[PATH_MAX];
	int fd, result;

	name = name ? name + 1 : entry->name;
	snprintf(path, sizeof path, "%s", entry->name);
	do {
		char *slash = strrchr(path, '/');

		below = slash ? entry->name + (slash - path) + 1 : entry->name;
		if (slash)
			*slash = '\0';
		else
			snprintf(path, sizeof path, ".");
		fd = fd_open_within(svc->dir_fd, path, O_RDONLY | O_DIRECTORY);
	} while (fd < 0 && errno == ENOENT && strcmp(path, ".") != 0);
	/* What is in the way there is found by conflict_find. */
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP || errno == EXDEV))
		return 0;
	result = fd < 0 ? err_sys(e, "cannot open '%.160s' of the service", path)
			: check_directory(fd, path, e);
	/* A directory that is there already stays. */
	if (!result && below == name && entry->kind != ENTRY_DIRECTORY)
		result = check_name(fd, name, entry->name, e);
	fd_close(&fd);
	return result;
}

/* What ownership_apply sets the mode of, which only its owner may. */
static int
check_owned(int dir_fd, const char *directory, const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return 0;
	snprintf(path, sizeof path, "%s%s", directory, name);
	if (is_fixed(dir_fd, name))
		return refuse_fixed(path, e);
	if (account_is_root() || st.st_uid == geteuid())
		return 0;
	return err_set(e, ERR_REFUSED,
		       "'%.160s' of the service belongs to another account, and its mode is to be "
		       "set: install as that, or as root",
		       path);
}

/* bin/ or cfg/, and the files directly in it that the image does not replace. */
static int
check_shared(const struct service *svc, const struct judge *judge, const char *name, struct err *e)
{
	int fd = fd_open_within(svc->dir_fd, name, O_RDONLY | O_DIRECTORY);
	int result = check_owned(svc->dir_fd, "", name, e);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[NAME_MAX + 8], shown[8];

	if (!dir) {
		fd_close(&fd);
		return result;
	}
	snprintf(shown, sizeof shown, "%.4s/", name);
	while (!result && (entry = readdir(dir))) {
		snprintf(path, sizeof path, "%s%s", shown, entry->d_name);
		if (!directory_is_dot(entry->d_name) && entry->d_type != DT_DIR &&
		    !judge_find(judge, path))
			result = check_owned(fd, shown, entry->d_name, e);
	}
	closedir(dir);
	return result;
}

static int
check_update(const struct service *svc, const struct judge *judge, struct err *e)
{
	if (check_directory(svc->dir_fd, ".", e))
		return -1;
	for (size_t i = 0; i < judge->n_entries; i++)
		if (check_place(svc, &judge->entries[i], e))
			return -1;
	return check_owned(svc->dir_fd, "", ".", e) || check_shared(svc, judge, "bin", e) ||
			       check_shared(svc, judge, "cfg", e)
		       ? -1
		       : 0;
}

/* What gets another parent: a directory is written to then. */
static int
check_moved(int dir_fd, const char *name, const char *path, struct err *e)
{
	int fd = fd_open_within(dir_fd, name, O_RDONLY | O_DIRECTORY), result;

	result = check_name(dir_fd, name, path, e) || (fd >= 0 && check_directory(fd, path, e)) ? -1
												: 0;
	fd_close(&fd);
	return result;
}

/* The old tree goes as a whole; what is to persist comes back out of it. */
static int
check_replacement(const struct service *svc, const struct persist *persist, struct err *e)
{
	int result = check_moved(svc->root_fd, svc->id, ".", e);

	for (size_t i = 0; i < persist->n && !result; i++) {
		const char *name;
		int fd = fd_open_parent_within(svc->dir_fd, persist->paths[i], &name);

		if (fd >= 0)
			result = check_moved(fd, name, persist->paths[i], e);
		fd_close(&fd);
	}
	return result;
}

int
access_check(const struct service *svc, const struct judge *judge, const struct persist *persist,
	     struct err *e)
{
	if (svc->root_fd < 0)
		return check_parent(svc->paths.services, e);
	if (check_metadata(svc, e))
		return -1;
	if ((svc->dir_fd < 0 || persist) && !fd_may(svc->root_fd, ".", W_OK | X_OK))
		return err_sys(e, "cannot put the service in its place");
	if (svc->dir_fd < 0)
		return 0;
	return persist ? check_replacement(svc, persist, e) : check_update(svc, judge, e);
}
