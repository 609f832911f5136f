/* SPDX-License-Identifier: MIT */
/* machine - hosts that are made, and what is done with them at their end. */
#ifndef PROVISION_MACHINE_H
#define PROVISION_MACHINE_H

#include "provision/act.h"

/*
 * machine_make - have a host made for the server, by [hosts] make; its address is kept.
 *
 * Fails:   ERR_UNAVAILABLE when there is no command, or it fails or prints no address; as
 *          store_put.
 */
int machine_make(struct act_task *t) __attribute__((warn_unused_result));

/* machine_terminate - call terminate there.  Fails: as act_demand. */
int machine_terminate(struct act_task *t) __attribute__((warn_unused_result));

/*
 * machine_destroy - have a host that was made destroyed, and forget the server.
 *
 * Fails:   ERR_UNAVAILABLE when the command fails; as store_put.
 */
int machine_destroy(struct act_task *t) __attribute__((warn_unused_result));

#endif
