/* SPDX-License-Identifier: MIT */
/* export - backups that are made on a server, and fetched. */
#ifndef PROVISION_EXPORT_H
#define PROVISION_EXPORT_H

#include <stddef.h>

#include "base/err.h"
#include "provision/act.h"

/*
 * export_source, export_service - fetch a backup of a data source, or of a service from one of its
 *                                 servers.
 *
 * Fails:   ERR_UNAVAILABLE when no server has it; as backups_begin and act_demand.
 */
int export_source(struct act *a, size_t source, struct err *e) __attribute__((warn_unused_result));
int export_service(struct act *a, size_t service, struct err *e)
	__attribute__((warn_unused_result));

#endif
