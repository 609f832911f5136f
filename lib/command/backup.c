/* SPDX-License-Identifier: MIT */
/* backup - the file that a hook backs something up to. */
#include "command/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

int
backup_place(const char *given, char path[static PATH_MAX], struct err *e)
{
	const char *name;
	int fd = fd_open_parent(given, &name);

	if (fd < 0) {
		err_sys(e, "there is no place for the backup '%s'", given);
		e->kind = ERR_UNAVAILABLE;
		return -1;
	}
	fd_close(&fd);
	return fd_absolute_path(given, path, e);
}

int
backup_check(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int result = 0;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size == 0)
		result = err_set(e, ERR_IO, "the hook succeeded, but the backup '%s' %s", path,
				 fd < 0 ? "is not there" : "is empty or no file");
	else if ((st.st_mode & 077) && fchmod(fd, st.st_mode & 0700))
		log_warning("others may read the backup '%s': %s", path, strerror(errno));
	fd_close(&fd);
	return result;
}
