/* SPDX-License-Identifier: MIT */
/* observe - a state that was lost, made anew from what is on the hosts. */
#ifndef PROVISION_OBSERVE_H
#define PROVISION_OBSERVE_H

#include "base/err.h"
#include "provision/act.h"

/*
 * observe_hosts - ask all hosts that tiers name, and fill the ledger, which is empty and has no
 *                 store: a host with a service of a tier is a server of it.
 *
 * What services were told is not known then, so that all are told again.  A data source counts as
 * loaded unless the history of its service goes back to the installation and has no such run.
 * Hosts that were made by a command are not found: it names the same ones again.
 *
 * Fails:   ERR_UNAVAILABLE for a host that does not answer; as agents_call.
 * Source:  listServices(1), serviceHistory(1).
 */
int observe_hosts(struct act *a, int parallel, struct err *e) __attribute__((warn_unused_result));

/*
 * observe_keep - write all of a ledger to a store, which has nothing else then, and keep there from
 *                now on what changes.
 *
 * Cut off, it leaves a state that cannot be read: half of one would be believed.
 */
int observe_keep(struct ledger *l, struct store *store, struct err *e)
	__attribute__((warn_unused_result));

#endif
