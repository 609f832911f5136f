/* SPDX-License-Identifier: MIT */
/* ownership - the owners and modes that the contract gives a service's tree. */
#ifndef SERVICE_OWNERSHIP_H
#define SERVICE_OWNERSHIP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "host/account.h"

/*
 * ownership_change - give everything beneath a service directory to an account.
 *
 * A file with several names that is not the account's is left: it may be one from outside; so is
 * another file system that is mounted within.  What cannot be given is counted in a warning: an
 * update must not fail for an immutable file.
 *
 * Fails:   ERR_SYSTEM when the directory itself cannot be read.
 */
int ownership_change(int dir_fd, const struct account *user, struct err *e)
	__attribute__((warn_unused_result));

/*
 * ownership_apply - give the service directory, bin/ and cfg/ the owners and modes of the
 * contract.
 *
 * dir_fd  the service directory, staged or live; cfg/ is made when the image has none
 * user    their owner; NULL leaves owners and groups alone
 * agent   its group gets bin/ (setgid, files 0750), cfg/ (0770) and the service directory (0775)
 */
int ownership_apply(int dir_fd, const struct account *user, const struct account *agent,
		    struct err *e) __attribute__((warn_unused_result));

/*
 * ownership_is_shared - true for what gets the agent's group: ".", bin/, cfg/ and what is directly
 * in one of these, whoever brought it.
 */
bool ownership_is_shared(const char *path);

/* ownership_mode - the mode that ownership_apply leaves a file with; mode is the image's. */
mode_t ownership_mode(const char *path, mode_t mode);

#endif
