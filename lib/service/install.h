/* SPDX-License-Identifier: MIT */
/* install - from an image file to an installed service. */
#ifndef SERVICE_INSTALL_H
#define SERVICE_INSTALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "service/service.h"

struct install_request {
	const char *service_id, *customer_id, *user_id;
	const char *image; /* path of a file */
	bool dry_run;	   /* judge everything, write nothing */
	struct service_claim claim;
};

/* What was installed, or with dry_run would have been. */
struct install_report {
	const char *type; /* the image's suffix, "zip" */
	size_t n_entries, n_dropped_bits;
	uint64_t bytes;
	bool update; /* over an existing service */
};

/*
 * install_service - judge an image, unpack it into the stage, make it the service.
 *
 * Everything about the arguments and the image is judged before anything is created, the account
 * included.  A failure before the commit leaves the service, or its absence, as it was.
 *
 * Fails:   ERR_USAGE for ids; ERR_IMAGE for a file that is missing or cannot be read; ERR_UNSAFE
 *          for what it holds; ERR_IO when it does not fit; ERR_BUSY, ERR_CUT as service_lock;
 *          ERR_SYSTEM.
 */
int install_service(const struct install_request *request, struct install_report *report,
		    struct err *e) __attribute__((warn_unused_result));

#endif
