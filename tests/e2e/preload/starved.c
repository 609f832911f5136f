/* SPDX-License-Identifier: MIT */
/* starved - for LD_PRELOAD: the STARVE_AT-th allocation of a process fails, counted from 1. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

/* Told in the file STARVED, so that the caller knows when there are no more to fail. */
static bool
is_starved(void)
{
	static long left = -1;
	int fd;

	if (left == 0)
		return false;
	if (left < 0) {
		const char *at = getenv("STARVE_AT");

		left = at ? atol(at) : 0;
		if (left <= 0)
			return (left = 0);
	}
	if (--left > 0)
		return false;
	fd = open(getenv("STARVED"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_starved() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return is_starved() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return is_starved() ? NULL : __libc_realloc(old, size);
}
