/* SPDX-License-Identifier: MIT */
/* nginx - nodes as a configuration file of nginx. */
#ifndef PROXY_NGINX_H
#define PROXY_NGINX_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/nodes.h"

/*
 * nginx_render - servers, one for each service at each place, and an upstream a service; what asks
 * for no name of any service gets 503, as HAProxy has it.
 *
 * Fails:   ERR_SYSTEM.
 * Source:  nginx's reference: ngx_http_core_module (listen, server_name), ngx_http_upstream_module,
 *          ngx_http_ssl_module (ssl_reject_handshake).
 */
int nginx_render(const struct nodes *nodes, const char *pem_dir, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));

#endif
