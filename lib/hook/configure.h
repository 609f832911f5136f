/* SPDX-License-Identifier: MIT */
/* configure - the life of an enstratus.cfg: read, checked, written, used, wiped. */
#ifndef HOOK_CONFIGURE_H
#define HOOK_CONFIGURE_H

#include "base/err.h"
#include "hook/run.h"
#include "service/service.h"

#define CONFIGURE_SSL_FILES 3

struct configure_request {
	const char *user_id, *customer_id;
	const char *config;	 /* "-": standard input; a path; NULL: cfg/enstratus.cfg */
	const char *ssl_address; /* NULL without TLS */
	const char *ssl_files[CONFIGURE_SSL_FILES]; /* certificate, key, chain or NULL */
};

/*
 * configure_service - run the configure hook on a configuration, and leave nothing of it behind.
 *
 * svc  from service_open; its lock is taken here, after standard input or the given file was read
 *      to its end, so that a sender who stalls holds up nobody else
 *
 * On every way out once the lock is held the configuration that the hook saw is wiped, one that was
 * delivered at cfg/enstratus.cfg too.  Once the configuration was accepted, the caller's SSL files
 * are wiped as well, and its configuration file where that lies in one of the agent's own
 * directories.
 *
 * The signals that end a run stay held when it returns.
 *
 * Fails:   ERR_NO_ACCOUNT; ERR_CUT and ERR_UNSAFE for the configuration; ERR_UNAVAILABLE for an SSL
 *          file; as hook_lock and hook_run.
 * Source:  enstratus-cfg(5).
 */
int configure_service(struct service *svc, const struct configure_request *request,
		      const struct service_claim *claim, const struct hook_options *options,
		      struct err *e) __attribute__((warn_unused_result));

#endif
