/* SPDX-License-Identifier: MIT */
/* statefile - the store as a file of one machine: a journal that is locked. */
#ifndef PROVISION_STATEFILE_H
#define PROVISION_STATEFILE_H

#include "base/err.h"
#include "provision/engine.h"

/*
 * statefile_open - for statefile_engine; the file need not be there.
 *
 * A line a change, "put KEY LENGTH" with the value and a line end behind it, or "drop KEY"; a
 * group ends with "done" and 16 digits of its SHA-256.  What a crash has cut off, behind the
 * last whole group, is left out and overwritten.  When it has grown to several times what it
 * holds it is written anew and renamed.
 *
 * Fails:   ERR_USAGE for a path that is too long.
 */
int statefile_open(void **self, const char *path, struct err *e)
	__attribute__((warn_unused_result));
extern const struct store_engine statefile_engine;

#endif
