/* SPDX-License-Identifier: MIT */
/* rundir - the memory-backed directories in which a run keeps its secrets, and their sweeping. */
#include "service/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/wipe.h"

/* How long after its end what a run has left may still write; later files are new deliveries. */
#define LATE_WRITE_S 10

#define SHARED "/dev/shm"
#define DELIVERY_MAX (4u << 20) /* bytes of a configuration, sealed or not */
#define MARK_MAX 1024

/* --- the directories --- */

/* The directory, -1 when it will not do. */
static int
open_place(const char *path, bool is_shared)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* /dev/shm is everybody's: somebody else may have made that name first. */
	if (fd < 0 || fstat(fd, &st) || !fd_in_memory(fd) ||
	    (is_shared && st.st_uid != geteuid()) || (st.st_mode & S_IWOTH) ||
	    !fd_may(fd, ".", W_OK)) {
		fd_close(&fd);
		return -1;
	}
	/* A service's account passes through to its own run's directory, no more. */
	if (st.st_uid == geteuid() && (st.st_mode & 0777) != 0711 && fchmod(fd, 0711))
		log_detail("cannot set the mode of '%s'", path);
	return fd;
}

typedef int place_fn(void *arg, int fd, const char *path, struct err *e);

/* Hands all that may have been used by a run to fn, until that is not 0. */
static int
each_place(const struct paths *paths, place_fn *fn, void *arg, struct err *e)
{
	char path[PATHS_MAX], base[64];
	int result = 0, fd = open_place(paths->run, false);
	struct dirent *entry;
	DIR *dir;

	if (fd >= 0)
		result = fn(arg, fd, paths->run, e);
	fd_close(&fd);
	dir = opendir(SHARED);
	snprintf(base, sizeof base, "enstratus-%u", (unsigned)geteuid());
	while (dir && !result && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, base, strlen(base)) != 0 ||
		    !strchr(".", entry->d_name[strlen(base)]))
			continue;
		snprintf(path, sizeof path, SHARED "/%s", entry->d_name);
		fd = open_place(path, true);
		if (fd >= 0)
			result = fn(arg, fd, path, e);
		fd_close(&fd);
	}
	if (dir)
		closedir(dir);
	return result;
}

struct found {
	int fd;
	char *path;
	size_t size;
};

static int
take_first(void *arg, int fd, const char *path, struct err *e)
{
	struct found *found = arg;

	(void)e;
	found->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	snprintf(found->path, found->size, "%s", path);
	return found->fd >= 0;
}

int
rundir_open(const struct paths *paths, bool make, char *path, size_t size)
{
	struct found found = {.fd = -1, .path = path, .size = size};
	struct err ignored = ERR_INIT;
	int fd;

	if (make)
		mkdir(paths->run, 0700);
	if (each_place(paths, take_first, &found, &ignored) || !make)
		return found.fd;
	snprintf(path, size, SHARED "/enstratus-%u", (unsigned)geteuid());
	if (mkdir(path, 0700) == 0 && (fd = open_place(path, true)) >= 0)
		return fd;
	/* The name is somebody else's: one that nobody could know. */
	snprintf(path, size, SHARED "/enstratus-%u.XXXXXX", (unsigned)geteuid());
	return mkdtemp(path) ? open_place(path, true) : -1;
}

/* --- what a run has left --- */

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

/* What a run that died has noted of what it delivered. */
struct mark {
	bool is_there; /* also where nobody can say */
	time_t at;     /* 0: not known */
	char text[MARK_MAX];
};

struct sweep {
	struct service *svc;
	struct mark mark;
	int cfg_fd;
	char *root, *run; /* where the configuration's link leads to; NULL for nowhere of ours */
	char target[PATH_MAX];
};

static void
read_mark(const struct service *svc, struct mark *mark)
{
	int fd = openat(svc->meta_fd, RUNDIR_MARK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	mark->is_there = fd >= 0 || errno != ENOENT;
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		mark->at = st.st_mtime;
	n = read(fd, mark->text, sizeof mark->text - 1);
	mark->text[n > 0 ? n : 0] = '\0';
	fd_close(&fd);
}

int
rundir_note(const struct service *svc, int fd, struct err *e)
{
	int mark_fd = openat(svc->meta_fd, RUNDIR_MARK,
			     O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0660);
	struct stat st;
	char line[96];
	int len, result;

	if (mark_fd < 0 || fstat(fd, &st)) {
		fd_close(&mark_fd);
		return err_sys(e, "cannot note what is delivered");
	}
	len = snprintf(line, sizeof line, "%ju %lld %ld\n", (uintmax_t)st.st_ino,
		       (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	result = fd_write_all(mark_fd, line, (size_t)len, RUNDIR_MARK, e);
	fd_close(&mark_fd);
	return result;
}

/* True for a file that the run has made; *same when nobody has written to it since. */
static bool
is_noted(const struct mark *mark, const struct stat *st, bool *same)
{
	for (const char *line = mark->text; *line; line = strchr(line, '\n') + 1) {
		unsigned long long inode;
		long long seconds;
		long nanoseconds;

		if (!strchr(line, '\n') ||
		    sscanf(line, "%llu %lld %ld", &inode, &seconds, &nanoseconds) != 3)
			return false;
		*same = st->st_mtim.tv_sec == seconds && st->st_mtim.tv_nsec == nanoseconds;
		if (st->st_ino == inode)
			return true;
	}
	return false;
}

/*
 * True for what the run that left the mark has left; else it is a new delivery.  Its time of change
 * tells: the other one can be any, where a copy keeps that of its original.
 */
static bool
is_left(const struct mark *mark, const struct stat *st)
{
	bool same = false;

	return (is_noted(mark, st, &same) && same) || st->st_ctime <= mark->at + LATE_WRITE_S;
}

static int
sweep_place(void *arg, int fd, const char *path, struct err *e)
{
	struct sweep *s = arg;
	DIR *dir = directory_read(fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		if (!rundir_is_of(s->svc, entry->d_name) || is_alive(fd, entry->d_name))
			continue;
		log_note("wiping what a run that died has left in '%s/%s'", path, entry->d_name);
		result = wipe_tree_at(fd, entry->d_name, NULL, e);
	}
	closedir(dir);
	return result;
}

void
rundir_warn_of_names(const struct service *svc, const char *name)
{
	log_warning("'%s/cfg/%s' has other names: this one is removed, and its bytes are left",
		    svc->path, name);
}

static bool
is_ours(void *arg, const char *name, int fd)
{
	const struct sweep *s = arg;
	struct stat st;
	bool same;

	if (fstat(fd, &st) == 0 && is_noted(&s->mark, &st, &same))
		return true;
	rundir_warn_of_names(s->svc, name);
	return false;
}

/* A regular file at a delivered name, unless it is a new delivery. */
static int
sweep_file(struct sweep *s, const char *name, struct err *e)
{
	const struct wipe_filter filter = {is_ours, s};
	struct stat st;

	if (!s->mark.at || fstatat(s->cfg_fd, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode) || !is_left(&s->mark, &st))
		return 0;
	return wipe_at(s->cfg_fd, name, &filter, e);
}

/* Finds where a link leads to, if that is a run's directory. */
static bool
read_link(struct sweep *s, const char *name)
{
	ssize_t len = readlinkat(s->cfg_fd, name, s->target, sizeof s->target - 1);
	char *last;

	s->root = s->run = NULL;
	if (len < 0)
		return false;
	s->target[len] = '\0';
	last = strrchr(s->target, '/');
	if (!last)
		return true;
	*last = '\0';
	last = strrchr(s->target, '/');
	if (last && rundir_is_of(s->svc, last + 1)) {
		*last = '\0';
		s->root = s->target;
		s->run = last + 1;
	}
	return true;
}

static int
sweep_name(struct sweep *s, const char *name, struct err *e)
{
	if (!read_link(s, name))
		return sweep_file(s, name, e);
	return s->run ? wipe_at(s->cfg_fd, name, NULL, e) : 0;
}

/*
 * What was written through the link that a dead run has left is a delivery: it comes to stand where
 * whoever wrote it has meant to put it.
 */
static int
take_over(void *arg, int fd, const char *path, struct err *e)
{
	struct sweep *s = arg;
	struct secret text = SECRET_INIT;
	struct err failed = ERR_INIT;
	int run_fd, file = -1;
	struct stat st;

	(void)e;
	if (strcmp(path, s->root) != 0)
		return 0;
	run_fd = openat(fd, s->run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run_fd >= 0)
		file = fd_open_beneath(run_fd, RUNDIR_CFG, O_RDONLY | O_NONBLOCK, 0);
	if (file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode) && !is_left(&s->mark, &st)) {
		log_note("'%s/cfg/" RUNDIR_CFG "' was written behind a run that died: it is kept",
			 s->svc->path);
		if (secret_read(&text, file, DELIVERY_MAX, RUNDIR_CFG, &failed) ||
		    fd_replace_at(s->cfg_fd, RUNDIR_CFG, secret_reveal(&text), text.len, 0600,
				  &failed))
			log_warning("it is lost: %s", failed.msg);
	}
	secret_free(&text);
	fd_close(&file);
	fd_close(&run_fd);
	return 1;
}

int
rundir_sweep(struct service *svc, struct err *e)
{
	struct sweep s = {.svc = svc};
	char name[RUNDIR_NAME_MAX];
	int result;

	/* It is made before all that a run delivers, and goes only after it. */
	read_mark(svc, &s.mark);
	if (!s.mark.is_there)
		return 0;
	s.cfg_fd = fd_open_beneath(svc->dir_fd, "cfg", O_RDONLY | O_DIRECTORY, 0);
	if (s.mark.at && s.cfg_fd >= 0 && read_link(&s, RUNDIR_CFG) && s.run)
		(void)each_place(&svc->paths, take_over, &s, e);
	/* All of them: which one a run that died has used is not known. */
	result = each_place(&svc->paths, sweep_place, &s, e);
	for (size_t i = 0; i < RUNDIR_NAMES && s.cfg_fd >= 0 && !result; i++) {
		rundir_name(svc, i, name);
		result = sweep_name(&s, name, e);
	}
	if (!result && s.mark.at && s.cfg_fd >= 0 && unlinkat(svc->meta_fd, RUNDIR_MARK, 0) &&
	    errno != ENOENT)
		result = err_sys(e, "cannot end the sweep of service '%s'", svc->id);
	fd_close(&s.cfg_fd);
	return result;
}
