/* SPDX-License-Identifier: MIT */
/* stateetcd - the store in an etcd cluster, for several operators. */
#ifndef PROVISION_STATEETCD_H
#define PROVISION_STATEETCD_H

#include "base/err.h"
#include "provision/engine.h"

struct stateetcd_options {
	const char *where; /* etcd://HOST:PORT,.../NAME */
	/* As in members_options: */
	const char *ca_file, *cert_file, *key_file, *login_file, *user_agent;
};

#define STATEETCD_PREFIX "/enstratus/"
#define STATEETCD_LEASE_S 10 /* of the lock; renewed each third of it */

/*
 * stateetcd_open - for stateetcd_engine; keys are those of the store below STATEETCD_PREFIX and the
 *                  name.
 *
 * Every change has as its condition that the lock is the one that was taken: who slept through his
 * lease cannot write.
 *
 * Fails:   as etcd_open.
 */
int stateetcd_open(void **self, const struct stateetcd_options *options, struct err *e)
	__attribute__((warn_unused_result));
extern const struct store_engine stateetcd_engine;

#endif
