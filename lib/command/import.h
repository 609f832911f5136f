/* SPDX-License-Identifier: MIT */
/* import - an image's file or URL becomes a file of our own, known by its digest. */
#ifndef COMMAND_IMPORT_H
#define COMMAND_IMPORT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "command/download.h"
#include "image/arrival.h"
#include "image/digest.h"
#include "service/images.h"
#include "service/service.h"

/*
 * Whoever could change the caller's file could change it between its check and its use.  So what is
 * judged, verified, unpacked and kept is a copy that only the agent can write to.  It is unpacked
 * while it still arrives; nothing is committed before all of it is there.
 */
struct import {
	struct arrival image; /* what is unpacked */
	struct images images;
	char kept[IMAGES_NAME_MAX];	  /* its name when it is kept already; else "" */
	char part[IMAGES_NAME_MAX];	  /* its name on the way in; "" for none */
	char part_state[IMAGES_NAME_MAX]; /* of a download that can be gone on with */
	int fd, from_fd, state_fd;
	int stop_fds[2]; /* a pipe: when its second end is closed, whoever brings bytes ends */
	const char *url;
	bool is_stream;	    /* it comes to its end, of which nobody knows where that is */
	uint64_t max_bytes; /* of a stream */
	struct download_options download;
	pthread_t feeder, hasher;
	bool is_feeding, is_hashing, is_whole;
	bool is_refused;	 /* the caller's: nobody shall go on with its download */
	atomic_bool is_unwanted; /* on the way out */
	int fed, hashed;	 /* 0 or -1 */
	struct err feed_err, hash_err;
	char digest[DIGEST_HEX]; /* once import_finish has returned 0 */
};

#define IMPORT_INIT                             \
	((struct import){.image = {.fd = -1},   \
			 .images = IMAGES_INIT, \
			 .fd = -1,              \
			 .from_fd = -1,         \
			 .state_fd = -1,        \
			 .stop_fds = {-1, -1}})

/*
 * import_file, import_stream, import_url, import_kept - begin; a thread of their own brings the
 * bytes.
 *
 * fd    of the image's file, or of the pipe or what else it comes through: taken
 * name  of a kept image's file, as images_find tells
 * svc   whose metadata directory is open; NULL when nothing may be written: a file is then used as
 *       it is, and a stream or a download goes to a file without a name
 *
 * Fails:   ERR_SYSTEM, ERR_IO.
 */
int import_file(struct import *in, int fd, struct service *svc, struct err *e)
	__attribute__((warn_unused_result));
int import_stream(struct import *in, int fd, uint64_t max_bytes, struct service *svc, struct err *e)
	__attribute__((warn_unused_result));
int import_url(struct import *in, const char *url, const struct download_options *options,
	       struct service *svc, struct err *e) __attribute__((warn_unused_result));
int import_kept(struct import *in, const char *name, struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/*
 * import_finish - wait until all has arrived and its digest is known.  May be called again.
 *
 * Fails:   with what went wrong on the way; a download also as download_run, a stream with
 *          ERR_UNSAFE for more than max_bytes.
 */
int import_finish(struct import *in, struct err *e) __attribute__((warn_unused_result));

/* import_left - bytes of disk that the copy still takes; 0 where its size is not known. */
uint64_t import_left(const struct import *in);

/*
 * import_keep - keep the image, which has arrived, by its digest; a kept one stays so.
 *
 * Fails:   as images_keep and images_hold.
 */
int import_keep(struct import *in, const char *suffix, struct err *e)
	__attribute__((warn_unused_result));

/* import_abandon - let whoever brings bytes, or waits for them, come to an end; no way back. */
void import_abandon(struct import *in);

/*
 * import_close - leave nothing that is of no use: a download that was cut off stays, for the next
 * run; a copy goes, and what has arrived whole, or was refused before it had.
 */
void import_close(struct import *in);

#endif
