/* SPDX-License-Identifier: MIT */
/* ssh - call the agent on a host by OpenSSH's client. */
#ifndef PROVISION_SSH_H
#define PROVISION_SSH_H

#include <limits.h>

#include "base/err.h"
#include "provision/agents.h"

struct ssh {
	char sockets[PATH_MAX]; /* the directory of connections that are shared */
	const char *config;	/* ssh_config(5) to use; NULL: the user's own */
	const char *agent;	/* the directory of the agent's programs on hosts */
	/* A file of host keys beside those that ssh(1) knows; NULL, or not there: no more. */
	const char *known_hosts;
};

/*
 * ssh_open - find a private directory for the sockets of connections that are shared.
 *
 * config, agent  are the caller's
 *
 * Fails:   ERR_SYSTEM, ERR_UNSAFE when there is none.
 */
int ssh_open(struct ssh *ssh, const char *config, const char *agent, struct err *e)
	__attribute__((warn_unused_result));

/* ssh_call - an agents_fn; arg is a struct ssh. */
int ssh_call(void *arg, struct agents_call *call, struct err *e)
	__attribute__((warn_unused_result));

/*
 * ssh_meet - have the key that a host shows written to a file, as a line of known_hosts; nobody is
 *            logged in.
 *
 * Fails:   ERR_UNAVAILABLE when there is no answer; as child_run.
 */
int ssh_meet(const struct ssh *ssh, const struct agents_place *place, const char *file,
	     struct err *e) __attribute__((warn_unused_result));

/* ssh_become - replace this process by an ssh(1) to a place: a shell, or words to run there. */
int ssh_become(const struct ssh *ssh, const struct agents_place *place, char *const *words,
	       struct err *e) __attribute__((warn_unused_result));

#endif
