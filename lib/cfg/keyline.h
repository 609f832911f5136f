/* SPDX-License-Identifier: MIT */
/* keyline - a key as one line of text: what it is for, and its bytes. */
#ifndef CFG_KEYLINE_H
#define CFG_KEYLINE_H

#include <stddef.h>

#include "base/crypto.h"
#include "base/err.h"

/* The kinds.  A secret half has its own, so that it is not taken for the public one. */
#define KEYLINE_HOST "enstratus-host"
#define KEYLINE_HOST_SECRET "enstratus-host-secret"
#define KEYLINE_SIGNER "enstratus-signer"
#define KEYLINE_SIGNER_SECRET "enstratus-signer-secret"

#define KEYLINE_MAX 512 /* bytes of a line, its end included */
#define KEYLINE_ID 17	/* a key's id, with its NUL */

/*
 * keyline_parse - read "KIND BASE64 [COMMENT]" and its line end; nothing may follow.
 *
 * Fails:   ERR_UNSAFE, the message wanting the file's name before it; it tells no byte of the text.
 * Source:  enstratus-sealed(5), KEYS.
 */
int keyline_parse(const char *text, size_t len, const char *kind,
		  unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
	__attribute__((warn_unused_result));

/*
 * keyline_format - the line, with its end and a NUL; its length.
 *
 * comment  printable, without a line end; cut when there is no room; NULL for none
 */
size_t keyline_format(char line[static KEYLINE_MAX], const char *kind,
		      const unsigned char key[static CRYPTO_KEY_BYTES], const char *comment);

/* keyline_id - a public key's id: the first 8 bytes of its BLAKE2b, in hex. */
void keyline_id(const unsigned char key[static CRYPTO_KEY_BYTES], char id[static KEYLINE_ID]);

#endif
