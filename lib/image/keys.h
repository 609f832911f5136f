/* SPDX-License-Identifier: MIT */
/* keys - the directory of the keys that are trusted to sign images. */
#ifndef IMAGE_KEYS_H
#define IMAGE_KEYS_H

#include <stdbool.h>

#include "base/crypto.h"
#include "base/err.h"
#include "image/signature.h"

#define KEYS_FILE_MAX 4096 /* bytes of one */

/*
 * keys_any, keys_find - is there a trusted key at all; is there the one of s.
 *
 * keys_fd  the directory of the *.pub files, dot files left aside; -1 when there is none: no key
 *
 * The first goes by names alone.  The second reads every key, whichever it looks for.
 *
 * Fails:   naming the file, for one that cannot be read, is no regular file or holds no key, and
 *          for two different keys of one id: ERR_REFUSED, or as open(2) and read(2).
 */
int keys_any(int keys_fd, bool *any, struct err *e) __attribute__((warn_unused_result));
int keys_find(int keys_fd, const struct signature *s, unsigned char key[static CRYPTO_KEY_BYTES],
	      bool *found, struct err *e) __attribute__((warn_unused_result));

#endif
