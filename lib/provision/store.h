/* SPDX-License-Identifier: MIT */
/* store - keys and values that outlive a run of provision: in a file, or in etcd. */
#ifndef PROVISION_STORE_H
#define PROVISION_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "provision/engine.h"

struct store_options {
	const char *where; /* a path, or etcd://HOST:PORT,.../NAME; with etcds:// by TLS */
	const char *ca_file, *cert_file, *key_file; /* of etcd; NULL for none */
	const char *login_file;			    /* the line NAME:PASSWORD; NULL for none */
	const char *user_agent;
	int wait_s; /* for another operator; 0: as long as it takes */
};

struct store;

/*
 * store_open - nothing is read yet.
 *
 * Fails:   ERR_USAGE for a place that is none; ERR_SYSTEM; ERR_UNAVAILABLE.
 */
int store_open(struct store **store, const struct store_options *options, struct err *e)
	__attribute__((warn_unused_result));
void store_close(struct store *store);

/*
 * store_lock - be the one who may change it, until store_close or until this process ends.
 *
 * who  is shown to others that wait
 *
 * Waits for another, and says for whom, once.  What is held in etcd ends by itself when this
 * machine is cut off; store_put fails then, and so does store_is_ours.
 *
 * Fails:   ERR_BUSY when the time is over; ERR_STATUS for a held signal; ERR_UNAVAILABLE.
 */
int store_lock(struct store *store, const char *who, struct err *e)
	__attribute__((warn_unused_result));

/* store_is_ours - what was locked is still ours: before anything is done that counts. */
int store_is_ours(struct store *store, struct err *e) __attribute__((warn_unused_result));

/*
 * store_each - hand each key to fn, in the order of keys, until that fails.
 *
 * Fails:   as fn; ERR_UNSAFE for a file that is none of ours; ERR_UNAVAILABLE.
 */
int store_each(struct store *store, store_item_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

/*
 * store_put - write n items, all or none, and be sure that they are kept.
 *
 * Fails:   ERR_IO; ERR_UNAVAILABLE; ERR_BUSY when the lock was lost.
 */
int store_put(struct store *store, const struct store_item *items, size_t n, struct err *e)
	__attribute__((warn_unused_result));

/*
 * store_clear - drop all that is there, be it damaged; a file stays beside it, as PATH.old.
 *
 * Fails:   as store_put.
 */
int store_clear(struct store *store, struct err *e) __attribute__((warn_unused_result));

/*
 * store_follow - hand on what others change from now on, until fn fails or a signal is held.
 */
int store_follow(struct store *store, store_item_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
