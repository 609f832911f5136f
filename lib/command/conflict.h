/* SPDX-License-Identifier: MIT */
/* conflict - whether what an image brings can be put where a service is, before it is tried. */
#ifndef COMMAND_CONFLICT_H
#define COMMAND_CONFLICT_H

#include <stdint.h>

#include "base/err.h"
#include "image/judge.h"
#include "service/service.h"

/*
 * conflict_room - refuse what does not fit.
 *
 * more  bytes that are needed beside the unpacked ones
 *
 * Fails:   ERR_IO with both numbers.
 */
int conflict_room(const struct service *svc, const struct judge *judge, uint64_t more,
		  struct err *e) __attribute__((warn_unused_result));

/*
 * conflict_find - refuse a directory where the service has a file, or the other way round, and
 * files that would go into another file system, mounted within the service.
 *
 * A link that an operator put in the place of a directory which the image leaves empty is fine.
 *
 * Fails:   ERR_UNSAFE; ERR_UNAVAILABLE for the mounted one; ERR_SYSTEM.
 */
int conflict_find(const struct service *svc, const struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

#endif
