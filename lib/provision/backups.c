/* SPDX-License-Identifier: MIT */
/* backups - the directory of a deployment's backups, and what a data source is loaded from. */
#include "provision/backups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define TIME_LEN 16 /* 20261127T114500Z */
#define SUFFIX ".gz"
#define PART ".part"

bool
backups_dump(const struct deployment *d, size_t source, char path[static PATH_MAX])
{
	const struct deployment_source *s = &d->sources[source];
	DIR *dir = d->backups ? opendir(d->backups) : NULL;
	size_t len = strlen(s->name);
	char newest[256] = "";
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		/* NAME-TIME.gz: a name that begins like another has no such length. */
		if (strlen(name) == len + 1 + TIME_LEN + sizeof SUFFIX - 1 &&
		    strncmp(name, s->name, len) == 0 && name[len] == '-' &&
		    strcmp(name + len + 1 + TIME_LEN, SUFFIX) == 0 && strcmp(name, newest) > 0)
			snprintf(newest, sizeof newest, "%s", name);
	}
	if (dir)
		closedir(dir);
	if (newest[0])
		return snprintf(path, PATH_MAX, "%s/%s", d->backups, newest) < PATH_MAX;
	return s->dump && snprintf(path, PATH_MAX, "%s", s->dump) < PATH_MAX;
}

int
backups_begin(const struct deployment *d, const char *stem, const char *suffix, long long now,
	      struct backup *backup, struct err *e)
{
	char when[32], part[PATH_MAX + 8];
	time_t t = (time_t)now;
	struct tm tm;

	if (!d->backups)
		return err_set(e, ERR_USAGE, "[deployment] has no backups = DIRECTORY");
	if (mkdir(d->backups, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make the directory '%s'", d->backups);
	strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&t, &tm));
	if (snprintf(backup->path, sizeof backup->path, "%s/%s-%s%s", d->backups, stem, when,
		     suffix) >= PATH_MAX)
		return err_set(e, ERR_USAGE, "the path of a backup in '%s' is too long",
			       d->backups);
	snprintf(part, sizeof part, "%s" PART, backup->path);
	backup->fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return backup->fd < 0 ? err_sys(e, "cannot write '%s'", part) : 0;
}

int
backups_end(struct backup *backup, bool is_whole, struct err *e)
{
	char part[PATH_MAX + 8];
	int result = 0;

	snprintf(part, sizeof part, "%s" PART, backup->path);
	if (is_whole && (fsync(backup->fd) || rename(part, backup->path)))
		result = err_sys(e, "cannot keep '%s'", backup->path);
	else if (!is_whole)
		unlink(part);
	fd_close(&backup->fd);
	return result;
}
