/* SPDX-License-Identifier: MIT */
/* trust - which images may be installed: digest, signature, and what the operator demands. */
#ifndef COMMAND_TRUST_H
#define COMMAND_TRUST_H

#include <stdbool.h>

#include "base/err.h"
#include "host/paths.h"
#include "host/settings.h"
#include "image/digest.h"
#include "image/signature.h"
#include "service/manifest.h"

struct trust_request {
	const char *image;  /* path, URL or TRUST_STREAM */
	const char *sha256; /* what it must be; NULL for anything */
	const char
		*signature; /* path or URL of the signature, which then must hold; NULL: beside */
	const char *ca_file, *pinned_key; /* for a URL; or NULL */
};

struct trust {
	char sha256[DIGEST_HEX]; /* "" for anything */
	bool has_key;		 /* there is a signature, by a key that is trusted: it must hold */
	unsigned char key[CRYPTO_KEY_BYTES];
	struct signature signature;
};

#define TRUST_INIT ((struct trust){.has_key = false})

/* An image that comes on standard input: there is no name, and nothing lies beside it. */
#define TRUST_STREAM "-"

/* trust_is_stream - true for TRUST_STREAM. */
bool trust_is_stream(const char *image);

/* trust_is_url - true for http:// and https://. */
bool trust_is_url(const char *image);

/*
 * trust_open - find out what an image has to prove, and get its signature.
 *
 * agent.cfg may say `signatures=required` or `signatures=if-present`; without it the former holds
 * as soon as there is a trusted key, and until then a signature is not checked.  Keys are
 * <home>/keys/NAME.pub.  A signature is looked for beside the image, at its name and ".minisig";
 * over the network only where one of the two holds.
 *
 * Fails:   ERR_USAGE for a stream without digest or signature, which could be cut off anywhere;
 *          ERR_REFUSED when a signature is required and there is none, or one counts and is by no
 *          trusted key; for http:// without digest or required signature; ERR_USAGE for a digest
 *          that is none; as download_run.
 */
int trust_open(struct trust *t, const struct trust_request *request, const struct paths *paths,
	       const struct settings *settings, struct err *e) __attribute__((warn_unused_result));

/* trust_demands - true when there is something for trust_check to find wrong. */
bool trust_demands(const struct trust *t);

/*
 * trust_check - compare digest and signature with a whole image.
 *
 * fd  of the image, which nobody else can write to
 *
 * Fails:   ERR_REFUSED.
 */
int trust_check(const struct trust *t, int fd, const char *digest, struct err *e)
	__attribute__((warn_unused_result));

/*
 * trust_check_words - the trusted comment's id= and version=, where it has them, must be what is
 * installed: the service's id or the name in image.ini, and the version in image.ini.
 *
 * Fails:   ERR_REFUSED.
 */
int trust_check_words(const struct trust *t, const char *service_id, const struct manifest *m,
		      struct err *e) __attribute__((warn_unused_result));

#endif
