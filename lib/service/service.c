/* SPDX-License-Identifier: MIT */
/* service - one installed service: its directory, its bookkeeping and its lock. */
#include "service/service.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "service/account.h"

#define LOCK_FILE "lock"
#define LOCK_POLL_MS 25
#define HOLDER_BYTES 128

static int
make_run_id(struct service *svc, struct err *e)
{
	unsigned id;

	if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
		return err_sys(e, "cannot get a random number");
	snprintf(svc->run_id, sizeof svc->run_id, "%08x", id);
	return 0;
}

int
service_open_new(struct service *svc, const char *id, struct err *e)
{
	if (text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e) || paths_load(&svc->paths, e) ||
	    make_run_id(svc, e))
		return -1;
	snprintf(svc->id, sizeof svc->id, "%s", id);
	snprintf(svc->path, sizeof svc->path, "%s/%s", svc->paths.services, id);
	log_context(svc->id, svc->run_id);
	svc->root_fd = open(svc->paths.services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (svc->root_fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       svc->paths.services);
	if (svc->root_fd < 0)
		return err_sys(e, "cannot open the services directory '%s'", svc->paths.services);
	svc->dir_fd = fd_open_beneath(svc->root_fd, id, O_RDONLY | O_DIRECTORY, 0);
	if (svc->dir_fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_NO_SERVICE, "'%.256s' is not a directory", svc->path);
	if (svc->dir_fd < 0 && errno != ENOENT)
		return err_sys(e, "cannot open service directory '%s'", svc->path);
	return 0;
}

int
service_open(struct service *svc, const char *id, struct err *e)
{
	if (service_open_new(svc, id, e))
		return -1;
	if (svc->dir_fd < 0)
		return err_set(e, ERR_NO_SERVICE, "no such service: there is no '%s'", svc->path);
	return 0;
}

/* Also where its maker was killed before that.  The mode last: a chown takes the setgid bit. */
static int
settle_own(int fd, const char *name, struct err *e)
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

int
service_own_directory(int parent, const char *name, bool *made, int *fd, struct err *e)
{
	*made = mkdirat(parent, name, 0770) == 0;
	if (!*made && errno != EEXIST)
		return err_sys(e, "cannot make the agent's directory '%s'", name);
	*fd = fd_open_beneath(parent, name, O_RDONLY | O_DIRECTORY, 0);
	if (*fd < 0)
		return err_sys(e, "cannot open the agent's directory '%s'", name);
	return settle_own(*fd, name, e);
}

static int
refuse_busy(const struct service *svc, struct err *e)
{
	char holder[256] = "", command[64] = "another command";
	long long pid = 0, since = 0;
	ssize_t n = pread(svc->lock_fd, holder, sizeof holder - 1, 0);

	holder[n > 0 ? n : 0] = '\0';
	if (sscanf(holder, "%63s %lld %lld", command, &pid, &since) != 3)
		return err_set(e, ERR_BUSY, "service '%s' is busy: another command holds its lock",
			       svc->id);
	return err_set(
		e, ERR_BUSY,
		"service '%s' is busy: %s (pid %lld) has held its lock for %lld s; try again, "
		"or wait with --wait",
		svc->id, command, pid, (long long)time(NULL) - since);
}

static int
open_lock(struct service *svc, struct err *e)
{
	struct stat st;

	fd_close(&svc->lock_fd);
	svc->lock_fd =
		openat(svc->book_fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (svc->lock_fd < 0 && errno == EROFS)
		svc->lock_fd = openat(svc->book_fd, LOCK_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	/* A command that forgot the service removed the directory as well. */
	if (svc->lock_fd < 0 && errno == ENOENT)
		return 1;
	if (svc->lock_fd < 0)
		return err_sys(e, "cannot open the lock of service '%s'", svc->id);
	/* Another account's file was given its mode when it was made. */
	if (fstat(svc->lock_fd, &st) == 0 && (st.st_mode & 07777) != 0660 &&
	    fchmod(svc->lock_fd, 0660) && errno != EPERM && errno != EROFS)
		return err_sys(e, "cannot set the mode of the lock of service '%s'", svc->id);
	return 0;
}

static bool
is_current(const struct service *svc)
{
	struct stat st;

	return fstat(svc->lock_fd, &st) == 0 && st.st_nlink > 0;
}

static int
take_lock(struct service *svc, const struct service_claim *claim, struct err *e)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
	char holder[HOLDER_BYTES];
	int len, result = open_lock(svc, e);

	if (result) {
		fd_close(&svc->book_fd);
		return result;
	}
	for (long long waited = 0;; waited += LOCK_POLL_MS) {
		if (flock(svc->lock_fd, LOCK_EX | LOCK_NB) == 0) {
			/* A holder that forgot the service removed the file we were waiting for. */
			if (is_current(svc))
				break;
			fd_close(&svc->book_fd);
			return 1;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock service '%s'", svc->id);
		if (proc_interrupted(e))
			return -1;
		/* Once more in any case: it may be but somebody's question (service_ask). */
		if (waited >= claim->wait_ms && waited > 0)
			return refuse_busy(svc, e);
		nanosleep(&pause, NULL);
	}
	/* Of one length, so that it replaces the note before in one write; only for the message. */
	memset(holder, '\n', sizeof holder);
	len = snprintf(holder, sizeof holder, "%.60s %d %lld", claim->command, getpid(),
		       (long long)time(NULL));
	holder[len] = '\n';
	if (pwrite(svc->lock_fd, holder, sizeof holder, 0) != (ssize_t)sizeof holder)
		log_detail("cannot note in the lock who holds it");
	return 0;
}

static int
judge_generation(const struct service *svc, long long generation, struct err *e)
{
	if (generation < 0 || generation >= svc->state.generation)
		return 0;
	return err_set(e, ERR_CUT,
		       "generation %lld is stale: service '%s' has seen generation %lld",
		       generation, svc->id, svc->state.generation);
}

static int
note_generation(struct service *svc, long long generation, struct err *e)
{
	if (generation < 0 || generation == svc->state.generation)
		return 0;
	svc->state.generation = generation;
	return state_save(&svc->state, svc->book_fd, e);
}

/* True when somebody holds the lock, and still does a moment later. */
static bool
is_held(struct service *svc)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	svc->lock_fd = openat(svc->book_fd, LOCK_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		/* Shared, so that two who ask are not in each other's way. */
		if (svc->lock_fd < 0 || flock(svc->lock_fd, LOCK_SH | LOCK_NB) == 0 ||
		    errno != EWOULDBLOCK)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

int
service_ask(struct service *svc, const struct service_claim *claim, struct err *e)
{
	int result = 0;

	svc->book_fd = fd_open_beneath(svc->books_fd, svc->id, O_RDONLY | O_DIRECTORY, 0);
	if (svc->book_fd < 0)
		return 0; /* nothing holds it; what else is wrong service_lock tells */
	if (claim->wait_ms == 0 && is_held(svc))
		result = refuse_busy(svc, e);
	else if (claim->generation >= 0)
		result = state_load(&svc->state, svc->book_fd, e) ||
					 judge_generation(svc, claim->generation, e)
				 ? -1
				 : 0;
	fd_close(&svc->lock_fd);
	fd_close(&svc->book_fd);
	return result;
}

int
service_books(struct service *svc, struct err *e)
{
	bool made;

	return svc->books_fd >= 0 ? 0
				  : service_own_directory(svc->root_fd, SERVICE_BOOKS, &made,
							  &svc->books_fd, e);
}

int
service_find_books(struct service *svc, struct err *e)
{
	if (svc->books_fd < 0)
		svc->books_fd =
			fd_open_beneath(svc->root_fd, SERVICE_BOOKS, O_RDONLY | O_DIRECTORY, 0);
	return svc->books_fd >= 0 || errno == ENOENT
		       ? 0
		       : err_sys(e, "cannot open the directory '" SERVICE_BOOKS "'");
}

int
service_lock(struct service *svc, const struct service_claim *claim, struct err *e)
{
	bool made;
	int result;

	if (service_books(svc, e))
		return -1;
	do {
		if (service_own_directory(svc->books_fd, svc->id, &made, &svc->book_fd, e))
			return -1;
		svc->made_book = svc->made_book || made;
		result = take_lock(svc, claim, e);
	} while (result > 0);
	if (result || state_load(&svc->state, svc->book_fd, e))
		return -1;
	return judge_generation(svc, claim->generation, e) ||
			       note_generation(svc, claim->generation, e)
		       ? -1
		       : 0;
}

void
service_forget(struct service *svc)
{
	if (!svc->made_book)
		return;
	/* Without the lock it is somebody else's as soon as there is something in it. */
	if (svc->lock_fd >= 0) {
		unlinkat(svc->book_fd, "state", 0);
		unlinkat(svc->book_fd, LOCK_FILE, 0);
	}
	unlinkat(svc->books_fd, svc->id, AT_REMOVEDIR);
}

void
service_forget_all(struct service *svc)
{
	static const char *const own[] = {".stage", "images"};

	for (size_t i = 0; i < 2 && svc->books_fd >= 0; i++)
		unlinkat(svc->books_fd, own[i], AT_REMOVEDIR);
	unlinkat(svc->root_fd, SERVICE_BOOKS, AT_REMOVEDIR);
	rmdir(svc->paths.services);
}

void
service_close(struct service *svc)
{
	fd_close(&svc->lock_fd);
	fd_close(&svc->book_fd);
	fd_close(&svc->books_fd);
	fd_close(&svc->dir_fd);
	fd_close(&svc->root_fd);
	*svc = SERVICE_INIT;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Its kind stands beside the name on most file systems. */
static bool
is_directory(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int
keep_id(char ***ids, size_t *n, const char *name, struct err *e)
{
	char **larger = realloc(*ids, (*n + 1) * sizeof **ids);

	if (larger) {
		*ids = larger;
		larger[*n] = strdup(name);
	}
	if (!larger || !larger[*n])
		return err_sys(e, "cannot list the services");
	++*n;
	return 0;
}

int
service_list(const struct paths *paths, char ***ids, size_t *n, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct dirent *entry;
	int result = 0;
	DIR *dir = opendir(paths->services);

	*ids = NULL;
	*n = 0;
	if (!dir && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       paths->services);
	if (!dir)
		return err_sys(e, "cannot open the services directory '%s'", paths->services);
	while (!result && (entry = readdir(dir)))
		/* A volume of its own has a lost+found, which is no service. */
		if (!text_check_id("", entry->d_name, TEXT_SERVICE_ID_MAX, &ignored) &&
		    strcmp(entry->d_name, "lost+found") != 0 && is_directory(dir, entry))
			result = keep_id(ids, n, entry->d_name, e);
	closedir(dir);
	if (*n)
		qsort(*ids, *n, sizeof **ids, compare);
	return result;
}

void
service_list_free(char **ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(ids[i]);
	free(ids);
}
