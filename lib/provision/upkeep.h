/* SPDX-License-Identifier: MIT */
/* upkeep - the steps of a server that counts. */
#ifndef PROVISION_UPKEEP_H
#define PROVISION_UPKEEP_H

#include <stddef.h>

#include "provision/planner.h"

/*
 * upkeep_plan - add those that are needed, from making its host to being behind a balancer.
 *
 * tier  its place in the deployment
 *
 * Fails:   as references_get; ERR_SYSTEM.
 */
int upkeep_plan(struct planner_making *m, struct ledger_server *server, size_t tier)
	__attribute__((warn_unused_result));

#endif
