/* SPDX-License-Identifier: MIT */
/* stage - where an image is unpacked before it becomes the service, and the step in between. */
#include "service/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "service/rundir.h"

#define STAGE_DIRECTORY "stage"

static DIR *
read_directory(int fd, struct err *e)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (!dir) {
		err_sys(e, "cannot read a directory");
		fd_close(&own);
	}
	return dir;
}

static bool
is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int
remove_stale(const struct stage *stage, const struct service *svc, struct err *e)
{
	DIR *dir = read_directory(stage->parent_fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (rundir_is_of(svc, entry->d_name)) {
			log_detail("removing the stage '%s' of a dead run", entry->d_name);
			result = fd_remove_tree(stage->parent_fd, entry->d_name, e);
		}
	closedir(dir);
	return result;
}

int
stage_open(struct stage *stage, const struct service *svc, struct err *e)
{
	*stage = STAGE_INIT;
	if (mkdirat(svc->books_fd, STAGE_DIRECTORY, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make the stage");
	stage->parent_fd =
		fd_open_beneath(svc->books_fd, STAGE_DIRECTORY, O_RDONLY | O_DIRECTORY, 0);
	if (stage->parent_fd < 0)
		return err_sys(e, "cannot open the stage");
	if (remove_stale(stage, svc, e))
		return -1;
	snprintf(stage->name, sizeof stage->name, "%s.%s", svc->id, svc->run_id);
	if (mkdirat(stage->parent_fd, stage->name, 0755))
		return err_sys(e, "cannot make the stage");
	stage->fd = fd_open_beneath(stage->parent_fd, stage->name, O_RDONLY | O_DIRECTORY, 0);
	return stage->fd < 0 ? err_sys(e, "cannot open the stage") : 0;
}

void
stage_close(struct stage *stage)
{
	struct err e = ERR_INIT;

	fd_close(&stage->fd);
	if (stage->name[0] && fd_remove_tree(stage->parent_fd, stage->name, &e))
		log_warning("%s", e.msg);
	fd_close(&stage->parent_fd);
	*stage = STAGE_INIT;
}

/* A staged directory and its place in the service. */
struct overlay {
	int from, to;
	const char *path; /* of both, with a slash at its end */
	struct err *e;
};

static int move_in(const struct overlay *o, const char *name, const struct stat *st);

static int
move_all(const struct overlay *o)
{
	DIR *dir = read_directory(o->from, o->e);
	struct dirent *entry;
	struct stat st;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (is_dot(entry->d_name))
			continue;
		if (fstatat(o->from, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			result = err_sys(o->e, "cannot look at '%s%s'", o->path, entry->d_name);
		else
			result = move_in(o, entry->d_name, &st);
	}
	closedir(dir);
	return result;
}

static int
descend(const struct overlay *o, const char *name)
{
	char path[PATH_MAX];
	struct overlay below = {.from = -1, .to = -1, .path = path, .e = o->e};
	int result = -1;

	if (snprintf(path, sizeof path, "%s%s/", o->path, name) >= (int)sizeof path)
		return err_set(o->e, ERR_UNSAFE, "'%s' lies too deep", o->path);
	below.from = fd_open_beneath(o->from, name, O_RDONLY | O_DIRECTORY, 0);
	below.to = fd_open_beneath(o->to, name, O_RDONLY | O_DIRECTORY, 0);
	if (below.from >= 0 && below.to >= 0)
		result = move_all(&below);
	else if (below.from >= 0 && errno == ELOOP)
		result = 0; /* an empty directory where the operator put a link: install checked */
	else
		err_sys(o->e, "cannot open '%s'", path);
	fd_close(&below.from);
	fd_close(&below.to);
	return result;
}

static int
make_directory(const struct overlay *o, const char *name, const struct stat *st)
{
	int fd, result = 0;

	if (mkdirat(o->to, name, 0700))
		return errno == EEXIST ? 0 : err_sys(o->e, "cannot make '%s%s'", o->path, name);
	fd = fd_open_beneath(o->to, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 || (account_is_root() && fchown(fd, st->st_uid, st->st_gid)) ||
	    fchmod(fd, st->st_mode & 07777))
		result = err_sys(o->e, "cannot set owner and mode of '%s%s'", o->path, name);
	fd_close(&fd);
	return result;
}

static int
move_in(const struct overlay *o, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return make_directory(o, name, st) ? -1 : descend(o, name);
	if (renameat(o->from, name, o->to, name))
		return err_sys(o->e, "cannot put '%s%s' in its place", o->path, name);
	return 0;
}

int
stage_commit(struct stage *stage, struct service *svc, struct err *e)
{
	struct overlay top = {.from = stage->fd, .to = svc->dir_fd, .path = "", .e = e};

	/* All files at once: a sync of each takes ten times as long. */
	if (syncfs(stage->fd))
		return err_sys(e, "cannot sync the stage");
	if (svc->dir_fd >= 0) {
		if (move_all(&top))
			return -1;
	} else {
		if (renameat(stage->parent_fd, stage->name, svc->root_fd, svc->id))
			return err_sys(e, "cannot put the service in its place");
		stage->name[0] = '\0';
		svc->dir_fd = fd_open_beneath(svc->root_fd, svc->id, O_RDONLY | O_DIRECTORY, 0);
		if (svc->dir_fd < 0)
			return err_sys(e, "cannot open '%s'", svc->path);
	}
	return syncfs(svc->dir_fd) ? err_sys(e, "cannot sync the service") : 0;
}

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
stage_own(int dir_fd, const struct account *user, struct err *e)
{
	DIR *dir = read_directory(dir_fd, e);
	struct dirent *entry;
	int fd, result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (is_dot(entry->d_name))
			continue;
		result = set_owner(dir_fd, entry->d_name, user, user->gid, e);
		fd = result ? -1
			    : fd_open_beneath(dir_fd, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (fd >= 0)
			result = stage_own(fd, user, e);
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
	dir = read_directory(fd, e);
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
stage_settle(int dir_fd, const struct account *user, const struct account *agent, struct err *e)
{
	gid_t gid = agent->gid;

	if (settle_shared(dir_fd, "bin", 02750, 0750, user, gid, e) ||
	    settle_shared(dir_fd, "cfg", 0770, 0770, user, gid, e))
		return -1;
	if (user && fchown(dir_fd, user->uid, gid))
		return err_sys(e, "cannot give the service directory its owner");
	return fchmod(dir_fd, 0775) ? err_sys(e, "cannot set the service directory's mode") : 0;
}
