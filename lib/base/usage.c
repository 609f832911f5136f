/* SPDX-License-Identifier: MIT */
/* usage - how busy this machine is, as the kernel says. */
#include "base/usage.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define FILE_MAX 8191

static int
read_file(const char *proc, const char *name, char text[static FILE_MAX + 1], struct err *e)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/%s", proc, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	n = read(fd, text, FILE_MAX);
	fd_close(&fd);
	if (n < 0)
		return err_sys(e, "cannot read '%s'", path);
	text[n] = '\0';
	return 0;
}

/* The number behind the first `name`; -1 where there is none. */
static double
number_after(const char *text, const char *name)
{
	const char *found = strstr(text, name);
	double value;

	return found && sscanf(found + strlen(name), "%lf", &value) == 1 ? value : -1;
}

int
usage_read(const char *proc, struct usage *u, struct err *e)
{
	struct err ignored = ERR_INIT;
	char text[FILE_MAX + 1];
	double total, available;

	*u = (struct usage){.pressure = -1, .n_cpus = sysconf(_SC_NPROCESSORS_ONLN)};
	if (u->n_cpus < 1)
		u->n_cpus = 1;
	if (read_file(proc, "loadavg", text, e))
		return -1;
	if (sscanf(text, "%lf %lf %lf", &u->load[0], &u->load[1], &u->load[2]) != 3)
		return err_set(e, ERR_UNAVAILABLE, "'%s/loadavg' has no three averages", proc);
	u->cpu = u->load[2] / (double)u->n_cpus * 100;
	if (read_file(proc, "meminfo", text, e))
		return -1;
	total = number_after(text, "MemTotal:");
	available = number_after(text, "MemAvailable:");
	if (total <= 0 || available < 0)
		return err_set(e, ERR_UNAVAILABLE, "'%s/meminfo' has no MemTotal and MemAvailable",
			       proc);
	u->memory = (total - available) / total * 100;
	u->memory_bytes = (long long)total * 1024;
	if (!read_file(proc, "pressure/cpu", text, &ignored))
		u->pressure = number_after(text, "avg60=");
	return 0;
}
