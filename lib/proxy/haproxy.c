/* SPDX-License-Identifier: MIT */
/* haproxy - nodes as a part of HAProxy's configuration. */
#include "proxy/haproxy.h"

#include <string.h>

#include "proxy/layout.h"

/* The certificates of a place's services, on its bind line. */
static int
add_certificates(const struct nodes *nodes, const struct layout_bind *bind, const char *pem_dir,
		 struct buf *out, struct err *e)
{
	if (buf_addf(out, e, " ssl"))
		return -1;
	for (size_t i = 0; i < nodes->n; i = layout_next_service(nodes, i)) {
		const struct node *n = &nodes->nodes[i];

		if (n->has_tls && layout_serves(bind, n) &&
		    buf_addf(out, e, " crt %s/enstratus-%s.pem", pem_dir, n->service))
			return -1;
	}
	return 0;
}

/* A line for each name: a line may have 64 words. */
static int
add_names(const struct node *n, struct buf *out, struct err *e)
{
	for (const char *name = n->names;;) {
		size_t len = strcspn(name, ",");

		if (buf_addf(out, e, "\tacl is-%s req.hdr(host),field(1,:) -i -m str %.*s\n",
			     n->service, (int)len, name))
			return -1;
		if (!name[len])
			return buf_addf(out, e, "\tuse_backend enstratus-%s if is-%s\n", n->service,
					n->service);
		name += len + 1;
	}
}

static int
add_frontend(const struct nodes *nodes, const struct layout_bind *bind, size_t number,
	     const char *pem_dir, struct buf *out, struct err *e)
{
	if (buf_addf(out, e, "frontend enstratus-%zu\n\tmode http\n\tbind %s:%d", number,
		     bind->address, bind->port) ||
	    (bind->has_tls && add_certificates(nodes, bind, pem_dir, out, e)) ||
	    buf_addf(out, e, "\n\ttimeout client 60s\n\toption forwardfor\n%s",
		     bind->has_tls ? "\thttp-request set-header X-Forwarded-Proto https\n" : ""))
		return -1;
	for (size_t i = 0; i < nodes->n; i = layout_next_service(nodes, i)) {
		const struct node *n = &nodes->nodes[i];

		if (layout_serves(bind, n) && strcmp(n->names, "*") != 0 && add_names(n, out, e))
			return -1;
	}
	return bind->any ? buf_addf(out, e, "\tdefault_backend enstratus-%s\n", bind->any) : 0;
}

static int
add_backend(const struct nodes *nodes, size_t from, size_t to, struct buf *out, struct err *e)
{
	char address[NODES_ADDRESS_MAX + 3];

	if (buf_addf(out, e,
		     "backend enstratus-%s\n\tmode http\n\tbalance roundrobin\n"
		     "\ttimeout connect 5s\n\ttimeout server 60s\n\ttimeout queue 60s\n"
		     "\toption redispatch\n",
		     nodes->nodes[from].service))
		return -1;
	for (size_t i = from; i < to; i++) {
		const struct node *n = &nodes->nodes[i];

		layout_address(n->address, address);
		/*
		 * A name that nobody knows yet is no reason not to start.  One that was restarted
		 * is sent clients again before the next one is.
		 */
		if (buf_addf(out, e,
			     "\tserver node-%zu %s:%d check downinter 500ms rise 1 "
			     "init-addr last,libc,none\n",
			     i - from + 1, address, n->port))
			return -1;
	}
	return 0;
}

int
haproxy_render(const struct nodes *nodes, const char *pem_dir, struct buf *out, struct err *e)
{
	struct layout layout = LAYOUT_INIT;
	int result = layout_make(&layout, nodes, e);

	for (size_t i = 0; i < layout.n && !result; i++)
		result = add_frontend(nodes, &layout.binds[i], i + 1, pem_dir, out, e);
	for (size_t i = 0, next; i < nodes->n && !result; i = next) {
		next = layout_next_service(nodes, i);
		result = add_backend(nodes, i, next, out, e);
	}
	layout_free(&layout);
	return result;
}
