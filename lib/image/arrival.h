/* SPDX-License-Identifier: MIT */
/* arrival - an image file that may still be on its way: a reader waits for what it needs. */
#ifndef IMAGE_ARRIVAL_H
#define IMAGE_ARRIVAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Bytes [0, have) and [tail, size) are there; the end may come first, for a zip has its directory
 * there.  One thread tells what has arrived, any number read.
 */
struct arrival {
	int fd; /* a regular file; the caller's */
	atomic_bool complete;
	pthread_mutex_t mutex;
	pthread_cond_t told;
	bool is_sized, is_lost;
	uint64_t size, have, tail;
};

/*
 * arrival_open - nothing is there yet.
 * arrival_open_whole - all of it is: size bytes, or what fstat(2) says.
 */
void arrival_open(struct arrival *a, int fd);
int arrival_open_whole(struct arrival *a, int fd, struct err *e)
	__attribute__((warn_unused_result));
void arrival_close(struct arrival *a);

/* For whoever brings the bytes: what is there now.  tail is size while there is no end yet. */
void arrival_tell(struct arrival *a, uint64_t size, uint64_t have, uint64_t tail);

/* arrival_end - nothing more comes: all is there, or the rest is lost and readers fail. */
void arrival_end(struct arrival *a, bool is_whole);

/* arrival_size - wait until the size is known.  Fails: ERR_UNAVAILABLE when the rest is lost. */
int arrival_size(struct arrival *a, uint64_t *size, struct err *e)
	__attribute__((warn_unused_result));

/* Bytes from offset on: `least` of them are waited for, up to `most` read where they are there. */
struct arrival_range {
	uint64_t offset;
	size_t least, most;
};

/*
 * arrival_read - bytes of the file.
 *
 * got  how many were read: never one that had not arrived, and fewer than the least only at the end
 *      of the file
 *
 * Fails:   ERR_UNAVAILABLE when the rest is lost; ERR_SYSTEM, ERR_IO.
 */
int arrival_read(struct arrival *a, struct arrival_range range, void *data, size_t *got,
		 struct err *e) __attribute__((warn_unused_result));

/* arrival_is_there - true when [offset, offset + len) has arrived, without waiting. */
bool arrival_is_there(struct arrival *a, uint64_t offset, uint64_t len);

#endif
