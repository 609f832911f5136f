/* SPDX-License-Identifier: MIT */
/* proxy - which kind of balancer this server is, and its programs. */
#ifndef COMMAND_PROXY_H
#define COMMAND_PROXY_H

#include "base/err.h"

#define PROXY_TYPE_MAX 32

/*
 * proxy_run - run <type>-startProxy or <type>-stopProxy.
 *
 * action  "startProxy" or "stopProxy"
 * args    handed on as they are, ending with NULL
 * timeout_s  0: 1800
 *
 * The type is `proxy` of agent.cfg; without it haproxy or nginx, whichever is installed, in this
 * order.  The program is <home>/custom/bin/<type>-<action> when that is executable, which makes
 * types of a customer's own, else the one in <home>/bin.
 *
 * Fails:   ERR_PROXY when there is no type or no such program, or it failed; ERR_TIMEOUT;
 *          ERR_STATUS for a signal to this process; as settings_load.
 * Source:  enstratus-agent(7), BALANCERS.
 */
int proxy_run(const char *action, char *const *args, int timeout_s, struct err *e)
	__attribute__((warn_unused_result));

#endif
