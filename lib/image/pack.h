/* SPDX-License-Identifier: MIT */
/* pack - a tree as a zip archive, from which the same tree can be unpacked. */
#ifndef IMAGE_PACK_H
#define IMAGE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct pack {
	uint64_t n_entries, bytes; /* what went into the archive */
	unsigned n_odd;		   /* sockets, devices and the like, which did not */
	unsigned n_lost;	   /* files that went away meanwhile: they are empty in it */
};

/* What is left out: path is relative to the tree. */
typedef bool pack_skip_fn(void *arg, const char *path, bool is_directory);

struct pack_options {
	pack_skip_fn *skip;
	void *skip_arg;
	bool (*is_cancelled)(void); /* see libzip_writer_finish; or NULL */
};

/*
 * pack_tree - write everything beneath a directory to an archive: files, directories, empty ones
 *             too, and links as links, with their modes and times.
 *
 * path  replaced when all is written, and as it was when it fails
 *
 * A name with a newline or another odd character is written as it is.
 *
 * Fails:   as libzip_writer_add and libzip_writer_finish; ERR_SYSTEM for a directory that cannot be
 *          read; ERR_UNSAFE for a path that is too long.
 */
int pack_tree(int dir_fd, const char *path, const struct pack_options *options, struct pack *pack,
	      struct err *e) __attribute__((warn_unused_result));

#endif
