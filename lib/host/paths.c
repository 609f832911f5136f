/* SPDX-License-Identifier: MIT */
/* paths - where the agent finds its programs, its services and its run-time files. */
#include "host/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/account.h"

static int
load(char *out, const char *variable, const char *otherwise, struct err *e)
{
	const char *value = secure_getenv(variable);
	size_t len;

	if (!value || !*value)
		value = otherwise;
	len = strlen(value);
	if (value[0] != '/')
		return err_set(e, ERR_USAGE, "%s '%s' is not an absolute path", variable, value);
	if (len >= PATHS_MAX)
		return err_set(e, ERR_USAGE, "%s is longer than %d bytes", variable, PATHS_MAX);
	while (len > 1 && value[len - 1] == '/')
		len--;
	memcpy(out, value, len);
	out[len] = '\0';
	return 0;
}

int
paths_load(struct paths *p, struct err *e)
{
	if (load(p->home, "ENSTRATUS_HOME", "/enstratus", e) ||
	    load(p->services, "ENSTRATUS_SERVICES_DIR", "/mnt/services", e) ||
	    load(p->tmp, "ENSTRATUS_TMP_DIR", "/mnt/tmp", e))
		return -1;
	return load(p->run, "ENSTRATUS_RUN_DIR", "/run/enstratus", e);
}

/* One that was there before: only the agent's own, which keeps its mode. */
static int
judge_tmp(const struct paths *p, const struct stat *st, const struct account *agent, struct err *e)
{
	if (st->st_mode & S_ISVTX)
		return err_set(e, ERR_REFUSED,
			       "temp directory '%s' is one that everybody uses: it has the sticky "
			       "bit",
			       p->tmp);
	if (st->st_uid != agent->uid && st->st_uid != geteuid())
		return err_set(e, ERR_REFUSED,
			       "temp directory '%s' belongs to user %u, not to the agent", p->tmp,
			       (unsigned)st->st_uid);
	return 0;
}

/* The mode last: a change of owner may take bits of it. */
static int
settle_tmp(const struct paths *p, int fd, const struct account *agent, struct err *e)
{
	return (account_is_root() && fchown(fd, agent->uid, agent->gid)) || fchmod(fd, 0770)
		       ? err_sys(e, "cannot set owner and mode of temp directory '%s'", p->tmp)
		       : 0;
}

int
paths_make_tmp(const struct paths *p, int *dir_fd, struct err *e)
{
	bool made = mkdir(p->tmp, 0770) == 0;
	struct account agent;
	struct stat st;
	int fd, result = -1;

	if (strcmp(p->tmp, "/") == 0)
		return err_set(e, ERR_REFUSED, "the root directory cannot be the temp directory");
	if (!made && errno != EEXIST)
		return err_sys(e, "cannot make temp directory '%s'", p->tmp);
	fd = open(p->tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_UNSAFE, "temp directory '%s' is not a directory", p->tmp);
	if (fd < 0 || fstat(fd, &st))
		err_sys(e, "cannot open temp directory '%s'", p->tmp);
	else if (!account_agent(&agent, e))
		result = made ? settle_tmp(p, fd, &agent, e) : judge_tmp(p, &st, &agent, e);
	if (result == 0 && dir_fd)
		*dir_fd = fd;
	else
		fd_close(&fd);
	return result;
}
