/* SPDX-License-Identifier: MIT */
/* digest - SHA-256 of large data, by which images are known. */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "image/arrival.h"

#define DIGEST_HEX 65 /* bytes of one as text */

/*
 * digest_arrival - SHA-256 of a whole image, lower-case hex; waits for what has not arrived.
 *
 * By OpenSSL: libsodium's takes five times as long, having no use for the processor's instructions.
 *
 * Fails:   as arrival_read; ERR_SYSTEM without memory.
 * Source:  FIPS 180-4.
 */
int digest_arrival(struct arrival *image, char hex[static DIGEST_HEX], struct err *e)
	__attribute__((warn_unused_result));

/* digest_path - the same of the file at path.  Fails: ERR_IMAGE when it cannot be opened. */
int digest_path(const char *path, char hex[static DIGEST_HEX], struct err *e)
	__attribute__((warn_unused_result));

/* digest_text - the same of a string. */
int digest_text(const char *text, char hex[static DIGEST_HEX], struct err *e)
	__attribute__((warn_unused_result));

/* digest_take - check that text is such a digest, in either case, and copy it in lower case.
 *
 * what  names it in the message
 *
 * Fails:   ERR_USAGE.
 */
int digest_take(const char *what, const char *text, char hex[static DIGEST_HEX], struct err *e)
	__attribute__((warn_unused_result));

#endif
