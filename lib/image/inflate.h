/* SPDX-License-Identifier: MIT */
/* inflate - deflated data to bytes, and their checksum. */
#ifndef IMAGE_INFLATE_H
#define IMAGE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"

struct inflate; /* state, window and all, about 350 KiB; one a thread, used again for each entry */

/* inflate_new - NULL when there is no memory; inflate_free accepts NULL. */
struct inflate *inflate_new(void);
void inflate_free(struct inflate *in);

/* Bytes in the window, until the next call. */
struct inflate_piece {
	const unsigned char *data;
	size_t len;
};

/*
 * inflate_peek - len bytes of the image from offset on, in the window; fewer at its end.
 *
 * Reads ahead, so that the entries of an archive, taken in their order, cost few reads.  Waits for
 * what has not arrived.
 */
int inflate_peek(struct inflate *in, struct arrival *image, uint64_t offset, size_t len,
		 struct inflate_piece *piece, struct err *e) __attribute__((warn_unused_result));

/* inflate_bound - from here on nothing behind end is read ahead: the next entries are another's. */
void inflate_bound(struct inflate *in, uint64_t end);

/*
 * inflate_start - the data at offset, compressed bytes long; is_deflated 0 for stored.
 *
 * size  what is expected to come out.  Where it fits into what inflate_next is given, and the
 *       compressed data into the window, the faster of two decoders is used.  A wrong size is no
 *       error here.
 */
void inflate_start(struct inflate *in, struct arrival *image, uint64_t offset, uint64_t compressed,
		   uint64_t size, int is_deflated);

/*
 * inflate_next - the next bytes; *len is 0 once all of the compressed data was used, and only then.
 *
 * Fails:   ERR_UNSAFE for data that is damaged, ends too early or goes on after its end.
 * Source:  RFC 1951; ISA-L's igzip_lib.h; libdeflate.h.
 */
int inflate_next(struct inflate *in, void *data, size_t size, size_t *len, struct err *e)
	__attribute__((warn_unused_result));

/* inflate_crc - of all bytes since inflate_start.  Source: APPNOTE 6.3.10 section 4.4.7. */
uint32_t inflate_crc_of(const void *data, size_t len);
uint32_t inflate_crc(const struct inflate *in);

/* One gzip stream, whose bytes the caller brings. */
struct gunzip;

/* gunzip_new - NULL when there is no memory; free(3) it.  gunzip_begin: another stream. */
struct gunzip *gunzip_new(void);
void gunzip_begin(struct gunzip *g);

/*
 * gunzip_step - decode some of the *n bytes at data; *n and *len become those used and made.
 *
 * is_ended  set to true at the stream's end, whose checksum and length then held
 *
 * Returns -1 for data that is damaged, with no error filled.
 * Source:  RFC 1952; ISA-L's igzip_lib.h.
 */
int gunzip_step(struct gunzip *g, const void *data, size_t *n, void *out, size_t *len,
		bool *is_ended) __attribute__((warn_unused_result));

#endif
