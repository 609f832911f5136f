/* SPDX-License-Identifier: MIT */
/* routing - the steps of a balancer: which servers it sends clients to. */
#ifndef PROVISION_ROUTING_H
#define PROVISION_ROUTING_H

#include "provision/act.h"

/*
 * routing_add, routing_drop - have clients sent to the server that a step is about, or no more.
 *
 * Fails:   as act_demand and store_put.
 */
int routing_add(struct act_task *t) __attribute__((warn_unused_result));
int routing_drop(struct act_task *t) __attribute__((warn_unused_result));

#endif
