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

/* The directory that an entry goes to, or the nearest above it that is there. */
static int
check_place(const struct service *svc, const char *name, struct err *e)
{
	char path[PATH_MAX];
	int fd, result;

	snprintf(path, sizeof path, "%s", name);
	do {
		char *slash = strrchr(path, '/');

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
	fd_close(&fd);
	return result;
}

static bool
is_sibling(const char *a, const char *b)
{
	const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
	size_t len = slash_a ? (size_t)(slash_a - a) : 0;

	return len == (slash_b ? (size_t)(slash_b - b) : 0) && strncmp(a, b, len) == 0;
}

/* What ownership_apply sets the mode of, which only its owner may. */
static int
check_owned(int dir_fd, const char *directory, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_uid == geteuid() ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "'%s%.160s' of the service belongs to another account, and its mode is to "
		       "be set: install as that, or as root",
		       directory, name);
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
		if (!(i && is_sibling(judge->entries[i].name, judge->entries[i - 1].name)) &&
		    check_place(svc, judge->entries[i].name, e))
			return -1;
	if (account_is_root())
		return 0;
	return check_owned(svc->dir_fd, "", ".", e) || check_shared(svc, judge, "bin", e) ||
			       check_shared(svc, judge, "cfg", e)
		       ? -1
		       : 0;
}

int
access_check(const struct service *svc, const struct judge *judge, bool replace, struct err *e)
{
	if (svc->root_fd < 0)
		return check_parent(svc->paths.services, e);
	if (check_metadata(svc, e))
		return -1;
	if ((svc->dir_fd < 0 || replace) && !fd_may(svc->root_fd, ".", W_OK | X_OK))
		return err_sys(e, "cannot put the service in its place");
	if (svc->dir_fd < 0)
		return 0;
	/* A directory that gets another parent is written to. */
	return replace ? check_directory(svc->dir_fd, ".", e) : check_update(svc, judge, e);
}
