/* SPDX-License-Identifier: MIT */
/* haproxy - nodes as a part of HAProxy's configuration. */
#ifndef PROXY_HAPROXY_H
#define PROXY_HAPROXY_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/nodes.h"

/*
 * haproxy_render - frontends, one for each address that is listened at, and a backend a service.
 *
 * Without a port an address is listened at port 80, and with TLS at 443 too; with one only at that,
 * with TLS where a service of it has a certificate.
 *
 * Fails:   ERR_SYSTEM.
 * Source:  HAProxy 2.6 configuration manual, sections 4.2 (acl, bind, use_backend) and 5.2.
 */
int haproxy_render(const struct nodes *nodes, const char *pem_dir, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));

#endif
