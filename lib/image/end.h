/* SPDX-License-Identifier: MIT */
/* end - the records at the end of a zip archive: where its directory is. */
#ifndef IMAGE_END_H
#define IMAGE_END_H

#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"

struct end {
	uint64_t position; /* of the first of these records: where the directory must end */
	uint64_t n_entries, size, offset; /* of the directory */
};

/*
 * end_find - find and read them.
 *
 * The last record whose comment reaches exactly to the end of the file counts; with a zip64 record
 * before it both have to agree.
 *
 * Fails:   ERR_UNSAFE; as arrival_read.
 * Source:  APPNOTE 6.3.10 sections 4.3.14 to 4.3.16.
 */
int end_find(struct arrival *image, struct end *end, struct err *e)
	__attribute__((warn_unused_result));

#endif
