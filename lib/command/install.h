/* SPDX-License-Identifier: MIT */
/* install - from an image to an installed service. */
#ifndef COMMAND_INSTALL_H
#define COMMAND_INSTALL_H

#include "base/err.h"
#include "command/candidate.h"

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
