/* SPDX-License-Identifier: MIT */
/* scratch_signer - whoever signs images, as minisign does. */
#ifndef TESTS_UNIT_SCRATCH_SIGNER_H
#define TESTS_UNIT_SCRATCH_SIGNER_H

#include "scratch.h"

#include <sodium.h>

/* A signer: a key pair of its own, and an id. */
struct signer {
	unsigned char id[8], key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

/* Of a letter: the same ever again. */
static inline void
signer_make(struct signer *s, unsigned char letter)
{
	unsigned char seed[crypto_sign_SEEDBYTES];

	ck_assert_int_ge(sodium_init(), 0);
	memset(seed, letter, sizeof seed);
	memset(s->id, letter, sizeof s->id);
	ck_assert_int_eq(crypto_sign_seed_keypair(s->key, s->secret, seed), 0);
}

static inline void
signer_base64(const void *data, size_t len, char text[static 256])
{
	sodium_bin2base64(text, 256, data, len, sodium_base64_VARIANT_ORIGINAL);
}

/* The public key as text, with its comment. */
static inline void
signer_key_text(const struct signer *s, char text[static 512])
{
	unsigned char raw[2 + 8 + sizeof s->key] = "Ed";
	char line[256];

	memcpy(raw + 2, s->id, 8);
	memcpy(raw + 10, s->key, sizeof s->key);
	signer_base64(raw, sizeof raw, line);
	snprintf(text, 512, "untrusted comment: a key\n%s\n", line);
}

/* Trusts the key: keys/NAME. */
static inline void
signer_trust(const struct signer *s, const char *name)
{
	char path[64], text[512];

	signer_key_text(s, text);
	snprintf(path, sizeof path, "keys/%s", name);
	scratch_write(path, text);
}

/*
 * The signature of an image: of its BLAKE2b ("ED"), or of itself ("Ed").
 *
 * comment  the trusted one, at most 1000 bytes
 */
static inline void
signer_sign_text(const struct signer *s, const char *image, const char *kind, const char *comment,
		 char text[static 2048])
{
	unsigned char raw[2 + 8 + crypto_sign_BYTES], hash[64], both[crypto_sign_BYTES + 1000];
	unsigned char global[crypto_sign_BYTES];
	const unsigned char *data = (const unsigned char *)image;
	char first[256], second[256];
	size_t len = strlen(comment);

	ck_assert_uint_le(len, 1000);
	memcpy(raw, kind, 2);
	memcpy(raw + 2, s->id, 8);
	crypto_generichash(hash, sizeof hash, data, strlen(image), NULL, 0);
	if (kind[1] == 'D')
		crypto_sign_detached(raw + 10, NULL, hash, sizeof hash, s->secret);
	else
		crypto_sign_detached(raw + 10, NULL, data, strlen(image), s->secret);
	memcpy(both, raw + 10, crypto_sign_BYTES);
	memcpy(both + crypto_sign_BYTES, comment, len);
	crypto_sign_detached(global, NULL, both, crypto_sign_BYTES + len, s->secret);
	signer_base64(raw, sizeof raw, first);
	signer_base64(global, sizeof global, second);
	snprintf(text, 2048, "untrusted comment: x\n%s\ntrusted comment: %s\n%s\n", first, comment,
		 second);
}

static inline void
signer_sign(const struct signer *s, const char *image, const char *kind, const char *comment,
	    const char *name)
{
	char text[2048];

	signer_sign_text(s, image, kind, comment, text);
	scratch_write(name, text);
}

#endif
