/* SPDX-License-Identifier: MIT */
/* crypto - guarded memory, digests and signatures: libsodium behind names of our own. */
#include "base/crypto.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(CRYPTO_BLAKE2B_BYTES == crypto_generichash_blake2b_BYTES_MAX, "BLAKE2b-512");
_Static_assert(CRYPTO_KEY_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "an Ed25519 key");
_Static_assert(CRYPTO_SIGNATURE_BYTES == crypto_sign_ed25519_BYTES, "an Ed25519 signature");
_Static_assert(CRYPTO_KEY_BYTES == crypto_sign_ed25519_SEEDBYTES, "an Ed25519 secret key");
_Static_assert(CRYPTO_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "an X25519 key");
_Static_assert(CRYPTO_KEY_BYTES == crypto_box_SECRETKEYBYTES, "an X25519 secret key");
_Static_assert(CRYPTO_SEAL_BYTES == crypto_box_SEALBYTES, "a sealed box");
_Static_assert(CRYPTO_SHA256_HEX == 2 * crypto_hash_sha256_BYTES + 1, "SHA-256");

void
crypto_keyed_hash(const unsigned char key[static CRYPTO_HASH_KEY_BYTES], const void *data,
		  size_t len, char hex[static CRYPTO_HASH_HEX])
{
	unsigned char digest[(CRYPTO_HASH_HEX - 1) / 2];

	crypto_generichash(digest, sizeof digest, data, len, key, CRYPTO_HASH_KEY_BYTES);
	sodium_bin2hex(hex, CRYPTO_HASH_HEX, digest, sizeof digest);
}

struct crypto_blake2b {
	crypto_generichash_blake2b_state state;
};

static int
start(struct err *e)
{
	return sodium_init() < 0 ? err_set(e, ERR_INTERNAL, "cannot start libsodium") : 0;
}

/* A forked process finds zeros there.  Source: madvise(2); sodium_malloc's data end with a page. */
static void
leave_out_of_forks(unsigned char *data, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)data & ~(page - 1);

	/* Best effort, as locking is. */
	(void)madvise((void *)first, (uintptr_t)data + size - first, MADV_WIPEONFORK);
}

int
crypto_guarded_new(unsigned char **data, size_t size, struct err *e)
{
	unsigned char *new;

	if (start(e))
		return -1;
	new = sodium_malloc(size);
	if (!new)
		return err_sys(e, "cannot get %zu bytes of guarded memory", size);
	leave_out_of_forks(new, size);
	*data = new;
	return 0;
}

void
crypto_guarded_free(unsigned char *data)
{
	sodium_free(data);
}

void
crypto_random(void *data, size_t len)
{
	randombytes_buf(data, len);
}

void
crypto_sha256(const void *data, size_t len, char hex[static CRYPTO_SHA256_HEX])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, data, len);
	sodium_bin2hex(hex, CRYPTO_SHA256_HEX, digest, sizeof digest);
}

void
crypto_blake2b(const void *data, size_t len, unsigned char digest[static CRYPTO_BLAKE2B_BYTES])
{
	crypto_generichash_blake2b(digest, CRYPTO_BLAKE2B_BYTES, data, len, NULL, 0);
}

int
crypto_blake2b_new(struct crypto_blake2b **hash, struct err *e)
{
	struct crypto_blake2b *new;

	/* Not only a form: this chooses the code for the processor, the rest being far slower. */
	if (start(e))
		return -1;
	new = aligned_alloc(_Alignof(struct crypto_blake2b), sizeof *new);
	if (!new)
		return err_sys(e, "cannot get memory for a digest");
	crypto_generichash_blake2b_init(&new->state, NULL, 0, CRYPTO_BLAKE2B_BYTES);
	*hash = new;
	return 0;
}

void
crypto_blake2b_add(struct crypto_blake2b *hash, const void *data, size_t len)
{
	crypto_generichash_blake2b_update(&hash->state, data, len);
}

void
crypto_blake2b_finish(struct crypto_blake2b *hash,
		      unsigned char digest[static CRYPTO_BLAKE2B_BYTES])
{
	crypto_generichash_blake2b_final(&hash->state, digest, CRYPTO_BLAKE2B_BYTES);
}

void
crypto_blake2b_free(struct crypto_blake2b *hash)
{
	free(hash);
}

bool
crypto_ed25519_holds(const unsigned char signature[static CRYPTO_SIGNATURE_BYTES], const void *data,
		     size_t len, const unsigned char key[static CRYPTO_KEY_BYTES])
{
	return crypto_sign_ed25519_verify_detached(signature, data, len, key) == 0;
}

void
crypto_ed25519_public(const unsigned char secret[static CRYPTO_KEY_BYTES],
		      unsigned char key[static CRYPTO_KEY_BYTES])
{
	unsigned char both[crypto_sign_ed25519_SECRETKEYBYTES];

	crypto_sign_ed25519_seed_keypair(key, both, secret);
	sodium_memzero(both, sizeof both);
}

void
crypto_ed25519_sign(unsigned char signature[static CRYPTO_SIGNATURE_BYTES], const void *data,
		    size_t len, const unsigned char secret[static CRYPTO_KEY_BYTES])
{
	unsigned char both[crypto_sign_ed25519_SECRETKEYBYTES], key[CRYPTO_KEY_BYTES];

	crypto_sign_ed25519_seed_keypair(key, both, secret);
	crypto_sign_ed25519_detached(signature, NULL, data, len, both);
	sodium_memzero(both, sizeof both);
}

void
crypto_x25519_public(const unsigned char secret[static CRYPTO_KEY_BYTES],
		     unsigned char key[static CRYPTO_KEY_BYTES])
{
	crypto_scalarmult_base(key, secret);
}

int
crypto_seal(unsigned char *sealed, const void *data, size_t len,
	    const unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
{
	/* A key of small order, with which anybody could read it. */
	return crypto_box_seal(sealed, data, len, key)
		       ? err_set(e, ERR_UNSAFE, "cannot seal for this key: it is no X25519 key")
		       : 0;
}

bool
crypto_unseal(unsigned char *data, const unsigned char *sealed, size_t len,
	      const unsigned char secret[static CRYPTO_KEY_BYTES])
{
	unsigned char key[CRYPTO_KEY_BYTES];

	crypto_x25519_public(secret, key);
	return crypto_box_seal_open(data, sealed, len, key, secret) == 0;
}

void
crypto_to_base64(char *text, size_t size, const void *data, size_t len)
{
	sodium_bin2base64(text, size, data, len, sodium_base64_VARIANT_ORIGINAL);
}

bool
crypto_base64(void *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	/* libsodium 1.0.18 takes some bytes over 0x7f for characters of the alphabet. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return false;
	return sodium_base642bin(out, size, text, len, NULL, &n, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       n == size;
}
