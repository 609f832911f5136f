/* SPDX-License-Identifier: MIT */
/* rundir - the memory-backed directories in which a run keeps its secrets, and their sweeping. */
#ifndef SERVICE_RUNDIR_H
#define SERVICE_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

#define RUNDIR_NAME_MAX 80 /* "<service id>.chained" and the like */

/*
 * The files that a run delivers in cfg/: the configuration; <id>.cert, .key and .chained; what the
 * hooks of databases are told.
 */
#define RUNDIR_CFG "enstratus.cfg"
#define RUNDIR_DATABASE 4
#define RUNDIR_NAMES 5

/* rundir_name - the i-th of them, 0 being the configuration. */
void rundir_name(const struct service *svc, size_t i, char name[static RUNDIR_NAME_MAX]);

/* In .enstratus/<id> while a run's files may be in cfg/: this file tells them from new ones. */
#define RUNDIR_MARK "delivered"

/*
 * rundir_note - note in the mark that the open file is one that this run has delivered.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int rundir_note(const struct service *svc, int fd, struct err *e)
	__attribute__((warn_unused_result));

/* rundir_warn_of_names - of a file in cfg/ whose bytes are left, for they may be somebody's. */
void rundir_warn_of_names(const struct service *svc, const char *name);

/*
 * rundir_open - the directory for run-time secrets: ENSTRATUS_RUN_DIR when it is memory-backed and
 * we may write there, else one of this user's own in /dev/shm, whatever names others made there.
 *
 * make  make it when it is missing
 * path  set to its path
 *
 * Returns the descriptor, -1 when there is no memory-backed storage: which is no error.
 */
int rundir_open(const struct paths *paths, bool make, char *path, size_t size);

/*
 * rundir_is_of - true for `<service id>.<run id>`: ids may have dots, a run's id has a fixed
 * length and is hexadecimal.
 */
bool rundir_is_of(const struct service *svc, const char *name);

/*
 * rundir_sweep - wipe what runs of this service that died have left.
 *
 * The service's lock MUST be held.  A run that is alive, of a service of the same id beneath
 * another root, holds a lock on its directory and is left.  A configuration that was placed at
 * cfg/enstratus.cfg for the next configureService is left, whatever its date; what was written
 * there through the link of a run that died is put in the place of the link.  Of a file with other
 * names that the run did not make only the name in cfg/ goes.  Test: test_rundir.
 */
int rundir_sweep(struct service *svc, struct err *e) __attribute__((warn_unused_result));

#endif
