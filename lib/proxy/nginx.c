/* SPDX-License-Identifier: MIT */
/* nginx - nodes as a configuration file of nginx. */
#include "proxy/nginx.h"

#include <string.h>

#include "proxy/layout.h"

static int
add_upstream(const struct nodes *nodes, size_t from, size_t to, struct buf *out, struct err *e)
{
	char address[NODES_ADDRESS_MAX + 3];

	if (buf_addf(out, e, "upstream enstratus-%s {\n", nodes->nodes[from].service))
		return -1;
	for (size_t i = from; i < to; i++) {
		layout_address(nodes->nodes[i].address, address);
		if (buf_addf(out, e, "\tserver %s:%d max_fails=1 fail_timeout=5s;\n", address,
			     nodes->nodes[i].port))
			return -1;
	}
	return buf_addf(out, e, "}\n");
}

static int
add_names(const char *names, struct buf *out, struct err *e)
{
	if (buf_addf(out, e, "\tserver_name"))
		return -1;
	for (const char *name = names;;) {
		size_t len = strcspn(name, ",");

		/* "_" is the usual name that nobody asks for. */
		if (buf_addf(out, e, " %.*s", (int)len, *name == '*' ? "_" : name))
			return -1;
		if (!name[len])
			return buf_addf(out, e, ";\n");
		name += len + 1;
	}
}

static int
add_server(const struct layout_bind *bind, const struct node *n, const char *pem_dir,
	   struct buf *out, struct err *e)
{
	bool is_any = bind->any && strcmp(bind->any, n->service) == 0;

	if (buf_addf(out, e, "server {\n\tlisten %s:%d%s%s;\n", bind->address, bind->port,
		     bind->has_tls ? " ssl" : "", is_any ? " default_server" : "") ||
	    add_names(n->names, out, e))
		return -1;
	if (bind->has_tls && n->has_tls &&
	    buf_addf(out, e,
		     "\tssl_certificate %s/enstratus-%s.pem;\n"
		     "\tssl_certificate_key %s/enstratus-%s.pem;\n",
		     pem_dir, n->service, pem_dir, n->service))
		return -1;
	if (bind->has_tls && !n->has_tls && buf_addf(out, e, "\tssl_reject_handshake on;\n"))
		return -1;
	return buf_addf(out, e,
			"\tclient_max_body_size 0;\n"
			"\tlocation / {\n"
			"\t\tproxy_pass http://enstratus-%s;\n"
			"\t\tproxy_http_version 1.1;\n"
			"\t\tproxy_set_header Connection \"\";\n"
			"\t\tproxy_set_header Host $http_host;\n"
			"\t\tproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
			"\t\tproxy_set_header X-Forwarded-Proto $scheme;\n"
			"\t}\n}\n",
			n->service);
}

/* What asks for no name of a service. */
static int
add_refusal(const struct layout_bind *bind, struct buf *out, struct err *e)
{
	return buf_addf(out, e, "server {\n\tlisten %s:%d%s default_server;\n%s\treturn 503;\n}\n",
			bind->address, bind->port, bind->has_tls ? " ssl" : "",
			bind->has_tls ? "\tssl_reject_handshake on;\n" : "");
}

static int
add_place(const struct nodes *nodes, const struct layout_bind *bind, const char *pem_dir,
	  struct buf *out, struct err *e)
{
	if (!bind->any && add_refusal(bind, out, e))
		return -1;
	for (size_t i = 0; i < nodes->n; i = layout_next_service(nodes, i))
		if (layout_serves(bind, &nodes->nodes[i]) &&
		    add_server(bind, &nodes->nodes[i], pem_dir, out, e))
			return -1;
	return 0;
}

int
nginx_render(const struct nodes *nodes, const char *pem_dir, struct buf *out, struct err *e)
{
	struct layout layout = LAYOUT_INIT;
	int result = layout_make(&layout, nodes, e);

	for (size_t i = 0, next; i < nodes->n && !result; i = next) {
		next = layout_next_service(nodes, i);
		result = add_upstream(nodes, i, next, out, e);
	}
	for (size_t i = 0; i < layout.n && !result; i++)
		result = add_place(nodes, &layout.binds[i], pem_dir, out, e);
	layout_free(&layout);
	return result;
}
