/* SPDX-License-Identifier: MIT */
/* local - the header that stands before an entry's bytes, compared with the central directory. */
#ifndef IMAGE_LOCAL_H
#define IMAGE_LOCAL_H

#include <stddef.h>

#include "base/err.h"
#include "image/arrival.h"
#include "image/central.h"

/*
 * local_check - compare every entry's local header with the directory; waits for those that have
 * not arrived.
 *
 * Fails:   as local_find_data.
 */
int local_check(const struct central *central, struct arrival *image, struct err *e)
	__attribute__((warn_unused_result));

/*
 * local_find_data - where an entry's own bytes begin, from its local header.
 *
 * header, len  bytes of the file from entry->offset on
 * skip         set to the bytes from there to the data
 *
 * Fails:   ERR_UNSAFE when the local header is cut or differs from the directory, or the entry
 *          reaches into the next.
 */
int local_find_data(const struct central *central, const struct central_entry *entry,
		    const unsigned char *header, size_t len, size_t *skip, struct err *e)
	__attribute__((warn_unused_result));

#endif
