/* SPDX-License-Identifier: MIT */
/* listing - the ids of all services that are installed. */
#ifndef SERVICE_LISTING_H
#define SERVICE_LISTING_H

#include <stddef.h>

#include "base/err.h"
#include "host/paths.h"

/*
 * listing_read - the ids of all installed services, in name order.
 *
 * *ids is an array of *n strings; listing_free releases it.
 */
int listing_read(const struct paths *paths, char ***ids, size_t *n, struct err *e)
	__attribute__((warn_unused_result));
void listing_free(char **ids, size_t n);

#endif
