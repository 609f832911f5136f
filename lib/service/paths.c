/* SPDX-License-Identifier: MIT */
/* paths - where the agent finds its programs, its services and its run-time files. */
#include "service/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "service/account.h"

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

int
paths_make_tmp(const struct paths *p, int *dir_fd, struct err *e)
{
	struct account agent;
	struct stat st;
	int fd, result = -1;

	if (mkdir(p->tmp, 0770) && errno != EEXIST)
		return err_sys(e, "cannot make temp directory '%s'", p->tmp);
	fd = open(p->tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_UNSAFE, "temp directory '%s' is not a directory", p->tmp);
	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, "cannot open temp directory '%s'", p->tmp);
	if (account_agent(&agent, e))
		goto out;
	if ((account_is_root() && (st.st_uid != agent.uid || st.st_gid != agent.gid) &&
	     fchown(fd, agent.uid, agent.gid)) ||
	    ((st.st_mode & 07777) != 0770 && fchmod(fd, 0770))) {
		err_sys(e, "cannot set owner and mode of temp directory '%s'", p->tmp);
		goto out;
	}
	result = 0;
out:
	if (result == 0 && dir_fd)
		*dir_fd = fd;
	else
		fd_close(&fd);
	return result;
}
