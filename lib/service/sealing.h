/* SPDX-License-Identifier: MIT */
/* sealing - the host's key, the signers it trusts, and which configurations it takes. */
#ifndef SERVICE_SEALING_H
#define SERVICE_SEALING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/sealed.h"
#include "host/paths.h"
#include "host/settings.h"
#include "service/state.h"

/*
 * In <home>/keys:
 *
 * host.key       the host's secret key, 0600
 * host.public    its public half, for whoever seals
 * signers/       files NAME.pub: public keys of those who may sign
 */

struct sealing_names {
	const char *secret, *public; /* files */
	const char *kind;	     /* KEYLINE_HOST_SECRET or KEYLINE_SIGNER_SECRET */
	const char *comment;	     /* of the public half; or NULL */
};

/*
 * sealing_pair - see that there is a secret key, 0600, and beside it its public half, 0644.
 *
 * A secret key that is there is kept.
 *
 * dir_fd  of both names
 * line    set to the public half, as it is in its file
 * made    set to whether the secret key is new
 *
 * Fails:   as sealing_load_key, but for a missing one; ERR_SYSTEM, ERR_IO.
 */
int sealing_pair(int dir_fd, const struct sealing_names *names, char line[static KEYLINE_MAX],
		 bool *made, struct err *e) __attribute__((warn_unused_result));

/*
 * sealing_load_key - read a secret key that nobody else may read.
 *
 * dir_fd  what path is relative to; AT_FDCWD for the working directory
 * key     set to CRYPTO_KEY_BYTES
 *
 * Fails:   ERR_UNAVAILABLE when there is none; ERR_REFUSED when others may read or write it;
 *          ERR_UNSAFE when it is no key of that kind.
 */
int sealing_load_key(int dir_fd, const char *path, const char *kind, struct secret *key,
		     struct err *e) __attribute__((warn_unused_result));

/* sealing_load_public - read a public key's file.  Fails: ERR_UNSAFE; as open(2) and read(2). */
int sealing_load_public(int dir_fd, const char *path, const char *kind,
			unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
	__attribute__((warn_unused_result));

/* Who opens: where its keys are, whom it trusts, and what time it is there. */
struct sealing_host {
	const struct paths *paths;
	const struct settings *settings;
	long long now; /* seconds since 1970 */
};

/*
 * sealing_open - open a sealed configuration, if it is for this host and service and is trusted.
 *
 * text  the sealed text; replaced by what was in it
 * s     set to what was said in plain text
 *
 * Fails:   ERR_CUT for one that is cut off, expired, or for another host or service;
 *          ERR_REFUSED for one that must be signed and is not, or not by a trusted signer;
 *          ERR_UNSAFE for one that is damaged; as sealing_load_key.
 */
int sealing_open(struct secret *text, const char *service_id, const struct sealing_host *host,
		 struct sealed *s, struct err *e) __attribute__((warn_unused_result));

/*
 * sealing_check_use - refuse one that was used before, or is for another event.
 *
 * state  of the service, which is locked
 *
 * Fails:   ERR_CUT.
 */
int sealing_check_use(const struct sealed *s, const char *event, const struct state *state,
		      struct err *e) __attribute__((warn_unused_result));

/*
 * sealing_check_plain - refuse a configuration in plain text where agent.cfg demands sealed ones.
 *
 * Fails:   ERR_REFUSED.
 */
int sealing_check_plain(const struct settings *settings, struct err *e)
	__attribute__((warn_unused_result));

#endif
