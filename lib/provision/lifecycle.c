/* SPDX-License-Identifier: MIT */
/* lifecycle - the one table of what is done with a server, and in which order. */
#include "provision/lifecycle.h"

#include <string.h>

static const struct lifecycle_row rows[N_STEPS] = {
	[STEP_UNPROXY] = {"stopProxy", "a server leaves or is lost", SERVER_DRAINING, false},
	[STEP_STOP] = {"stopService", "a server leaves", SERVER_STOPPING, true},
	[STEP_REVOKE] = {"revokeDatabaseAccess", "a server leaves or is lost", SERVER_STOPPING,
			 false},
	[STEP_TERMINATE] = {"terminate", "a server leaves", SERVER_STOPPING, true},
	[STEP_REMOVE] = {"removeService", "a server leaves", SERVER_STOPPING, false},
	[STEP_DESTROY] = {"destroy", "a server leaves or is lost", SERVER_STOPPING, false},
	[STEP_MAKE] = {"make", "a server joins", SERVER_PENDING, false},
	[STEP_INSTALL] = {"installService", "a server joins, or another image", SERVER_INSTALLING,
			  false},
	[STEP_ADMIT] = {"grantDatabaseAccess", "a password is to change", SERVER_RUNNING, true},
	[STEP_CONFIGURE] = {"configureService", "what it is told has changed", SERVER_CONFIGURING,
			    false},
	[STEP_QUIT] = {"stopService", "after configureService", SERVER_STARTING, true},
	[STEP_START] = {"startService", "after it", SERVER_STARTING, false},
	[STEP_CHECK] = {"checkService", "after it", SERVER_STARTING, true},
	[STEP_LOAD] = {"installDataSource", "a data source is new", SERVER_RUNNING, false},
	[STEP_PROXY] = {"startProxy", "a server has joined", SERVER_RUNNING, false},
	[STEP_GRANT] = {"grantDatabaseAccess", "a server has joined or left", SERVER_RUNNING,
			false},
	[STEP_SETTLE] = {"checkService", "it was not OK before", SERVER_RUNNING, false},
};

static const char *const states[N_SERVER_STATES] = {"PENDING",	"INSTALLING", "CONFIGURING",
						    "STARTING", "RUNNING",    "DRAINING",
						    "STOPPING", "LOST"};

const struct lifecycle_row *
lifecycle_row(enum lifecycle_step step)
{
	return &rows[step];
}

const char *
lifecycle_state_name(enum lifecycle_state state)
{
	return states[state];
}

bool
lifecycle_state(const char *name, enum lifecycle_state *state)
{
	for (int i = 0; i < N_SERVER_STATES; i++)
		if (strcmp(states[i], name) == 0) {
			*state = (enum lifecycle_state)i;
			return true;
		}
	return false;
}
