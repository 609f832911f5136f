/* SPDX-License-Identifier: MIT */
/* backup - the file that a hook backs something up to. */
#ifndef COMMAND_BACKUP_H
#define COMMAND_BACKUP_H

#include <limits.h>

#include "base/err.h"

/*
 * backup_place - where a backup is to be, from the root.
 *
 * Fails:   ERR_UNAVAILABLE when there is no directory for it; as fd_absolute_path.
 */
int backup_place(const char *given, char path[static PATH_MAX], struct err *e)
	__attribute__((warn_unused_result));

/*
 * backup_check - refuse a backup that a hook did not make, and let nobody but its owner read one
 *                that it did: it holds whatever the service does.
 *
 * Fails:   ERR_IO for one that is missing, empty or no regular file.
 */
int backup_check(const char *path, struct err *e) __attribute__((warn_unused_result));

#endif
