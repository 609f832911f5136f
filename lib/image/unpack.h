/* SPDX-License-Identifier: MIT */
/* unpack - a file that is packed as a whole, by gzip, bzip2 or xz, to a stream of bytes. */
#ifndef IMAGE_UNPACK_H
#define IMAGE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"

enum unpack_kind { UNPACK_GZIP, UNPACK_BZIP2, UNPACK_XZ };

struct unpack; /* decoder and windows, about 300 KiB; more is bzip2's, 4 MiB, or xz's, 72 */

/*
 * unpack_open - begin at the start of a file.
 *
 * Fails:   ERR_SYSTEM for memory.
 */
struct unpack *unpack_open(struct arrival *image, enum unpack_kind kind, struct err *e)
	__attribute__((warn_unused_result));

/*
 * unpack_next - some more bytes, valid until the next call; *len is 0 at the end.
 *
 * xz may have no more memory than a stream of `xz -9` needs, and its streams a check that we know.
 *
 * At the end the checksums held, and what followed a stream was another one, up to the file's end.
 *
 * Fails:   ERR_UNSAFE for data that is damaged, ends too early or goes on after its end; as
 *          arrival_read.
 * Source:  RFC 1952; ISA-L's igzip_lib.h; bzlib.h; lzma/container.h.
 */
int unpack_next(struct unpack *u, const void **data, size_t *len, struct err *e)
	__attribute__((warn_unused_result));

/* unpack_close - accepts NULL. */
void unpack_close(struct unpack *u);

#endif
