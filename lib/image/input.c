/* SPDX-License-Identifier: MIT */
/* input - the bytes that libzip reads: an image's as it arrives, or a file's that is packed. */
#include "image/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"

static int
open_file(struct input *in)
{
	in->fd = fd_open_beneath(in->dir_fd, in->name, O_RDONLY | O_NONBLOCK, 0);
	if (in->fd >= 0)
		return 0;
	/* A service that runs makes and removes files while it is read. */
	if (errno == ENOENT || errno == ELOOP) {
		(*in->n_lost)++;
		return 0;
	}
	return -1;
}

static ssize_t
read_file(const struct input *in, void *data, size_t len)
{
	ssize_t n;

	if (in->fd < 0)
		return 0;
	do
		n = read(in->fd, data, len);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t
read_image(struct input *in, void *data, size_t len)
{
	size_t got = 0;

	if (arrival_read(in->image, (struct arrival_range){in->offset, len, len}, data, &got,
			 &in->failure)) {
		errno = EIO;
		return -1;
	}
	in->offset += got;
	return (ssize_t)got;
}

int
input_open(struct input *in)
{
	in->offset = 0;
	return in->image ? 0 : open_file(in);
}

ssize_t
input_read(struct input *in, void *data, uint64_t len)
{
	if (len > SSIZE_MAX)
		len = SSIZE_MAX;
	return in->image ? read_image(in, data, (size_t)len) : read_file(in, data, (size_t)len);
}

void
input_close(struct input *in)
{
	fd_close(&in->fd);
}
