/* SPDX-License-Identifier: MIT */
/* sealed - a configuration that only one host can read, for one service and use. */
#ifndef CFG_SEALED_H
#define CFG_SEALED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "cfg/keyline.h"

#define SEALED_EVENTS "any|deploy|change|grant|revoke|installds|backup"
#define SEALED_EVENT_MAX 16
#define SEALED_BYTES_MAX (2u << 20) /* of the whole text */

/*
 * What is said in plain text, and bound to the box: none of it can be changed without its key, nor
 * without the signer's where it is signed.
 */
struct sealed {
	char service[TEXT_SERVICE_ID_MAX + 1];
	char host[KEYLINE_ID];		  /* the id of its key */
	char event[SEALED_EVENT_MAX + 1]; /* of SEALED_EVENTS */
	long long sequence;		  /* grows from one to the next of a service */
	long long expires;		  /* seconds since 1970 */
	char signer[KEYLINE_ID];	  /* the id of its key; "" for none */
	/* After sealed_parse; the text is the caller's. */
	const char *text, *box;
	size_t header_len, box_len, signed_len;
	unsigned char signature[CRYPTO_SIGNATURE_BYTES];
};

/* sealed_is - true for the beginning of a sealed configuration. */
bool sealed_is(const char *text, size_t len);

/*
 * sealed_make - seal and, with signer, sign.
 *
 * s       its plain part; host and signer are filled in
 * host    the host's public key
 * signer  the signer's secret key; NULL for none
 *
 * Fails:   ERR_UNSAFE for a host's key that is none; ERR_SYSTEM.
 * Source:  enstratus-sealed(5).
 */
int sealed_make(struct sealed *s, const unsigned char host[static CRYPTO_KEY_BYTES],
		const unsigned char *signer, const struct secret *text, struct buf *out,
		struct err *e) __attribute__((warn_unused_result));

/*
 * sealed_parse - read one; nothing of it is to be believed yet.
 *
 * Fails:   ERR_CUT when its last line is missing; ERR_UNSAFE with the line that is wrong.
 */
int sealed_parse(struct sealed *s, const char *text, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/* sealed_is_signed_by - true when its signature holds. */
bool sealed_is_signed_by(const struct sealed *s, const unsigned char key[static CRYPTO_KEY_BYTES]);

/*
 * sealed_open - append what is in the box to text.
 *
 * Fails:   ERR_UNSAFE when it is not for the owner of secret, or box or plain part were changed.
 */
int sealed_open(const struct sealed *s, const unsigned char secret[static CRYPTO_KEY_BYTES],
		struct secret *text, struct err *e) __attribute__((warn_unused_result));

#endif
