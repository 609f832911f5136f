/* SPDX-License-Identifier: MIT */
/* service - one installed service: its directory, its bookkeeping and its lock. */
#include "service/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "service/metadata.h"

#define LOCK_POLL_MS 25

static int
make_run_id(struct service *svc, struct err *e)
{
	unsigned id;

	if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
		return err_sys(e, "cannot get a random number");
	snprintf(svc->run_id, sizeof svc->run_id, "%08x", id);
	return 0;
}

static int
begin(struct service *svc, const char *id, struct err *e)
{
	if (text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e) || paths_load(&svc->paths, e) ||
	    make_run_id(svc, e))
		return -1;
	snprintf(svc->id, sizeof svc->id, "%s", id);
	snprintf(svc->path, sizeof svc->path, "%s/%s", svc->paths.services, id);
	log_context(svc->id, svc->run_id);
	return 0;
}

/* The service directory as it is now; dir_fd is -1 where there is none. */
static int
open_directory(struct service *svc, struct err *e)
{
	fd_close(&svc->dir_fd);
	svc->dir_fd = fd_open_beneath(svc->root_fd, svc->id, O_RDONLY | O_DIRECTORY, 0);
	if (svc->dir_fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_NO_SERVICE, "'%.256s' is not a directory", svc->path);
	if (svc->dir_fd < 0 && errno != ENOENT)
		return err_sys(e, "cannot open service directory '%s'", svc->path);
	return 0;
}

int
service_make(struct service *svc, const char *id, bool *made, struct err *e)
{
	*made = false;
	if (begin(svc, id, e))
		return -1;
	for (const char *path = svc->paths.services;;) {
		struct err failure = ERR_INIT;

		if (mkdir(path, 0755) == 0) {
			*made = true;
			if (chmod(path, 0755))
				return err_sys(e, "cannot set the mode of '%s'", path);
		} else if (errno != EEXIST) {
			return err_sys(e, "cannot make the services directory '%s'", path);
		}
		svc->root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (svc->root_fd < 0 && errno != ENOENT)
			return err_sys(e, "cannot open the services directory '%s'", path);
		if (svc->root_fd >= 0 && service_open_metadata(svc, &failure) == 0)
			break;
		/* An installation that failed took away what it had made. */
		if (svc->root_fd >= 0 && metadata_has_name(svc->root_fd, AT_FDCWD, path)) {
			*e = failure;
			return -1;
		}
		fd_close(&svc->root_fd);
	}
	return open_directory(svc, e);
}

int
service_open_new(struct service *svc, const char *id, struct err *e)
{
	if (begin(svc, id, e))
		return -1;
	svc->root_fd = open(svc->paths.services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (svc->root_fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       svc->paths.services);
	if (svc->root_fd < 0)
		return err_sys(e, "cannot open the services directory '%s'", svc->paths.services);
	return open_directory(svc, e);
}

static int
require(const struct service *svc, struct err *e)
{
	return svc->dir_fd >= 0 || !svc->is_required
		       ? 0
		       : err_set(e, ERR_NO_SERVICE, "no such service: there is no '%s'", svc->path);
}

int
service_open(struct service *svc, const char *id, struct err *e)
{
	if (service_open_new(svc, id, e))
		return -1;
	svc->is_required = true;
	return require(svc, e);
}

static int
refuse_busy(const struct service *svc, struct err *e)
{
	struct holder_info holder;

	if (!holder_read(svc->lock_fd, &holder))
		return err_set(e, ERR_BUSY, "service '%s' is busy: another command holds its lock",
			       svc->id);
	return err_set(
		e, ERR_BUSY,
		"service '%s' is busy: %s (pid %lld) has held its lock for %lld s; try again, "
		"or wait with --wait",
		svc->id, holder.command, holder.pid, (long long)time(NULL) - holder.since);
}

/*
 * What cannot be written to has no lock that could be made: nobody else can make one either, and
 * the service's own directory is there.
 */
static int
open_unwritable_lock(struct service *svc, struct err *e)
{
	svc->is_read_only = true;
	if (svc->meta_fd >= 0)
		svc->lock_fd =
			openat(svc->meta_fd, SERVICE_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (svc->lock_fd < 0 && svc->dir_fd >= 0)
		svc->lock_fd = openat(svc->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (svc->lock_fd >= 0)
		return 0;
	errno = EROFS;
	return err_sys(e, "cannot lock service '%s'", svc->id);
}

static int
open_lock(struct service *svc, struct err *e)
{
	struct stat st;

	if (svc->meta_root_fd < 0 || metadata_hold(svc->meta_root_fd, svc->id, &svc->meta_fd)) {
		if (errno == EROFS)
			return open_unwritable_lock(svc, e);
		return err_sys(e, "cannot open the agent's directory '%s'", svc->id);
	}
	if (metadata_set_mode(svc->meta_fd, svc->id, e))
		return -1;
	svc->lock_fd =
		openat(svc->meta_fd, SERVICE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (svc->lock_fd < 0 && errno == EROFS)
		return open_unwritable_lock(svc, e);
	if (svc->lock_fd < 0) {
		err_sys(e, "cannot open the lock of service '%s'", svc->id);
		/* Nothing stays of a directory that was made for it; one that is not empty does. */
		if (metadata_is_held_alone(svc->meta_fd))
			unlinkat(svc->meta_root_fd, svc->id, AT_REMOVEDIR);
		return -1;
	}
	/* Another account's file was given its mode when it was made. */
	if (fstat(svc->lock_fd, &st) == 0 && (st.st_mode & 07777) != 0660 &&
	    fchmod(svc->lock_fd, 0660) && errno != EPERM)
		return err_sys(e, "cannot set the mode of the lock of service '%s'", svc->id);
	return 0;
}

static int
wait_for_lock(struct service *svc, const struct service_lock_request *lock, struct err *e)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	for (long long waited = 0; flock(svc->lock_fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock service '%s'", svc->id);
		if (proc_interrupted(e))
			return -1;
		/* Once more in any case: it may be but somebody's question (service_ask). */
		if (waited >= lock->wait_ms && waited > 0)
			return refuse_busy(svc, e);
		nanosleep(&pause, NULL);
	}
	/* Who has the lock need not be waited for: only who has it forgets the service. */
	if (svc->meta_fd >= 0)
		flock(svc->meta_fd, LOCK_UN);
	return 0;
}

/* The state of a service that is damaged is told with the way out. */
static int
load_state(struct service *svc, struct err *e)
{
	struct err failure = ERR_INIT;

	if (svc->meta_fd < 0 || state_load(&svc->state, svc->meta_fd, &failure) == 0)
		return 0;
	if (failure.kind != ERR_UNSAFE) {
		*e = failure;
		return -1;
	}
	return err_set(e, ERR_UNSAFE,
		       "%.160s: move '%.200s/" METADATA_DIRECTORY
		       "/%s/state' away, and install the service again",
		       failure.msg, svc->paths.services, svc->id);
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
	if (svc->is_read_only) {
		log_warning("generation %lld is not remembered: the file system is read-only",
			    generation);
		return 0;
	}
	return state_save(&svc->state, svc->meta_fd, e);
}

/* True when somebody holds the lock, and still does a moment later. */
static bool
is_held(struct service *svc)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	svc->lock_fd = openat(svc->meta_fd, SERVICE_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		/* Shared, so that two who ask are not in each other's way. */
		if (svc->lock_fd < 0 || flock(svc->lock_fd, LOCK_SH | LOCK_NB) == 0 ||
		    errno != EWOULDBLOCK)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static int
judge_run_id(const struct service_lock_request *lock, struct err *e)
{
	const char *id = lock->run_id;

	if (!id || (strlen(id) == SERVICE_RUN_ID_LEN &&
		    strspn(id, "0123456789abcdef") == SERVICE_RUN_ID_LEN))
		return 0;
	return err_set(e, ERR_USAGE, "--run is eight hexadecimal digits in lower case, not '%.64s'",
		       id);
}

static void
take_run_id(struct service *svc, const struct service_lock_request *lock)
{
	if (!lock->run_id)
		return;
	snprintf(svc->run_id, sizeof svc->run_id, "%s", lock->run_id);
	log_context(svc->id, svc->run_id);
}

int
service_ask(struct service *svc, const struct service_lock_request *lock, struct err *e)
{
	int result = 0;

	if (judge_run_id(lock, e))
		return -1;
	svc->meta_fd = fd_open_beneath(svc->meta_root_fd, svc->id, O_RDONLY | O_DIRECTORY, 0);
	if (svc->meta_fd < 0)
		return 0; /* nothing holds it; what else is wrong service_lock tells */
	if (lock->wait_ms == 0 && is_held(svc))
		result = refuse_busy(svc, e);
	else
		result = load_state(svc, e) || judge_generation(svc, lock->generation, e) ? -1 : 0;
	fd_close(&svc->lock_fd);
	fd_close(&svc->meta_fd);
	return result;
}

int
service_open_metadata(struct service *svc, struct err *e)
{
	return svc->meta_root_fd >= 0 ? 0 : metadata_open(svc->root_fd, &svc->meta_root_fd, e);
}

int
service_find_metadata(struct service *svc, struct err *e)
{
	if (svc->meta_root_fd < 0)
		svc->meta_root_fd = fd_open_beneath(svc->root_fd, METADATA_DIRECTORY,
						    O_RDONLY | O_DIRECTORY, 0);
	return svc->meta_root_fd >= 0 || errno == ENOENT
		       ? 0
		       : err_sys(e, "cannot open the directory '" METADATA_DIRECTORY "'");
}

/* Where there is none, and none can be made, the service is locked without. */
static int
open_metadata(struct service *svc, struct err *e)
{
	struct err failure = ERR_INIT;

	if (svc->meta_root_fd >= 0 || service_open_metadata(svc, &failure) == 0)
		return 0;
	if (svc->meta_root_fd < 0 && faccessat(svc->root_fd, METADATA_DIRECTORY, F_OK, 0) &&
	    mkdirat(svc->root_fd, METADATA_DIRECTORY, 0770) && errno == EROFS)
		return 0;
	*e = failure;
	return -1;
}

int
service_lock(struct service *svc, const struct service_lock_request *lock, struct err *e)
{
	if (judge_run_id(lock, e) || open_metadata(svc, e) || open_lock(svc, e) ||
	    wait_for_lock(svc, lock, e))
		return -1;
	take_run_id(svc, lock);
	/* Only for what is told of it. */
	if (!svc->is_read_only && !holder_note(svc->lock_fd, lock->command, svc->run_id))
		log_detail("cannot note in the lock who holds it");
	svc->is_unused = svc->meta_fd >= 0 && !state_is_there(svc->meta_fd);
	/* It may have been exchanged, or have gone, while the lock was waited for. */
	return open_directory(svc, e) || require(svc, e) || load_state(svc, e) ||
			       judge_generation(svc, lock->generation, e) ||
			       note_generation(svc, lock->generation, e)
		       ? -1
		       : 0;
}

void
service_forget_lock(struct service *svc)
{
	if (svc->lock_fd < 0 || !metadata_is_held_alone(svc->meta_fd))
		return;
	unlinkat(svc->meta_fd, SERVICE_LOCK, 0);
	unlinkat(svc->meta_root_fd, svc->id, AT_REMOVEDIR);
}

void
service_forget(struct service *svc)
{
	static const char *const files[] = {"state", "history", "brief"};

	if (svc->dir_fd >= 0 || svc->lock_fd < 0 || !svc->is_unused)
		return;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlinkat(svc->meta_fd, files[i], 0);
	service_forget_lock(svc);
}

void
service_forget_all(struct service *svc)
{
	static const char *const own[] = {".stage", "images"};

	if (!metadata_is_held_alone(svc->meta_root_fd))
		return;
	for (size_t i = 0; i < 2; i++)
		unlinkat(svc->meta_root_fd, own[i], AT_REMOVEDIR);
	unlinkat(svc->root_fd, METADATA_DIRECTORY, AT_REMOVEDIR);
	rmdir(svc->paths.services);
}

void
service_close(struct service *svc)
{
	fd_close(&svc->lock_fd);
	fd_close(&svc->meta_fd);
	fd_close(&svc->meta_root_fd);
	fd_close(&svc->dir_fd);
	fd_close(&svc->root_fd);
	*svc = SERVICE_INIT;
}
