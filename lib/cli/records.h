/* SPDX-License-Identifier: MIT */
/* records - what serviceHistory answers: what was done with a service. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * records_answer - print the runs of one service, the oldest first; with --run those of one
 *                  command, and with --wait too not before it has ended, as long as there is time.
 *
 * Fails:   ERR_NO_SERVICE for one that the agent knows nothing of, or without such a run; as
 *          history_read.
 * Source:  serviceHistory(1).
 */
int records_answer(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
