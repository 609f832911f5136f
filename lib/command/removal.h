/* SPDX-License-Identifier: MIT */
/* removal - take an installed service away, at once, with or without what it persists. */
#ifndef COMMAND_REMOVAL_H
#define COMMAND_REMOVAL_H

#include <stdbool.h>

#include "base/err.h"
#include "service/service.h"

/*
 * removal_judge - refuse, before any hook runs, what removal_perform would refuse.
 *
 * Fails:   ERR_UNAVAILABLE when the service is or holds a file system of its own; ERR_UNSAFE when
 *          data is to be kept and image.ini lists nothing to persist, or breaks its form.
 */
int removal_judge(const struct service *svc, bool keep_data, struct err *e)
	__attribute__((warn_unused_result));

/*
 * removal_perform - remove the service's tree.
 *
 * svc        its lock is held; dir_fd may be -1: then what a dead run left of it is removed
 * keep_data  what image.ini lists to persist stays where it is
 *
 * Without keep_data the service is gone in one step, and its files are removed then; with it
 * image.ini goes last, so that a removal that was cut off can be done again.
 *
 * Fails:   as removal_judge; ERR_SYSTEM, ERR_IO.
 */
int removal_perform(struct service *svc, bool keep_data, struct err *e)
	__attribute__((warn_unused_result));

/* removal_purge - let the agent forget the service, and the images that were kept for it alone. */
int removal_purge(struct service *svc, struct err *e) __attribute__((warn_unused_result));

#endif
