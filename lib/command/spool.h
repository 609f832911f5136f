/* SPDX-License-Identifier: MIT */
/* spool - files that a provisioning server sends and fetches. */
#ifndef COMMAND_SPOOL_H
#define COMMAND_SPOOL_H

#include <stdbool.h>

#include "base/err.h"

#define SPOOL_PATH_MAX 4096

/* What is there of a file. */
struct spool_file {
	char path[SPOOL_PATH_MAX]; /* of the whole file */
	long long have;		   /* bytes */
	bool is_whole;		   /* size and digest are right */
};

/*
 * spool_find - how much of a file is there.
 * spool_receive - add what comes from fd; bytes that were there already are not to come again.
 *
 * sha256  of the whole, lower-case hex; a file of that name stands in `files` of the temp directory
 * suffix  of its name, such as ".tar.gz", which tells the kind of an image; "" for none
 *
 * A connection that is lost leaves the part, which the next call goes on with; two at once are
 * refused.  A part that turns out to be of another content is removed.
 *
 * Fails:   ERR_USAGE for a digest, size or suffix that is none; ERR_BUSY; ERR_CUT when bytes are
 *          lacking at the end of fd; ERR_UNSAFE for another content or too much of it; ERR_IO.
 */
int spool_find(struct spool_file *file, const char *sha256, const char *suffix, long long size,
	       struct err *e) __attribute__((warn_unused_result));
int spool_receive(struct spool_file *file, const char *sha256, const char *suffix, long long size,
		  int fd, struct err *e) __attribute__((warn_unused_result));

/* spool_drop - remove what is there of a file; nothing is fine. */
int spool_drop(const char *sha256, const char *suffix, struct err *e)
	__attribute__((warn_unused_result));

/* spool_place - where a file that is to be sent stands; its directory is made. */
int spool_place(struct spool_file *file, const char *name, struct err *e)
	__attribute__((warn_unused_result));

/*
 * spool_send - write a file of `files` to fd, and remove it: a backup that was made to be
 *                  fetched.
 *
 * name  one component
 *
 * It is removed only when all of it was written, by overwriting, for it may hold secrets.
 *
 * Fails:   ERR_USAGE; ERR_IMAGE when there is no such file; ERR_IO.
 */
int spool_send(const char *name, int fd, struct err *e) __attribute__((warn_unused_result));

#endif
