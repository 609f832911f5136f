/* SPDX-License-Identifier: MIT */
/* operator - all that a verb of provision works with: the deployment, the state, the hosts. */
#ifndef CLI_OPERATOR_H
#define CLI_OPERATOR_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/board.h"
#include "cli/cli.h"
#include "provision/act.h"
#include "provision/onevent.h"
#include "provision/ssh.h"

/* What a verb needs to be there. */
struct operator_needs {
	int file; /* which argument may be the deployment file; 0: none, it is kept in the state */
	bool changes, state;
	bool files; /* that the deployment names */
	int behind; /* how many arguments there are without that one */
};

struct operator
{
	struct cli *cli;
	const struct operator_needs *needs;
	const char *file;	       /* of the deployment; NULL: it is kept in the state */
	unsigned long long seen, next; /* of it and the files that it names: read last, and now */
	struct deployment d;
	struct ledger l;
	struct store *store;
	struct references references;
	struct planner planner;
	struct ssh ssh;
	struct act act;
	struct board board;
	struct onevent onevent;
	long long shown; /* the number of the last event that was shown */
	bool has_ledger;
};

#define OPERATOR_INIT       \
	((struct operator){ \
		.d = DEPLOYMENT_INIT, .references = REFERENCES_INIT, .onevent = ONEVENT_INIT})

/*
 * operator_open - read the deployment, open the state, and make ready to call hosts.
 *
 * Whatever comes of it, operator_close is to be called: that waits until all programs of on-event
 * were told, when the state is another operator's already.
 *
 * Fails:   ERR_UNSAFE for a deployment with mistakes, which are on standard error; ERR_UNAVAILABLE
 *          where the state has none; as store_open and store_lock.
 */
int operator_open(struct operator* o, struct cli *cli, const struct operator_needs *needs,
		  struct err *e) __attribute__((warn_unused_result));

/*
 * operator_reread - take up the deployment again when its file is another now, or an image, a
 *                   custom configuration or a secret that it names; and was so at the last call.
 *
 * One with mistakes is told of, and left until it changes again.
 *
 * Returns: 1 it was taken up, 0 it was not, -1.
 * Fails:   as operator_open.
 */
int operator_reread(struct operator* o, struct err *e) __attribute__((warn_unused_result));

/* operator_staff - give its least number of servers to each tier that is to have none. */
int operator_staff(struct operator* o, struct err *e) __attribute__((warn_unused_result));

void operator_close(struct operator* o);

#endif
