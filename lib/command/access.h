/* SPDX-License-Identifier: MIT */
/* access - whether the caller may write where an installation writes, before it is tried. */
#ifndef COMMAND_ACCESS_H
#define COMMAND_ACCESS_H

#include "base/err.h"
#include "command/persist.h"
#include "image/judge.h"
#include "service/service.h"

/*
 * access_check - refuse what modes, owners, attributes and read-only mounts of file systems would.
 *
 * svc      service_find_metadata was called; root_fd is -1 where the directory of all services is
 *          still to be made
 * persist  what is carried over where the whole tree is exchanged; NULL where it is laid over
 *
 * Nothing is written.  Of an update without root, what it would have to set the mode of has to be
 * the caller's own.
 *
 * Fails:   ERR_REFUSED; ERR_IO for a read-only file system; ERR_SYSTEM.
 */
int access_check(const struct service *svc, const struct judge *judge,
		 const struct persist *persist, struct err *e) __attribute__((warn_unused_result));

#endif
