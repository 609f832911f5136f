/* SPDX-License-Identifier: MIT */
/* records - what listServices and serviceHistory answer. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * records_list - print how each service stands, those too that were removed and can be had back; or
 *                the one that the arguments name, be it not installed.
 *
 * No lock is taken and no hook is run: it is what the agent remembers.
 *
 * Fails:   ERR_NO_SERVICE without a services directory; ERR_SYSTEM.
 * Source:  listServices(1).
 */
int records_list(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

/*
 * records_history - print the runs of one service, the oldest first.
 *
 * Fails:   ERR_NO_SERVICE for one that the agent knows nothing of; as history_read.
 * Source:  serviceHistory(1).
 */
int records_history(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
