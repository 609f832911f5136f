/* SPDX-License-Identifier: MIT */
/* stage - where an image is unpacked before it becomes the service, and the step in between. */
#ifndef SERVICE_STAGE_H
#define SERVICE_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

/* The stage within a service that is a mounted file system of its own. */
#define STAGE_WITHIN ".enstratus-stage"

/*
 * `.enstratus/.stage/<id>.<run>`: of the same file system as the service, seen by nobody.  For a
 * service that is a mounted file system of its own it is in that, in `.enstratus-stage`.
 */
struct stage {
	int parent_fd;
	int fd;
	int within_fd; /* the service's directory, svc's, when the stage is in that; else -1 */
	char name[TEXT_SERVICE_ID_MAX + SERVICE_RUN_ID_LEN + 2];
};

#define STAGE_INIT ((struct stage){.parent_fd = -1, .fd = -1, .within_fd = -1})

/* stage_open - make an empty stage; those that dead runs of this service left are removed.
 *
 * The service's lock MUST be held.  Test: test_stage.
 */
int stage_open(struct stage *stage, const struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/* How it becomes the service. */
struct stage_plan {
	bool sync;    /* what is reported as installed is on the disk */
	bool replace; /* the whole tree goes, but for what persists; else it is laid over it */
	const char *const *persist; /* paths */
	size_t n_persist;
	/* What goes from beneath the image that is laid over it, as in service/prune.h; or NULL. */
	const char *prune;
	size_t prune_len;
	size_t *n_kept; /* set to the paths in there that stay all the same; or NULL */
};

/*
 * stage_commit - make what is staged the service, and svc->state its state.
 *
 * The stage's owners and modes are set already.  Everything is synced first.  A new service
 * appears by one rename.  Over an existing one the stage is laid as in service/overlay.h, or
 * exchanged with it as in service/exchange.h, and what is to be pruned is removed, after the commit
 * was noted in the service's state: before that nothing has changed, after it, whatever cuts the
 * commit off, the next command on the service carries it to its end.
 *
 * Fails:   ERR_IO, ERR_SYSTEM.
 */
int stage_commit(struct stage *stage, struct service *svc, const struct stage_plan *plan,
		 struct err *e) __attribute__((warn_unused_result));

/* stage_recover - finish a commit that was cut off; the service's lock MUST be held. */
int stage_recover(struct service *svc, struct err *e) __attribute__((warn_unused_result));

/* stage_close - remove a stage that was not committed; svc is still open. */
void stage_close(struct stage *stage);

#endif
