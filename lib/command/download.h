/* SPDX-License-Identifier: MIT */
/* download - have fetchImage bring an image, and tell what has arrived. */
#ifndef COMMAND_DOWNLOAD_H
#define COMMAND_DOWNLOAD_H

#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"

/* What the operator says of downloads; NULL and -1 where nothing. */
struct download_options {
	const char *ca_file, *pinned_key;
	uint64_t max_bytes;
	int stop_fd; /* a pipe, whose other end is closed to end the download early; 0 for none */
	/* Told now and then, by the download's thread; NULL for nobody. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/*
 * download_run - fetch a URL into a file, by a process of its own that holds the network code.
 *
 * As root it runs as the account enstratus-fetch or, where there is none, nobody: it can do nothing
 * but write to these two files.
 *
 * image     told what has arrived, the end of the file first where the server can do that, and
 *           whether all has
 * state_fd  a file in which fetchImage keeps what it needs to go on where it was cut off
 *
 * The caller has no other children meanwhile, and blocks SIGCHLD in all its threads.
 *
 * Fails:   with fetchImage's own status and words; as proc_run.
 */
int download_run(const char *url, struct arrival *image, int state_fd,
		 const struct download_options *options, struct err *e)
	__attribute__((warn_unused_result));

#endif
