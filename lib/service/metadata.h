/* SPDX-License-Identifier: MIT */
/* metadata - the agent's own directories beside the services, and the files in them. */
#ifndef SERVICE_METADATA_H
#define SERVICE_METADATA_H

#include <stdbool.h>

#include "base/err.h"

#define METADATA_DIRECTORY ".enstratus" /* the agent's own directory beside the services */

/*
 * metadata_open - make and open .enstratus; as long as it is open, nobody removes it.
 *
 * Source:  flock(2): a shared lock, so that who removes it can tell that nobody uses it.
 */
int metadata_open(int root_fd, int *meta_root_fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * metadata_make - make and open a directory of the agent's own, with the agent's group, which its
 *                 files inherit: root and the agent's account reach them, whoever made them.
 *
 * made  set to whether it was made
 */
int metadata_make(int parent, const char *name, bool *made, int *fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * metadata_hold - make and open one, and nobody removes it as long as it is open.
 *
 * Returns -1 with errno set, which says why not.
 */
int metadata_hold(int parent, const char *name, int *fd) __attribute__((warn_unused_result));

/*
 * metadata_set_mode - give an open one its owner and mode, as its maker may have been killed before
 *                     it did.
 */
int metadata_set_mode(int fd, const char *name, struct err *e) __attribute__((warn_unused_result));

/*
 * metadata_open_file - open(2) a file in one of them, made with mode 0660, so that the agent's
 *                      account and root both reach it.
 *
 * Returns the descriptor, or -1 with errno set.
 */
int metadata_open_file(int meta_fd, const char *name, int flags)
	__attribute__((warn_unused_result));

/* metadata_is_held_alone - true when nobody else holds it: then nobody does until it is closed. */
bool metadata_is_held_alone(int fd);

/* metadata_has_name - true when an open directory still has its name: what was removed has none. */
bool metadata_has_name(int fd, int parent, const char *name);

#endif
