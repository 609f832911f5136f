/* SPDX-License-Identifier: MIT */
/* archive - a copy of a service in a file, by its hook or by a zip archive of all that it has. */
#ifndef COMMAND_ARCHIVE_H
#define COMMAND_ARCHIVE_H

#include "base/err.h"
#include "hook/run.h"
#include "service/service.h"

/*
 * archive_service - back a service up to a file.
 *
 * svc  from hook_open
 *
 * By its hook where it has one that is executable.  Else by a zip archive, from which
 * installService makes the same service again: all but dot files, and what a configuration is
 * delivered in.  It is made beside the file, of mode 0600, and then renamed.
 *
 * Fails:   as hook_run, backup_place, backup_check and pack_tree; ERR_STATUS for a signal.
 */
int archive_service(struct service *svc, const char *file, const struct hook_options *options,
		    struct err *e) __attribute__((warn_unused_result));

#endif
