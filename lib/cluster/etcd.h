/* SPDX-License-Identifier: MIT */
/* etcd - keys, leases and watches of an etcd cluster, by its v3 JSON gateway. */
#ifndef CLUSTER_ETCD_H
#define CLUSTER_ETCD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cluster/members.h"

#define ETCD_CHANGES_MAX 100 /* of one transaction; a server takes 128 operations */

struct etcd;

/*
 * etcd_open - nobody is asked yet.  One is for one thread.
 *
 * Fails:   ERR_USAGE for endpoints that are none; ERR_UNAVAILABLE for a login that cannot be
 *          read.
 */
int etcd_open(struct etcd **etcd, const struct members_options *options, struct err *e)
	__attribute__((warn_unused_result));
void etcd_close(struct etcd *etcd);

/*
 * All calls below ask one endpoint after the other, each for at most 2 s, 4 times around, until
 * one answers.  What was asked may have been done even where that fails.
 *
 * Fails:   ERR_UNAVAILABLE when none answers, or refuses; ERR_REFUSED for a wrong login or a
 *          permission; ERR_STATUS for a held signal.
 * Source:  etcd 3.4, Documentation/dev-guide/api_grpc_gateway and rpc.proto.
 */

struct etcd_pair {
	char *key, *value; /* value is terminated, and has value_len bytes */
	size_t value_len;
	long long created, lease; /* the revision of its creation; 0 for no lease */
};

struct etcd_pairs {
	struct etcd_pair *pairs; /* by key */
	size_t n;
	long long revision; /* of the store when it was read */
};

#define ETCD_PAIRS_INIT ((struct etcd_pairs){.pairs = NULL})

/* etcd_get - a key, or all that begin with it. */
int etcd_get(struct etcd *etcd, const char *key, bool is_prefix, struct etcd_pairs *pairs,
	     struct err *e) __attribute__((warn_unused_result));
void etcd_pairs_free(struct etcd_pairs *pairs);

/* One put, or with value NULL one removal, of a key or of all that begin with it. */
struct etcd_change {
	const char *key, *value;
	size_t value_len;
	long long lease; /* the key goes with it; 0 for none */
	bool is_prefix;
};

/* Under which condition changes are made: the key was created at that revision; 0: is not there. */
struct etcd_condition {
	const char *key; /* NULL: always */
	long long created;
};

/* etcd_commit - all changes or none; *made tells whether the condition held. */
int etcd_commit(struct etcd *etcd, const struct etcd_condition *condition,
		const struct etcd_change *changes, size_t n, bool *made, struct err *e)
	__attribute__((warn_unused_result));

/*
 * etcd_grant - a lease of ttl_s seconds; etcd_keep renews it, *alive tells whether there was one;
 * etcd_revoke ends it, and all keys with it.
 */
int etcd_grant(struct etcd *etcd, int ttl_s, long long *lease, struct err *e)
	__attribute__((warn_unused_result));
int etcd_keep(struct etcd *etcd, long long lease, bool *alive, struct err *e)
	__attribute__((warn_unused_result));
int etcd_revoke(struct etcd *etcd, long long lease, struct err *e)
	__attribute__((warn_unused_result));

/* What has happened to a key; value is NULL when it was removed. */
struct etcd_event {
	const char *key, *value;
	size_t value_len;
	long long revision;
};

/* etcd_event_fn - true to go on. */
typedef bool etcd_event_fn(void *arg, const struct etcd_event *event);

struct etcd_watch {
	const char *prefix; /* of the keys */
	int patience_ms;
	etcd_event_fn *fn;
	void *arg;
};

/*
 * etcd_watch - hand on what happens to those keys, from a revision on, until fn has enough or
 *              patience_ms are over.
 *
 * *from  the first revision that is wanted; where to go on, in the end
 *
 * A member that dies, or is cut off from the others, is left for the next one, which goes on
 * where the last event was: none is lost, none comes twice.  Where the revision is compacted
 * already, *compacted is set and it returns: the keys are to be read anew.
 */
int etcd_watch(struct etcd *etcd, const struct etcd_watch *watch, long long *from, bool *compacted,
	       struct err *e) __attribute__((warn_unused_result));

#endif
