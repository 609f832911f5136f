/* SPDX-License-Identifier: MIT */
/* extract - write an image's judged entries beneath a directory, by several threads. */
#ifndef IMAGE_EXTRACT_H
#define IMAGE_EXTRACT_H

#include "base/err.h"
#include "image/judge.h"
#include "image/source.h"
#include "image/tree.h"

/*
 * extract_tree - write every entry: directories, files with their mode and time, symbolic links.
 *
 * dir_fd   an empty directory that nobody else writes to; nothing is created outside it
 * entries  judged and sorted by judge_finish, so that nothing lies beneath a link
 * source   of the same entries; is confirmed in the end
 *
 * Uses a thread for each processor; entries that have not arrived are waited for.  Stops when a
 * signal that ends runs is pending (base/proc.h).
 *
 * Fails:   ERR_UNSAFE for data that does not hold what the directory said; ERR_IO, ERR_SYSTEM;
 *          ERR_STATUS for a signal.  Part of the tree may then be there: the caller removes it.
 */
int extract_tree(struct source *source, const struct judge *entries, int dir_fd,
		 const struct tree_owner *owner, struct err *e) __attribute__((warn_unused_result));

#endif
