/* SPDX-License-Identifier: MIT */
/* preview - what an update would do to each path of a service. */
#ifndef COMMAND_PREVIEW_H
#define COMMAND_PREVIEW_H

#include <stdbool.h>

#include "base/err.h"
#include "command/candidate.h"
#include "command/obsolete.h"
#include "command/persist.h"
#include "host/account.h"
#include "service/service.h"

/* An update; all of it is the caller's. */
struct preview {
	const struct service *svc; /* installed */
	struct source *source;	   /* of the new image, confirmed */
	const struct judge *judge;
	const struct persist *persist;	 /* for a replacement */
	const struct obsolete *obsolete; /* what is pruned */
	const struct account *user; /* whose the image's files become; NULL for a new account */
	gid_t shared_gid;	    /* of bin/, cfg/ and the service directory */
	bool replace;
	struct install_counts *counts;
};

/*
 * preview_update - count what an update would do, and tell of each path.
 *
 * A file or link is added, replaced, unchanged, kept or removed; of a directory only is told that
 * it is added.  The owner of what is there may change as well.  What is pruned is told, and was
 * counted by obsolete_find.  Nothing is written.
 *
 * Fails:   as source_next; ERR_IO, ERR_SYSTEM.
 */
int preview_update(struct preview *p, struct err *e) __attribute__((warn_unused_result));

#endif
