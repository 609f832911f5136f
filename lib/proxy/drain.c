/* SPDX-License-Identifier: MIT */
/* drain - wait for the connections that a balancer had before it read its configuration again. */
#include "proxy/drain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"

#define LOOK_MS 50
#define CHILDREN_BYTES_MAX 65536

static size_t
children(pid_t parent, pid_t *pids)
{
	struct err ignored = ERR_INIT;
	struct buf text = BUF_INIT;
	size_t n = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fd_read_all(fd, &text, CHILDREN_BYTES_MAX, path, &ignored) == 0)
		for (char *p = text.data, *end; p && n < DRAIN_WORKERS_MAX; p = end) {
			long pid = strtol(p, &end, 10);

			if (end == p)
				break;
			pids[n++] = (pid_t)pid;
		}
	fd_close(&fd);
	buf_free(&text);
	return n;
}

void
drain_note(struct drain *drain, pid_t master)
{
	drain->master = master;
	drain->n = children(master, drain->workers);
}

static size_t
left(const struct drain *drain)
{
	pid_t now[DRAIN_WORKERS_MAX];
	size_t n = children(drain->master, now), found = 0;

	for (size_t i = 0; i < drain->n; i++)
		for (size_t j = 0; j < n; j++)
			found += drain->workers[i] == now[j];
	return found;
}

size_t
drain_wait(const struct drain *drain, long long ms)
{
	const struct timespec rest = {0, LOOK_MS * 1000000L};
	long long end = clock_ms() + ms;
	size_t n = drain->n;

	while (n && (n = left(drain)) && clock_ms() < end && !proc_signal_pending())
		nanosleep(&rest, NULL);
	return n;
}
