/* SPDX-License-Identifier: MIT */
/* survey - which hooks an image brings, and what they will fail of on this host. */
#ifndef COMMAND_SURVEY_H
#define COMMAND_SURVEY_H

#include "base/err.h"
#include "image/source.h"

/*
 * survey_hooks - tell of each hook in bin/, and warn of what its author did not mean.
 *
 * That is a name that no program runs, a file without a "#!" line or with the line ends of Windows,
 * an interpreter that this host lacks, and the lack of a start hook.
 *
 * source  confirmed
 *
 * Fails:   as source_next.
 */
int survey_hooks(struct source *source, const struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

#endif
