/* SPDX-License-Identifier: MIT */
/* prune - remove from a service what its last image brought and the new one lacks. */
#ifndef SERVICE_PRUNE_H
#define SERVICE_PRUNE_H

#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

#define PRUNE_DIGEST_HEX 129 /* BLAKE2b as text, with its NUL */

/* What a line of the list begins with. */
#define PRUNE_FILE "file"
#define PRUNE_LINK "link"
#define PRUNE_DIRECTORY "directory"

/*
 * The list is kept in the service's metadata from before a commit is marked until its end.  A line
 * is the kind, the digest and the path, with a blank between; a directory, whose digest is "-",
 * stands before what lies in it.  Of a link the digest is that of its target.
 */

/*
 * prune_digest - that of a file's content, read from where it stands.
 * prune_digest_text - that of a string.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int prune_digest(int fd, char hex[static PRUNE_DIGEST_HEX], struct err *e)
	__attribute__((warn_unused_result));
void prune_digest_text(const char *text, char hex[static PRUNE_DIGEST_HEX]);

/*
 * prune_prepare - note the list, before the commit is marked.
 *
 * Fails:   ERR_UNSAFE for a list that is too long; ERR_IO, ERR_SYSTEM.
 */
int prune_prepare(const struct service *svc, const char *list, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * prune_run - remove what is listed, the last one first.
 *
 * n_kept  set to those that stay: their digest is another one by now, or nobody may remove them; a
 *         warning names each
 *
 * A directory that holds anything stays, without a word.  Cut off at any moment and called again it
 * goes on to the same end.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int prune_run(const struct service *svc, size_t *n_kept, struct err *e)
	__attribute__((warn_unused_result));

/* prune_forget - remove the list: all of it is done, and on the disk; or it means nothing. */
void prune_forget(const struct service *svc);

#endif
