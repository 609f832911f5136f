/* SPDX-License-Identifier: MIT */
/* verify - compare what is installed with the image that it came from. */
#ifndef COMMAND_VERIFY_H
#define COMMAND_VERIFY_H

#include <stddef.h>

#include "base/err.h"
#include "image/digest.h"
#include "service/service.h"

enum verify_finding {
	VERIFY_DIFFERS, /* other content, or a link that leads elsewhere */
	VERIFY_MISSING,
	VERIFY_TYPE, /* a directory where there should be a file, and the like */
	VERIFY_MODE,
	VERIFY_OWNER,
	VERIFY_EXTRA, /* in bin/, where hooks are, something that the image lacks */
	VERIFY_ADDED, /* the same elsewhere, where a service may have files of its own */
};

/* verify_word - the finding in one word. */
const char *verify_word(enum verify_finding finding);

/* verify_report_fn - gets each finding; path is relative to the service directory. */
typedef void verify_report_fn(void *arg, enum verify_finding finding, const char *path);

/*
 * verify_service - compare every entry of the installed image with the service.
 *
 * svc        opened and locked
 * digest     set to the image's
 * n_checked  set to the entries that were compared
 *
 * The image is the kept one, whose digest is compared first.  What its image.ini lets persist is
 * the service's own and is passed over, and so is what the agent itself delivers.  Of a directory
 * that was added nothing is told but the directory.  Owners are looked at by root alone, where the
 * account is there, and of what is no directory.
 *
 * Fails:   ERR_UNAVAILABLE when the image is not kept; ERR_IO when it is damaged; ERR_SYSTEM.
 *          Findings are no failure.
 */
int verify_service(struct service *svc, verify_report_fn *report, void *arg,
		   char digest[static DIGEST_HEX], size_t *n_checked, struct err *e)
	__attribute__((warn_unused_result));

#endif
