/* SPDX-License-Identifier: MIT */
/* books - the agent's own directories beside the services: made, settled and held. */
#ifndef SERVICE_BOOKS_H
#define SERVICE_BOOKS_H

#include <stdbool.h>

#include "base/err.h"

#define BOOKS_DIRECTORY ".enstratus" /* the agent's own directory beside the services */

/*
 * books_open - make and open .enstratus; as long as it is open, nobody removes it.
 *
 * Source:  flock(2): a shared lock, so that who removes it can tell that nobody uses it.
 */
int books_open(int root_fd, int *books_fd, struct err *e) __attribute__((warn_unused_result));

/*
 * books_make - make and open a directory of the agent's own: its account reaches all that is in it
 * whoever came first, hence its group, inherited by the files.
 *
 * made  set to whether it was made
 */
int books_make(int parent, const char *name, bool *made, int *fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * books_hold - make and open one, and nobody removes it as long as it is open.
 *
 * Returns -1 with errno set, which says why not.
 */
int books_hold(int parent, const char *name, int *fd) __attribute__((warn_unused_result));

/*
 * books_settle - give one that is open its owner and mode, also where its maker was killed before
 * that.
 */
int books_settle(int fd, const char *name, struct err *e) __attribute__((warn_unused_result));

/*
 * books_open_file - open(2) a file of the agent's own in a book, made with mode 0660, so that its
 *                   account and root both reach it.
 *
 * Returns the descriptor, or -1 with errno set.
 */
int books_open_file(int book_fd, const char *name, int flags) __attribute__((warn_unused_result));

/* books_is_held_alone - true when nobody else holds it: then nobody does until it is closed. */
bool books_is_held_alone(int fd);

/* books_has_name - true when an open directory still has its name: what was removed has none. */
bool books_has_name(int fd, int parent, const char *name);

#endif
