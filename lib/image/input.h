/* SPDX-License-Identifier: MIT */
/* input - the bytes that libzip reads: an image's as it arrives, or a file's that is packed. */
#ifndef IMAGE_INPUT_H
#define IMAGE_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "image/arrival.h"

struct input {
	struct arrival *image; /* the caller's; NULL for a file */
	struct err failure;    /* why the image could not be read */
	uint64_t offset, size;
	/* Of a file, which is opened when its turn comes: */
	const char *name; /* beneath dir_fd */
	int dir_fd, fd;
	time_t mtime;
	unsigned *n_lost; /* counted up when it is gone by then: it is empty */
};

#define INPUT_INIT ((struct input){.dir_fd = -1, .fd = -1})

/* input_open - begin at the start.  Fails: -1 with errno. */
int input_open(struct input *in) __attribute__((warn_unused_result));

/*
 * input_read - the next bytes, 0 at the end.
 *
 * Fails:   -1 with errno; of an image, failure tells more.
 */
ssize_t input_read(struct input *in, void *data, uint64_t len);

/* input_close - a file's descriptor; an image is the caller's. */
void input_close(struct input *in);

#endif
