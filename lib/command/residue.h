/* SPDX-License-Identifier: MIT */
/* residue - secrets of a configuration that were left in files while its hook ran. */
#ifndef COMMAND_RESIDUE_H
#define COMMAND_RESIDUE_H

#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "cfg/mask.h"
#include "service/manifest.h"
#include "service/service.h"

#define RESIDUE_FILE_MAX (64u << 20) /* bytes of a file that are searched */

/* residue_now - the time that a file changed now gets: the clock for it is a coarse one. */
struct timespec residue_now(void);

/*
 * residue_search - search what was changed since then in the service's directory, the temp and the
 *                  run directory for the values of the mask.
 *
 * A warning names each file and the keys whose values it holds; never a value.  What the manifest
 * allows is passed over, and so is what cannot be read.
 *
 * n  set to the number of such files
 *
 * Fails:   ERR_SYSTEM for memory.
 */
int residue_search(const struct mask *mask, const struct service *svc,
		   const struct manifest *manifest, struct timespec since, size_t *n, struct err *e)
	__attribute__((warn_unused_result));

#endif
