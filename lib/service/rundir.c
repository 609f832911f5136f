/* SPDX-License-Identifier: MIT */
/* rundir - the memory-backed directories in which a run keeps its secrets, and their sweeping. */
#include "service/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/wipe.h"

/* How long after its end what a run has left may still write; later files are new deliveries. */
#define AFTERMATH_S 10

#define N_CHOICES 2

/* The directory of the first or second choice, -1 when it will not do. */
static int
open_choice(const struct paths *paths, int choice, bool make, char *path, size_t size)
{
	struct stat st;
	int fd;

	if (choice == 0)
		snprintf(path, size, "%s", paths->run);
	else
		snprintf(path, size, "/dev/shm/enstratus-%u", (unsigned)geteuid());
	if (make)
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* /dev/shm is everybody's: somebody else may have made that name first. */
	if (fd < 0 || fstat(fd, &st) || !fd_in_memory(fd) ||
	    (choice == 1 && st.st_uid != geteuid()) || (st.st_mode & S_IWOTH) ||
	    faccessat(fd, ".", W_OK, AT_EACCESS)) {
		fd_close(&fd);
		return -1;
	}
	/* A service's account passes through to its own run's directory, no more. */
	if (st.st_uid == geteuid() && (st.st_mode & 0777) != 0711 && fchmod(fd, 0711))
		log_detail("cannot set the mode of '%s'", path);
	return fd;
}

int
rundir_open(const struct paths *paths, bool make, char *path, size_t size)
{
	int fd = -1;

	for (int choice = 0; choice < N_CHOICES && fd < 0; choice++)
		fd = open_choice(paths, choice, make, path, size);
	return fd;
}

void
rundir_name(const struct service *svc, size_t i, char name[static RUNDIR_NAME_MAX])
{
	static const char *const endings[] = {"cert", "key", "chained"};

	if (i == 0)
		snprintf(name, RUNDIR_NAME_MAX, "%s", RUNDIR_CFG);
	else if (i == RUNDIR_DATABASE)
		snprintf(name, RUNDIR_NAME_MAX, "enstratus-database.cfg");
	else
		snprintf(name, RUNDIR_NAME_MAX, "%s.%s", svc->id, endings[i - 1]);
}

bool
rundir_is_of(const struct service *svc, const char *name)
{
	size_t len = strlen(svc->id);

	return strlen(name) == len + 1 + SERVICE_RUN_ID_LEN && strncmp(name, svc->id, len) == 0 &&
	       name[len] == '.' && strspn(name + len + 1, "0123456789abcdef") == SERVICE_RUN_ID_LEN;
}

/* A run holds a lock on its directory: another agent root may have a service of the same id. */
static bool
is_alive(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool alive = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	fd_close(&fd);
	return alive;
}

static int
sweep_choice(struct service *svc, int choice, struct err *e)
{
	char path[PATHS_MAX];
	struct dirent *entry;
	int result = 0, fd = open_choice(&svc->paths, choice, false, path, sizeof path);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		fd_close(&fd);
		return 0;
	}
	while (!result && (entry = readdir(dir))) {
		if (!rundir_is_of(svc, entry->d_name) || is_alive(dirfd(dir), entry->d_name))
			continue;
		log_note("wiping what a run that died has left in '%s/%s'", path, entry->d_name);
		result = wipe_tree_at(dirfd(dir), entry->d_name, 0, e);
	}
	closedir(dir);
	return result;
}

/* A regular file at a delivered name, that was written by the end of the run that left the mark. */
static int
sweep_file(int cfg_fd, const char *name, time_t marked, struct err *e)
{
	struct stat st;

	if (!marked || fstatat(cfg_fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
	    st.st_ctime > marked + AFTERMATH_S) /* a copy may keep the file's own date */
		return 0;
	return wipe_at(cfg_fd, name, 0, e);
}

static int
sweep_name(struct service *svc, int cfg_fd, const char *name, time_t marked, struct err *e)
{
	char target[PATH_MAX], *last, *run;
	ssize_t len = readlinkat(cfg_fd, name, target, sizeof target - 1);

	if (len < 0)
		return sweep_file(cfg_fd, name, marked, e);
	target[len] = '\0';
	last = strrchr(target, '/');
	if (!last)
		return 0;
	*last = '\0';
	run = strrchr(target, '/');
	if (!run || !rundir_is_of(svc, run + 1))
		return 0;
	return wipe_at(cfg_fd, name, 0, e);
}

int
rundir_sweep(struct service *svc, struct err *e)
{
	struct stat mark;
	time_t marked = fstatat(svc->book_fd, RUNDIR_MARK, &mark, AT_SYMLINK_NOFOLLOW) == 0
				? mark.st_mtime
				: 0;
	int result = 0, cfg_fd = fd_open_beneath(svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);
	char name[RUNDIR_NAME_MAX];

	/* Both: which one a run that died has used is not known. */
	for (int choice = 0; choice < N_CHOICES && !result; choice++)
		result = sweep_choice(svc, choice, e);
	for (size_t i = 0; i < RUNDIR_NAMES && cfg_fd >= 0 && !result; i++) {
		rundir_name(svc, i, name);
		result = sweep_name(svc, cfg_fd, name, marked, e);
	}
	if (!result && marked && cfg_fd >= 0 && unlinkat(svc->book_fd, RUNDIR_MARK, 0) &&
	    errno != ENOENT)
		result = err_sys(e, "cannot end the sweep of service '%s'", svc->id);
	fd_close(&cfg_fd);
	return result;
}
