/* SPDX-License-Identifier: MIT */
/* hostkeys - the keys by which a deployment's hosts are known. */
#ifndef PROVISION_HOSTKEYS_H
#define PROVISION_HOSTKEYS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "provision/ssh.h"

/* What a host shows. */
struct hostkeys_found {
	struct buf line;       /* of known_hosts, with its end */
	char fingerprint[256]; /* as ssh-keygen(1) has it, with the name and the kind */
	bool is_known;	       /* it is in the file already */
};

#define HOSTKEYS_FOUND_INIT ((struct hostkeys_found){.line = BUF_INIT})

/*
 * hostkeys_ask - ask a host for its key; nothing is kept.
 *
 * Fails:   ERR_UNSAFE when ssh->known_hosts has another key under its name; as ssh_meet.
 */
int hostkeys_ask(const struct ssh *ssh, const struct agents_place *place,
		 struct hostkeys_found *found, struct err *e) __attribute__((warn_unused_result));

/* hostkeys_keep - append it to ssh->known_hosts. */
int hostkeys_keep(const struct ssh *ssh, const struct hostkeys_found *found, struct err *e)
	__attribute__((warn_unused_result));

void hostkeys_free(struct hostkeys_found *found);

#endif
