/* SPDX-License-Identifier: MIT */
/* archive - a copy of a service in a file, by its hook or by a zip archive of all that it has. */
#include "command/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "command/backup.h"
#include "image/pack.h"
#include "service/history.h"
#include "service/rundir.h"

/* Dot files, as of keys and passwords of a service's own; and what is delivered and wiped. */
static bool
is_left_out(void *arg, const char *path, bool is_directory)
{
	const struct service *svc = arg;
	const char *slash = strrchr(path, '/');
	char name[RUNDIR_NAME_MAX];

	if ((slash ? slash + 1 : path)[0] == '.')
		return true;
	if (is_directory || strncmp(path, "cfg/", 4) != 0)
		return false;
	for (size_t i = 0; i < RUNDIR_NAMES; i++) {
		rundir_name(svc, i, name);
		if (strcmp(path + 4, name) == 0)
			return true;
	}
	return false;
}

static bool
is_cancelled(void)
{
	return proc_signal_pending() != 0;
}

/* What a run that was killed left of this backup: libzip adds a dot and six characters. */
static void
sweep(int dir_fd, const char *unfinished)
{
	struct err ignored = ERR_INIT;
	DIR *dir = directory_read(dir_fd, &ignored);
	const struct dirent *entry;
	size_t len = strlen(unfinished);

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, unfinished, len) == 0 &&
		    (!entry->d_name[len] ||
		     (entry->d_name[len] == '.' && strlen(entry->d_name + len) == 7)))
			unlinkat(dir_fd, entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static int
finish(int dir_fd, const char *unfinished, const char *name, struct err *e)
{
	int fd = openat(dir_fd, unfinished, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int failed = fd < 0 || fchmod(fd, 0600) || fsync(fd) ||
		     renameat(dir_fd, unfinished, dir_fd, name) || fsync(dir_fd);

	if (failed)
		err_sys(e, "cannot keep the backup '%s'", name);
	fd_close(&fd);
	return failed ? -1 : 0;
}

static int
pack(struct service *svc, int dir_fd, const char *name, struct err *e)
{
	char unfinished[NAME_MAX + 1], path[NAME_MAX + 64];
	const struct pack_options options = {is_left_out, svc, is_cancelled};
	struct pack counts;

	if (snprintf(unfinished, sizeof unfinished, ".%s.new", name) >= (int)sizeof unfinished - 8)
		return err_set(e, ERR_USAGE, "the name '%.80s...' is too long", name);
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir_fd, unfinished);
	sweep(dir_fd, unfinished);
	if (pack_tree(svc->dir_fd, path, &options, &counts, e) ||
	    finish(dir_fd, unfinished, name, e)) {
		sweep(dir_fd, unfinished);
		return proc_signal_pending() ? proc_interrupted(e) : -1;
	}
	if (counts.n_odd)
		log_warning("%u sockets, devices or the like are not in the backup", counts.n_odd);
	if (counts.n_lost)
		log_warning("%u files went away while they were read, and are empty in the backup: "
			    "lock the service (lockServices(1)), or stop it",
			    counts.n_lost);
	log_detail("%llu entries, %llu bytes", (unsigned long long)counts.n_entries,
		   (unsigned long long)counts.bytes);
	return 0;
}

/* Noted in the history as a hook is. */
static int
pack_and_note(struct service *svc, const char *file, struct err *e)
{
	struct history_run run;
	long long began = history_clock();
	const char *name;
	int result = -1, dir_fd = fd_open_parent(file, &name);
	struct stat st;

	if (dir_fd < 0)
		return err_sys(e, "there is no place for the backup '%s'", file);
	history_name(svc, "backup", NULL, NULL, &run);
	history_begin(svc, &run, began);
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		err_set(e, ERR_UNSAFE, "'%s' is there and is not a file", file);
	else
		result = pack(svc, dir_fd, name, e);
	fd_close(&dir_fd);
	run.status = err_status(e);
	history_ended(&run, began);
	history_note(svc, &run);
	return result;
}

int
archive_service(struct service *svc, const char *file, const struct hook_options *options,
		struct err *e)
{
	struct hook_outcome outcome;
	char path[PATH_MAX];

	if (backup_place(file, path, e) ||
	    hook_run(svc, &HOOK_BACKUP, (const char *const[]){svc->id, path, NULL}, options,
		     &outcome, e))
		return -1;
	if (!outcome.absent)
		return backup_check(path, e);
	proc_hold_signals();
	return pack_and_note(svc, path, e);
}
