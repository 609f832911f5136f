/* SPDX-License-Identifier: MIT */
/* change - a node is let into the balancer, or taken out of it. */
#ifndef PROXY_CHANGE_H
#define PROXY_CHANGE_H

#include "base/err.h"
#include "proxy/balancer.h"

/* SERVICE PRIMARY SECONDARY LOCAL REMOTE PORT, or with CERT KEY, and CHAIN, behind them. */
#define CHANGE_ARGS 6
#define CHANGE_ARGS_TLS 8
#define CHANGE_ARGS_CHAIN 9
#define CHANGE_WAIT_MS 10000 /* for another change: they take a moment, and come together */

/*
 * change_add - send clients of a service to a node too.
 *
 * args  of startProxy, n_args of them
 *
 * Certificate, chain and key go into one file beside the balancer's configuration, which its owner
 * alone can read; the files that they came in are wiped when the balancer has taken them.  Adding
 * what is there already changes nothing.
 *
 * Fails:   as nodes_make, nodes_open, balancer_apply; ERR_UNAVAILABLE for a file that is missing.
 */
int change_add(const struct balancer *b, char *const *args, int n_args, int wait_ms, struct err *e)
	__attribute__((warn_unused_result));

/*
 * change_remove - send none to the nodes of an address any more; no such node is a success.
 *
 * Waits for connections that are open, for as long as agent.cfg says; one that is still open then
 * is noted, and a success.
 */
int change_remove(const struct balancer *b, const char *address, int wait_ms, struct err *e)
	__attribute__((warn_unused_result));

#endif
