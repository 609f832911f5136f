/* SPDX-License-Identifier: MIT */
/* stage - where an image is unpacked before it becomes the service, and the step in between. */
#ifndef SERVICE_STAGE_H
#define SERVICE_STAGE_H

#include "base/err.h"
#include "service/account.h"
#include "service/service.h"

/* `.enstratus/stage/<id>.<run>`: of the same file system as the service, seen by nobody. */
struct stage {
	int parent_fd;
	int fd;
	char name[TEXT_SERVICE_ID_MAX + SERVICE_RUN_ID_LEN + 2];
};

#define STAGE_INIT ((struct stage){.parent_fd = -1, .fd = -1})

/* stage_open - make an empty stage; those that dead runs of this service left are removed.
 *
 * The service's lock MUST be held.  Test: test_stage.
 */
int stage_open(struct stage *stage, const struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/*
 * stage_commit - make what is staged the service.
 *
 * A new service appears by one rename.  Over an existing one every directory is made and every
 * file renamed into its place, so that a reader finds each file old or new, whole; files that the
 * stage lacks stay.  The caller has made sure that no file stands where the other has a directory.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int stage_commit(struct stage *stage, struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/* stage_close - remove what is left of the stage. */
void stage_close(struct stage *stage);

/*
 * stage_own - give everything beneath a service directory to an account.
 *
 * A file with several names that is not the account's is left: it may be one from outside.
 */
int stage_own(int dir_fd, const struct account *user, struct err *e)
	__attribute__((warn_unused_result));

/*
 * stage_settle - give the service directory, bin/ and cfg/ the owners and modes of the contract.
 *
 * dir_fd  the service directory, staged or live; cfg/ is made when the image has none
 * user    their owner; NULL leaves owners and groups alone
 * agent   its group gets bin/ (setgid, files 0750), cfg/ (0770) and the service directory (0775)
 */
int stage_settle(int dir_fd, const struct account *user, const struct account *agent, struct err *e)
	__attribute__((warn_unused_result));

#endif
