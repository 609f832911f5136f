/* SPDX-License-Identifier: MIT */
/* ledger - what is known of a deployment's servers and of what was done with them. */
#ifndef PROVISION_LEDGER_H
#define PROVISION_LEDGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "provision/agents.h"
#include "provision/deployment.h"
#include "provision/lifecycle.h"
#include "provision/store.h"

#define LEDGER_ID_MAX 48 /* of a server, with its end: TIER-NUMBER */
#define LEDGER_WORD_MAX 32

/* A service on a server. */
struct ledger_placed {
	char id[65];
	char digest[65]; /* of the image that is installed; "" for none */
	char *told;	 /* keyed hashes of what it was told last; NULL for nothing */
	size_t told_len;
	bool started;
	bool settled;		     /* it has been OK since then */
	char word[LEDGER_WORD_MAX];  /* of its last check; "" for none */
	unsigned long long compared; /* the stamp at which it was as it should be; not kept */
};

/* A balancer that sends clients to a server. */
struct ledger_node {
	char balancer[LEDGER_ID_MAX]; /* the server that it is on */
	char service[65], address[256];
};

struct ledger_tier;

struct ledger_server {
	char id[LEDGER_ID_MAX];
	struct ledger_tier *tier;
	unsigned number;
	char *host;		    /* of the deployment; NULL for one that was made */
	char *address, *user, *key; /* address: NULL while it is not known */
	int port;
	enum lifecycle_state state;
	bool leaving;
	long long since;  /* of the state; seconds */
	long long silent; /* since when it does not answer; 0: it does */
	bool waits;	  /* longer than the recovery delay, and that was told; not kept */
	struct ledger_placed *placed;
	struct ledger_node *nodes;
	size_t n_placed, n_nodes;
};

struct ledger_tier {
	char name[40];
	long long wanted;
	struct ledger_server **servers; /* by number */
	size_t n;
	unsigned next;		/* number of a new server */
	unsigned stamp;		/* changes with the servers that count, and their addresses */
	long long voted;	/* when it was asked last; not kept */
	long long forgotten_ms; /* when all its recoveries are (provision/flapping) */
};

struct ledger_source {
	char name[40];
	bool loaded;
	char *granted;		    /* addresses, with commas between them; NULL for none */
	char hash[65];		    /* of all that was told with them */
	char login[65];		    /* of the user and the password in it; "" for not known */
	char admitted[65];	    /* of those that are good already, beside them; "" for none */
	char server[LEDGER_ID_MAX]; /* where that was */
};

struct ledger_event {
	long long number, time;
	char *text; /* "WORD what" */
};

/* ledger_tell_fn - called with the ledger's lock, or when no other thread has it. */
typedef void ledger_tell_fn(void *arg, const struct ledger_event *event);

struct ledger {
	struct store *store;	/* NULL: nothing is kept */
	pthread_mutex_t mutex;	/* of all below and of the store, while several threads work */
	char *directory, *spec; /* the deployment file's place and text; NULL: none was given yet */
	char key[65];		/* of hashes */
	struct ledger_tier *
		*tiers; /* after ledger_bind those of the deployment first, in its order */
	struct ledger_source *sources;
	struct ledger_event *events; /* the oldest first */
	size_t n_tiers, n_sources, n_events;
	char (*lost)[40]; /* hosts that were lost: the next server goes elsewhere, if it can */
	size_t n_lost;
	long long (*clock)(void *); /* seconds */
	void *clock_arg;
	ledger_tell_fn *tell; /* of each event that is new; NULL: nobody is told */
	void *tell_arg;
};

/* ledger_close - free what loader_open has read. */
void ledger_close(struct ledger *l);

/*
 * ledger_bind - put its tiers in the order of a deployment's; those that it has no more come last.
 */
int ledger_bind(struct ledger *l, const struct deployment *d, struct err *e)
	__attribute__((warn_unused_result));

/*
 * ledger_tier, ledger_server - by name, by id; made when it is not there.
 *
 * Fail:    NULL when out of memory, and for an id that is no TIER-NUMBER.
 */
struct ledger_tier *ledger_tier(struct ledger *l, const char *name);
struct ledger_server *ledger_server(struct ledger *l, const char *id);
/* ledger_placed - a service on a server, made when it is not there; NULL when out of memory. */
struct ledger_placed *ledger_placed(struct ledger_server *server, const char *id);
/* ledger_source - likewise. */
struct ledger_source *ledger_source(struct ledger *l, const char *name);

/* ledger_find_server, ledger_find_placed - NULL when it is not there. */
struct ledger_server *ledger_find_server(const struct ledger *l, const char *id);
struct ledger_placed *ledger_find_placed(struct ledger_server *server, const char *id);

/*
 * ledger_take_node, ledger_take_lost - add it to what is known, and keep nothing.
 *
 * Fail:    when out of memory.
 */
int ledger_take_node(struct ledger_server *server, const char *service, const char *balancer,
		     const char *address) __attribute__((warn_unused_result));
int ledger_take_lost(struct ledger *l, const char *host) __attribute__((warn_unused_result));

/* ledger_free_server - one that is in no tier any more. */
void ledger_free_server(struct ledger_server *server);

/* ledger_counts - a server that is or is to be one of its tier. */
bool ledger_counts(const struct ledger_server *server);

struct agents_place ledger_place(const struct ledger_server *server);
long long ledger_now(const struct ledger *l);

/* ledger_touch - what others are told of a tier's servers may be another now. */
void ledger_touch(struct ledger_tier *tier);

#endif
