/* SPDX-License-Identifier: MIT */
/* layout - where a balancer listens for its services, from what is said of each. */
#include "proxy/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
layout_address(const char *address, char out[static NODES_ADDRESS_MAX + 3])
{
	const char *colon = strchr(address, ':');
	bool is_bare_ipv6 = address[0] != '[' && colon && strchr(colon + 1, ':');

	snprintf(out, NODES_ADDRESS_MAX + 3, is_bare_ipv6 ? "[%s]" : "%s", address);
}

/* Splits ADDRESS:PORT; the port is 0 where there is none. */
static int
split(const char *local, char address[static NODES_ADDRESS_MAX + 3])
{
	char *colon;
	int port;

	layout_address(local, address);
	colon = strrchr(address, ':');
	/* One within brackets is part of the address. */
	if (!colon || strchr(colon, ']'))
		return 0;
	port = (int)strtol(colon + 1, NULL, 10); /* 0 for what is none */
	*colon = '\0';
	return port;
}

size_t
layout_next_service(const struct nodes *nodes, size_t i)
{
	const char *service = nodes->nodes[i].service;

	while (i < nodes->n && strcmp(nodes->nodes[i].service, service) == 0)
		i++;
	return i;
}

static int
add(struct layout *layout, const char *address, int port, bool has_tls, const struct node *node,
    struct err *e)
{
	struct layout_bind *larger, *bind = NULL;

	for (size_t i = 0; i < layout->n && !bind; i++)
		if (layout->binds[i].port == port && strcmp(layout->binds[i].address, address) == 0)
			bind = &layout->binds[i];
	if (!bind) {
		larger = realloc(layout->binds, (layout->n + 1) * sizeof *larger);
		if (!larger)
			return err_sys(e, "cannot lay the balancer out");
		layout->binds = larger;
		bind = &larger[layout->n++];
		*bind = (struct layout_bind){.port = port};
		snprintf(bind->address, sizeof bind->address, "%s", address);
	}
	bind->has_tls = bind->has_tls || has_tls;
	if (strcmp(node->names, "*") == 0 && !bind->any)
		bind->any = node->service;
	return 0;
}

int
layout_make(struct layout *layout, const struct nodes *nodes, struct err *e)
{
	for (size_t i = 0; i < nodes->n; i = layout_next_service(nodes, i)) {
		const struct node *node = &nodes->nodes[i];
		char address[NODES_ADDRESS_MAX + 3];
		int port = split(node->local, address);

		if (port ? add(layout, address, port, node->has_tls, node, e)
			 : add(layout, address, LAYOUT_HTTP, false, node, e) ||
				    (node->has_tls &&
				     add(layout, address, LAYOUT_HTTPS, true, node, e)))
			return -1;
	}
	return 0;
}

bool
layout_serves(const struct layout_bind *bind, const struct node *node)
{
	char address[NODES_ADDRESS_MAX + 3];
	int port = split(node->local, address);

	if (strcmp(address, bind->address) != 0)
		return false;
	if (port)
		return port == bind->port;
	return bind->port == LAYOUT_HTTP || (bind->port == LAYOUT_HTTPS && node->has_tls);
}

void
layout_free(struct layout *layout)
{
	free(layout->binds);
	*layout = LAYOUT_INIT;
}
