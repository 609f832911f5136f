/* SPDX-License-Identifier: MIT */
/* database - the hooks of a database's service, which are told in a configuration of their own. */
#ifndef COMMAND_DATABASE_H
#define COMMAND_DATABASE_H

#include "base/err.h"
#include "hook/handover.h"
#include "hook/run.h"
#include "service/service.h"

struct database_request {
	const struct hook *hook;
	struct inputs_config config;
	const char *data_source; /* its name, before the configuration; or NULL */
	const char *image;	 /* a file to read, after the configuration; or NULL */
	const char *backup;	 /* a file that the hook writes, in its place; or NULL */
};

/*
 * database_run - run such a hook; its configuration lives as an enstratus.cfg does.
 *
 * svc  from service_open; its lock is taken here, after the configuration was read to its end
 *
 * The hook gets the text as it was given, and files by absolute paths.  A backup is made its
 * owner's alone.
 *
 * The signals that end a run stay held when it returns.
 *
 * Fails:   as inputs_read_config, hook_lock and hook_run; ERR_UNAVAILABLE for an image that is no
 *          file or a backup that has no directory; ERR_IO for a backup that is missing or empty.
 * Source:  enstratus-agent(7), DATABASES.
 */
int database_run(struct service *svc, const struct database_request *request,
		 const struct service_lock_request *lock, const struct hook_options *options,
		 struct err *e) __attribute__((warn_unused_result));

#endif
