/* SPDX-License-Identifier: MIT */
/* inflate - raw deflate data from a file to bytes, and their CRC. */
#ifndef IMAGE_INFLATE_H
#define IMAGE_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct inflate; /* state, window and all, about 350 KiB; one a thread, used again for each entry */

/* inflate_new - NULL when there is no memory; inflate_free accepts NULL. */
struct inflate *inflate_new(void);
void inflate_free(struct inflate *in);

/*
 * inflate_peek - len bytes of the file from offset on, in the window; fewer at the file's end.
 *
 * Reads ahead, so that the entries of an archive, taken in their order, cost few reads.
 */
int inflate_peek(struct inflate *in, int fd, uint64_t offset, size_t len,
		 const unsigned char **data, size_t *got, struct err *e)
	__attribute__((warn_unused_result));

/* inflate_start - the data at offset, compressed bytes long; is_deflated 0 for stored. */
void inflate_start(struct inflate *in, int fd, uint64_t offset, uint64_t compressed,
		   int is_deflated);

/*
 * inflate_next - the next bytes; *len is 0 once all of the compressed data was used, and only then.
 *
 * Fails:   ERR_UNSAFE for data that is damaged, ends too early or goes on after its end.
 * Source:  RFC 1951; ISA-L's igzip_lib.h.
 */
int inflate_next(struct inflate *in, void *data, size_t size, size_t *len, struct err *e)
	__attribute__((warn_unused_result));

/* inflate_crc - of all bytes since inflate_start.  Source: APPNOTE 6.3.10 section 4.4.7. */
uint32_t inflate_crc(const struct inflate *in);

#endif
