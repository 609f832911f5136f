/* SPDX-License-Identifier: MIT */
/* placement - the steps of a service on its server. */
#ifndef PROVISION_PLACEMENT_H
#define PROVISION_PLACEMENT_H

#include "provision/act.h"

/*
 * Each calls the agent's program of that name, and keeps that it was done; the image is sent
 * before it is installed.
 *
 * Fails:   as act_demand, transfer_send, told_service and store_put.
 */
int placement_install(struct act_task *t) __attribute__((warn_unused_result));
int placement_configure(struct act_task *t) __attribute__((warn_unused_result));
int placement_start(struct act_task *t) __attribute__((warn_unused_result));
int placement_stop(struct act_task *t) __attribute__((warn_unused_result));
int placement_remove(struct act_task *t) __attribute__((warn_unused_result));

/*
 * placement_check - look once how a service is.
 * placement_settle - look again for a while, until it is OK.
 *
 * Fails:   ERR_UNAVAILABLE when it is not; as act_demand and store_put.
 */
int placement_check(struct act_task *t) __attribute__((warn_unused_result));
int placement_settle(struct act_task *t) __attribute__((warn_unused_result));

#endif
