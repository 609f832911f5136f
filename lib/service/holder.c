/* SPDX-License-Identifier: MIT */
/* holder - who holds a service's lock, as the lock's file says. */
#include "service/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define HOLDER_BYTES 128 /* always so many */

bool
holder_note(int lock_fd, const char *command, const char *run_id)
{
	char text[HOLDER_BYTES];
	int len;

	memset(text, '\n', sizeof text);
	len = snprintf(text, sizeof text, "%.60s %d %lld %s", command, getpid(),
		       (long long)time(NULL), run_id);
	text[len] = '\n';
	return pwrite(lock_fd, text, sizeof text, 0) == (ssize_t)sizeof text;
}

bool
holder_read(int lock_fd, struct holder_info *holder)
{
	char text[HOLDER_BYTES + 1];
	ssize_t n = pread(lock_fd, text, HOLDER_BYTES, 0);

	_Static_assert(sizeof holder->command == 64 && SERVICE_RUN_ID_LEN == 8,
		       "the widths below are theirs");
	*holder = (struct holder_info){.pid = 0};
	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%63s %lld %lld %8s", holder->command, &holder->pid, &holder->since,
		      holder->run_id) >= 3;
}

bool
holder_is(int meta_fd, const char *run_id)
{
	int fd = openat(meta_fd, SERVICE_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct holder_info holder;
	bool is_held;

	is_held = fd >= 0 && holder_read(fd, &holder) && strcmp(holder.run_id, run_id) == 0 &&
		  flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	fd_close(&fd);
	return is_held;
}
