/* SPDX-License-Identifier: MIT */
/* tree - the one writer of a tree beneath a directory: its directories, files and links. */
#ifndef IMAGE_TREE_H
#define IMAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "image/judge.h"
#include "image/source.h"

/*
 * In all of it dir_fd is an empty directory that nobody else writes to, the judge is finished, and
 * the umask is 0: modes are exact in the creating call.
 */

#define TREE_BUFFER_BYTES (512u * 1024)

/* Who gets what is written, the directory itself included. */
struct tree_owner {
	bool change; /* false leaves the caller as owner; true is for root alone */
	uid_t uid;
	gid_t gid;
};

/*
 * tree_become_owner, tree_become_self - what this thread makes from now on is the owner's, or its
 * own again.
 *
 * Fails:   ERR_SYSTEM.
 */
int tree_become_owner(const struct tree_owner *owner, struct err *e)
	__attribute__((warn_unused_result));
int tree_become_self(const struct tree_owner *owner, struct err *e)
	__attribute__((warn_unused_result));

/*
 * tree_make_directories - those that are entries, and those that an entry needs: the latter of mode
 *                         0755.
 *
 * Fails:   ERR_UNSAFE for what is there already; as mkdir(2); ERR_STATUS for a signal.
 */
int tree_make_directories(int dir_fd, const struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

/* tree_parent_length - of a name: the bytes before its last slash, 0 where there is none. */
size_t tree_parent_length(const char *name);

/* tree_open_parent - the directory of an entry, once it is made: a descriptor, for its files. */
int tree_open_parent(int dir_fd, const char *name, struct err *e)
	__attribute__((warn_unused_result));

/*
 * tree_write_file - write a new file, of the entry's mode and time.
 *
 * parent  of tree_open_parent
 * buffer  of TREE_BUFFER_BYTES; the caller's
 *
 * Fails:   as source_next; ERR_UNSAFE when it is not as long as it says; as open(2) and write(2);
 *          ERR_STATUS for a signal.
 */
int tree_write_file(struct source *source, int parent, const struct entry *entry, char *buffer,
		    struct err *e) __attribute__((warn_unused_result));

/* tree_write_links - all links, once nothing else is created any more.  Fails: as symlink(2). */
int tree_write_links(int dir_fd, const struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

#endif
