/* SPDX-License-Identifier: MIT */
/* configure - the life of an enstratus.cfg: read, checked, written, used, wiped. */
#ifndef COMMAND_CONFIGURE_H
#define COMMAND_CONFIGURE_H

#include <stdbool.h>

#include "base/err.h"
#include "hook/handover.h"
#include "hook/run.h"
#include "service/service.h"

#define CONFIGURE_SSL_FILES 3

struct configure_request {
	const char *user_id, *customer_id;
	struct inputs_config config;
	const char *ssl_address;		    /* NULL without TLS */
	const char *ssl_files[CONFIGURE_SSL_FILES]; /* certificate, key, chain or NULL */
	bool if_changed; /* run no hook when nothing differs from what the service was last told */
};

/* What was done, whatever became of it. */
struct configure_report {
	const char *event; /* of the hook; NULL when it did not come to that */
	bool is_told;	   /* the hook was called; --if-changed may find nothing to tell */
	char *changed;	   /* names, with commas between; or NULL */
	struct handover_facts facts; /* of the delivery */
	const char *residue;	     /* image.ini's word; NULL where nothing was searched */
	size_t n_residue;	     /* files that hold secrets */
	struct history_run run;	     /* of the hook; see struct hook_outcome */
};

#define CONFIGURE_REPORT_INIT ((struct configure_report){.event = NULL})

/* configure_report_free - release it and leave the empty value. */
void configure_report_free(struct configure_report *report);

/*
 * configure_service - run the configure hook on a configuration, and leave nothing of it behind.
 *
 * svc     from service_open; its lock is taken here, after standard input or the given file was
 *         read to its end, so that a sender who stalls holds up nobody else
 * report  filled in any case; the caller's to free
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
		      const struct service_lock_request *lock, const struct hook_options *options,
		      struct configure_report *report, struct err *e)
	__attribute__((warn_unused_result));

#endif
