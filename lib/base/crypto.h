/* SPDX-License-Identifier: MIT */
/* crypto - guarded memory, digests and signatures: libsodium behind names of our own. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CRYPTO_SHA256_HEX 65 /* with its NUL */
#define CRYPTO_BLAKE2B_BYTES 64
#define CRYPTO_KEY_BYTES 32
#define CRYPTO_SIGNATURE_BYTES 64

/*
 * crypto_guarded_new - size bytes between guard pages, locked, zeros in a forked process.
 *
 * Locking is best effort (RLIMIT_MEMLOCK).  crypto_guarded_free overwrites and releases them, and
 * accepts NULL.  A page or more each: for secrets, not for structures.
 *
 * Fails:   ERR_SYSTEM when out of memory; *data is then unchanged.
 */
int crypto_guarded_new(unsigned char **data, size_t size, struct err *e)
	__attribute__((warn_unused_result));
void crypto_guarded_free(unsigned char *data);

/* crypto_random - len bytes that nobody can guess.  Source: getrandom(2). */
void crypto_random(void *data, size_t len);

/* crypto_sha256 - lower-case hex of the SHA-256 of len bytes.  Source: FIPS 180-4. */
void crypto_sha256(const void *data, size_t len, char hex[static CRYPTO_SHA256_HEX]);

#define CRYPTO_HASH_KEY_BYTES 32
#define CRYPTO_HASH_HEX 33 /* with its NUL */

/*
 * crypto_keyed_hash - lower-case hex of the keyed BLAKE2b of 16 bytes: without the key nobody can
 *                     try what was hashed.
 *
 * Source:  RFC 7693.
 */
void crypto_keyed_hash(const unsigned char key[static CRYPTO_HASH_KEY_BYTES], const void *data,
		       size_t len, char hex[static CRYPTO_HASH_HEX]);

/*
 * crypto_blake2b - BLAKE2b of 64 bytes, without a key.
 * crypto_blake2b_new, _add, _finish, _free - the same, piece by piece.
 *
 * After _finish only _free may follow; it accepts NULL.
 *
 * Fails:   ERR_SYSTEM when out of memory; *hash is then unchanged.
 * Source:  RFC 7693.
 */
void crypto_blake2b(const void *data, size_t len,
		    unsigned char digest[static CRYPTO_BLAKE2B_BYTES]);
struct crypto_blake2b;
int crypto_blake2b_new(struct crypto_blake2b **hash, struct err *e)
	__attribute__((warn_unused_result));
void crypto_blake2b_add(struct crypto_blake2b *hash, const void *data, size_t len);
void crypto_blake2b_finish(struct crypto_blake2b *hash,
			   unsigned char digest[static CRYPTO_BLAKE2B_BYTES]);
void crypto_blake2b_free(struct crypto_blake2b *hash);

/*
 * crypto_ed25519_holds - true when signature is that of the len bytes by the owner of key.
 *
 * A key of small order and a signature in another than its one form never hold.
 *
 * Source:  RFC 8032 section 5.1 (pure Ed25519).
 */
bool crypto_ed25519_holds(const unsigned char signature[static CRYPTO_SIGNATURE_BYTES],
			  const void *data, size_t len,
			  const unsigned char key[static CRYPTO_KEY_BYTES]);

/*
 * crypto_ed25519_public - the public half of a secret key, which is its seed.
 * crypto_ed25519_sign - sign len bytes with it.
 *
 * Source:  RFC 8032 section 5.1 (pure Ed25519).
 */
void crypto_ed25519_public(const unsigned char secret[static CRYPTO_KEY_BYTES],
			   unsigned char key[static CRYPTO_KEY_BYTES]);
void crypto_ed25519_sign(unsigned char signature[static CRYPTO_SIGNATURE_BYTES], const void *data,
			 size_t len, const unsigned char secret[static CRYPTO_KEY_BYTES]);

/*
 * crypto_x25519_public - the public half of a secret key.
 * crypto_seal   - encrypt len bytes for the owner of key: sealed has CRYPTO_SEAL_BYTES more.
 * crypto_unseal - the len bytes of sealed, less CRYPTO_SEAL_BYTES; false when they are not for the
 *                 owner of secret, or were changed.
 *
 * Nobody, the one who sealed included, can read it without secret; who sealed it is not told.
 *
 * Source:  RFC 7748; crypto_box_seal of libsodium: X25519, XSalsa20, Poly1305.
 */
#define CRYPTO_SEAL_BYTES 48
void crypto_x25519_public(const unsigned char secret[static CRYPTO_KEY_BYTES],
			  unsigned char key[static CRYPTO_KEY_BYTES]);
int crypto_seal(unsigned char *sealed, const void *data, size_t len,
		const unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
	__attribute__((warn_unused_result));
bool crypto_unseal(unsigned char *data, const unsigned char *sealed, size_t len,
		   const unsigned char secret[static CRYPTO_KEY_BYTES])
	__attribute__((warn_unused_result));

/*
 * crypto_to_base64 - size bytes at text, with its NUL, which CRYPTO_BASE64(len) has room for.
 * crypto_base64 - decode text that is the base64 of exactly size bytes; false when it is not.
 *
 * The standard alphabet, padded, no blanks, no bits set in the padding: each value has one text.
 * out then holds bytes of no meaning.
 *
 * Source:  RFC 4648 section 4.
 */
#define CRYPTO_BASE64(len) (((len) + 2) / 3 * 4 + 1)
void crypto_to_base64(char *text, size_t size, const void *data, size_t len);
bool crypto_base64(void *out, size_t size, const char *text, size_t len)
	__attribute__((warn_unused_result));

#endif
