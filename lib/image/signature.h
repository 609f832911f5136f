/* SPDX-License-Identifier: MIT */
/* signature - an image's signature, and the keys for it, in minisign's format. */
#ifndef IMAGE_SIGNATURE_H
#define IMAGE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/crypto.h"
#include "base/err.h"

#define SIGNATURE_BYTES_MAX 16384  /* of a signature's whole text */
#define SIGNATURE_COMMENT_MAX 8192 /* of its trusted comment; what minisign itself reads */
#define SIGNATURE_KEY_ID_BYTES 8
#define SIGNATURE_KEY_NAME 17 /* a key's id as minisign prints it, with its NUL */

/* A signature as it was read: nothing in it, the comment least of all, holds before the check. */
struct signature {
	bool prehashed; /* made for the image's BLAKE2b, not for the image */
	unsigned char key_id[SIGNATURE_KEY_ID_BYTES];
	unsigned char of_image[CRYPTO_SIGNATURE_BYTES];
	unsigned char of_comment[CRYPTO_SIGNATURE_BYTES]; /* for of_image and the comment */
	char comment[SIGNATURE_COMMENT_MAX + 1];	  /* the trusted one */
};

#define SIGNATURE_INIT ((struct signature){.prehashed = false})

/*
 * signature_parse - read a signature of either kind: legacy ("Ed") or prehashed ("ED").
 *
 * Four lines, CR tolerated at their ends: untrusted comment, base64, trusted comment, base64.
 *
 * Fails:   ERR_REFUSED for any other text, and for a trusted comment that is too long, not UTF-8
 *          or has control characters other than tabs.
 * Source:  jedisct1.github.io/minisign, "Signature format".
 */
int signature_parse(struct signature *s, const char *text, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * signature_parse_key - read a public key: a comment line and a base64 line, or the latter alone.
 *
 * Fails:   ERR_REFUSED for any other text; the message wants the file's name before it.
 * Source:  jedisct1.github.io/minisign, "Public key format".
 */
int signature_parse_key(const char *text, size_t len,
			unsigned char key_id[static SIGNATURE_KEY_ID_BYTES],
			unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
	__attribute__((warn_unused_result));

/* signature_refuse_key - ERR_REFUSED: why, and what to do.  Returns -1. */
int signature_refuse_key(const char *why, struct err *e);

/* signature_key_name - the id of the key that made s, as minisign prints it. */
void signature_key_name(const struct signature *s, char name[static SIGNATURE_KEY_NAME]);

/*
 * signature_check - verify a file, and the trusted comment, against the key that is to have signed.
 *
 * fd  a regular file, read whole and from its start; its offset stays
 *
 * It says what the file held meanwhile: nobody else may be able to write to it until it was used.
 * Prehashed takes 256 KiB of memory; legacy maps the file, since Ed25519 takes its input whole, and
 * whoever cuts the file short then ends the process by SIGBUS.
 *
 * Fails:   ERR_REFUSED when either does not hold or fd is no regular file; ERR_IO, ERR_SYSTEM.
 */
int signature_check(const struct signature *s, const unsigned char key[static CRYPTO_KEY_BYTES],
		    int fd, struct err *e) __attribute__((warn_unused_result));

/*
 * signature_comment_value - true when the trusted comment has a word `name=...`; its value.
 *
 * Words stand between blanks or tabs; the first of that name counts.  A value that does not fit
 * into out is given as the empty one: there, and equal to nothing that is wanted.
 */
bool signature_comment_value(const struct signature *s, const char *name, char *out, size_t size);

#endif
