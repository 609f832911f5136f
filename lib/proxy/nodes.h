/* SPDX-License-Identifier: MIT */
/* nodes - which servers a balancer sends the clients of which service to. */
#ifndef PROXY_NODES_H
#define PROXY_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "host/paths.h"

#define NODES_SERVICE_MAX 64
#define NODES_NAMES_MAX 1024 /* bytes of all names of a service, with their commas */
#define NODES_ADDRESS_MAX 255
#define NODES_MAX 4096

/* One server of a service.  What is said of the service is the same in all of its nodes. */
struct node {
	char service[NODES_SERVICE_MAX + 1];
	char names[NODES_NAMES_MAX + 1];   /* that clients ask for, by commas; "*" for any */
	char local[NODES_ADDRESS_MAX + 1]; /* where the balancer listens: ADDRESS or ADDRESS:PORT */
	bool has_tls;			   /* there is a certificate for it */
	char address[NODES_ADDRESS_MAX + 1];
	int port;
};

/* In the order of their services, addresses and ports. */
struct nodes {
	struct node *nodes;
	size_t n;
	int meta_root_fd, lock_fd;
};

#define NODES_INIT ((struct nodes){.nodes = NULL, .meta_root_fd = -1, .lock_fd = -1})

/* What a caller says of a node. */
struct node_words {
	const char *service, *primary;
	const char *secondary; /* by commas, or "NONE" */
	const char *local, *address, *port;
};

/*
 * nodes_make - check what a caller says, and make a node of it.
 *
 * Fails:   ERR_USAGE, naming what cannot be part of a balancer's configuration.
 */
int nodes_make(struct node *node, const struct node_words *words, struct err *e)
	__attribute__((warn_unused_result));

/* nodes_check_address - the same for an address alone. */
int nodes_check_address(const char *what, const char *address, struct err *e)
	__attribute__((warn_unused_result));

/*
 * nodes_open - lock and read the list, `.proxy` in the agent's metadata.
 *
 * Fails:   ERR_BUSY after wait_ms; ERR_NO_SERVICE without a services directory; ERR_UNSAFE for a
 *          list that is damaged; ERR_SYSTEM.
 */
int nodes_open(struct nodes *list, const struct paths *paths, int wait_ms, struct err *e)
	__attribute__((warn_unused_result));

/* nodes_add - add a node, and let what it says of its service hold for all of the service. */
int nodes_add(struct nodes *list, const struct node *node, struct err *e)
	__attribute__((warn_unused_result));

/* nodes_remove - remove every node of an address, whole and without case; returns how many. */
size_t nodes_remove(struct nodes *list, const char *address);

/* nodes_save - replace the list, in one step. */
int nodes_save(const struct nodes *list, struct err *e) __attribute__((warn_unused_result));

void nodes_close(struct nodes *list);

#endif
