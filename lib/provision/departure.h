/* SPDX-License-Identifier: MIT */
/* departure - the steps of a server that leaves, or is lost. */
#ifndef PROVISION_DEPARTURE_H
#define PROVISION_DEPARTURE_H

#include "provision/planner.h"

/* departure_plan - add them.  Fails: ERR_SYSTEM. */
int departure_plan(struct planner_making *m, struct ledger_server *server)
	__attribute__((warn_unused_result));

#endif
