/* SPDX-License-Identifier: MIT */
/* layout - where a balancer listens for its services, from what is said of each. */
#ifndef PROXY_LAYOUT_H
#define PROXY_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "proxy/nodes.h"

#define LAYOUT_HTTP 80
#define LAYOUT_HTTPS 443

/* A place that is listened at. */
struct layout_bind {
	char address[NODES_ADDRESS_MAX + 3]; /* an IPv6 one in brackets */
	int port;
	bool has_tls;	 /* some service there has a certificate */
	const char *any; /* the service that gets what asks for no name of another; NULL for none */
};

struct layout {
	struct layout_bind *binds;
	size_t n;
};

#define LAYOUT_INIT ((struct layout){.binds = NULL})

/*
 * layout_make - all places, each once, in the order of the services.
 *
 * ADDRESS:PORT is one place.  ADDRESS alone is port 80, and port 443 too for a service with TLS.
 *
 * Fails:   ERR_SYSTEM.
 */
int layout_make(struct layout *layout, const struct nodes *nodes, struct err *e)
	__attribute__((warn_unused_result));
void layout_free(struct layout *layout);

/* layout_serves - whether a node's service is served at a place. */
bool layout_serves(const struct layout_bind *bind, const struct node *node);

/* layout_next_service - where the next service's nodes begin after those of nodes->nodes[i]. */
size_t layout_next_service(const struct nodes *nodes, size_t i);

/* layout_address - an address as it stands before a port: an IPv6 one in brackets. */
void layout_address(const char *address, char out[static NODES_ADDRESS_MAX + 3]);

#endif
