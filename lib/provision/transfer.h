/* SPDX-License-Identifier: MIT */
/* transfer - files that are sent to hosts, a part after the other. */
#ifndef PROVISION_TRANSFER_H
#define PROVISION_TRANSFER_H

#include <limits.h>

#include "provision/act.h"

/*
 * transfer_send - send what the host of a step lacks of a file; remote is its path there.
 *
 * What was cut off is gone on with.
 *
 * Fails:   as act_demand and transfer_path; ERR_SYSTEM when the file cannot be read.
 */
int transfer_send(struct act_task *t, const char *path, const char *digest,
		  char remote[static PATH_MAX]) __attribute__((warn_unused_result));

/* transfer_drop - have what was sent removed there.  Fails: as act_demand. */
int transfer_drop(struct act_task *t, const char *path, const char *digest)
	__attribute__((warn_unused_result));

/*
 * transfer_path - a path that the agent has printed, without its line end.
 *
 * text  NULL for nothing
 *
 * Fails:   ERR_UNAVAILABLE when it is no absolute path.
 */
int transfer_path(const struct act_task *t, const char *text, char remote[static PATH_MAX])
	__attribute__((warn_unused_result));

#endif
