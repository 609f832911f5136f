/* SPDX-License-Identifier: MIT */
/* lifecycle - the one table of what is done with a server, and in which order. */
#ifndef PROVISION_LIFECYCLE_H
#define PROVISION_LIFECYCLE_H

#include <stdbool.h>

/* How a server stands. */
enum lifecycle_state {
	SERVER_PENDING,
	SERVER_INSTALLING,
	SERVER_CONFIGURING,
	SERVER_STARTING,
	SERVER_RUNNING,
	SERVER_DRAINING,
	SERVER_STOPPING,
	SERVER_LOST,
	N_SERVER_STATES,
};

/* In the order in which they are done; those from CONFIGURE to LOAD once for each level. */
enum lifecycle_step {
	STEP_UNPROXY,
	STEP_STOP,
	STEP_REVOKE,
	STEP_TERMINATE,
	STEP_REMOVE,
	STEP_DESTROY,
	STEP_MAKE,
	STEP_INSTALL,
	STEP_ADMIT,
	STEP_CONFIGURE,
	STEP_QUIT,
	STEP_START,
	STEP_CHECK,
	STEP_LOAD,
	STEP_PROXY,
	STEP_GRANT,
	STEP_SETTLE,
	N_STEPS,
};

struct lifecycle_row {
	const char *verb;	     /* the agent's program, or a key of [hosts] */
	const char *when;	     /* why it is done, in words */
	enum lifecycle_state during; /* of the server */
	bool may_fail;		     /* it is only told, and what follows is done */
};

/* lifecycle_row - a row of the table.  Source: enstratus-agent(7), ORDER OF EVENTS. */
const struct lifecycle_row *lifecycle_row(enum lifecycle_step step);

const char *lifecycle_state_name(enum lifecycle_state state);

/* lifecycle_state - the state of that name; false, and *state as it was, for none. */
bool lifecycle_state(const char *name, enum lifecycle_state *state)
	__attribute__((warn_unused_result));

#endif
