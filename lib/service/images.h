/* SPDX-License-Identifier: MIT */
/* images - the images that are kept, by their digest, and those on their way in. */
#ifndef SERVICE_IMAGES_H
#define SERVICE_IMAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "image/digest.h"
#include "image/source.h"
#include "service/service.h"

#define IMAGES_NAME_MAX 96
#define IMAGES_COPY ".copy."	/* a name that begins so is of no use to a later run, */
#define IMAGES_DOWNLOAD ".url." /* and one that begins so can be gone on with */

/*
 * `.enstratus/images`: `<digest>.<suffix>` for each image that some service's state has among those
 * that it may go back to, and dot files on their way in, locked as long as their run lives.
 */
struct images {
	int fd; /* of that directory */
	int meta_root_fd;
};

#define IMAGES_INIT ((struct images){.fd = -1, .meta_root_fd = -1})

/*
 * images_open - open the directory; svc's meta_root_fd must stay open.
 *
 * What runs that died have left half-way is removed, but for downloads of the last seven days:
 * they can be gone on with.
 */
int images_open(struct images *images, const struct service *svc, struct err *e)
	__attribute__((warn_unused_result));
void images_close(struct images *images);

/*
 * images_look - open it to look for kept images: nothing is made or removed, and where there is no
 * such directory, or no metadata directory at all, fd stays -1 and no image is found.
 */
int images_look(struct images *images, const struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/*
 * images_begin - open a file for an image on its way in, and lock it.
 *
 * name  begins with IMAGES_COPY or IMAGES_DOWNLOAD; made when it is missing
 *
 * Returns -2 when another run holds it.
 */
int images_begin(struct images *images, const char *name, int *fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * images_keep - give a file that images_begin opened its lasting name.
 *
 * Until images_close nobody prunes: the service's state, which keeps it, can be saved.
 */
int images_keep(struct images *images, const char *name, const char *digest, const char *suffix,
		struct err *e) __attribute__((warn_unused_result));

/*
 * images_hold - the same promise for an image that is kept, if no other run has pruned it yet.
 *
 * Fails:   ERR_UNAVAILABLE when it is not kept any more; ERR_SYSTEM.
 */
int images_hold(struct images *images, const char *name, struct err *e)
	__attribute__((warn_unused_result));

/*
 * images_find - the kept image of a digest.
 *
 * digest  or the beginning of one
 * name    set to its file's name, "" when there is none
 *
 * Fails:   ERR_USAGE when several begin so; ERR_SYSTEM.
 */
int images_find(const struct images *images, const char *digest, char name[static IMAGES_NAME_MAX],
		struct err *e) __attribute__((warn_unused_result));

/* images_prune - remove images that no service's state has; what cannot be is a warning. */
void images_prune(struct images *images);

#endif
