/* SPDX-License-Identifier: MIT */
/* parser - the text of a deployment file, read and checked. */
#ifndef PROVISION_PARSER_H
#define PROVISION_PARSER_H

#include <stddef.h>

#include "base/err.h"
#include "provision/deployment.h"
#include "provision/faults.h"

/*
 * parser_read - read the text of a file and check it as a whole.
 *
 * directory  where the file is; paths in it may be relative to that
 *
 * Fails:   ERR_UNSAFE with the number of faults, which are in faults, when there is one;
 *          ERR_SYSTEM.
 * Source:  enstratus-deployment(5).
 */
int parser_read(struct deployment *d, const char *text, size_t len, const char *directory,
		struct faults *faults, struct err *e) __attribute__((warn_unused_result));

#endif
