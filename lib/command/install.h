/* SPDX-License-Identifier: MIT */
/* install - from an image to an installed service. */
#ifndef COMMAND_INSTALL_H
#define COMMAND_INSTALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "image/digest.h"
#include "image/source.h"
#include "service/service.h"

struct install_request {
	const char *service_id;
	/* Of the service; NULL keeps those that it has. */
	const char *customer_id, *user_id;
	const char *image; /* path or URL; NULL for a kept image */
	const char *kept;  /* its digest or the beginning of it; NULL for the one before this */
	const char *sha256, *signature, *ca_file, *pinned_key;	    /* or NULL */
	void (*progress)(void *arg, uint64_t done, uint64_t total); /* of a download; or NULL */
	void *progress_arg;
	bool dry_run; /* judge everything, write nothing */
	bool replace; /* the tree is exchanged, not laid over */
	struct service_claim claim;
};

/* What was installed, or with dry_run would have been. */
struct install_report {
	char type[SOURCE_SUFFIX_MAX]; /* the image's suffix, "zip" */
	size_t n_entries, n_dropped_bits;
	uint64_t bytes;
	bool update; /* over an existing service */
	char digest[DIGEST_HEX];
	char version[STATE_VERSION_MAX + 1];
	char comment[256]; /* the trusted comment of a signature that was checked; "" for none */
};

/*
 * install_service - take an image in, judge it, unpack it into the stage, make it the service.
 *
 * All that an image's directory tells is judged before anything is created, and all of the image
 * before an account is made.  It is unpacked while it arrives; digest and signature hold before it
 * is committed, and those of a file before it is looked into.  A failure before the commit leaves
 * the service, or its absence, as it was.
 *
 * Fails:   ERR_USAGE for ids; ERR_IMAGE for a file that is missing or cannot be read; ERR_UNSAFE
 *          for what it holds; ERR_REFUSED for a digest or signature; ERR_IO when it does not fit;
 *          ERR_BUSY, ERR_CUT as service_lock; as download_run; ERR_SYSTEM.
 */
int install_service(const struct install_request *request, struct install_report *report,
		    struct err *e) __attribute__((warn_unused_result));

#endif
