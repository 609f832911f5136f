/* SPDX-License-Identifier: MIT */
/* states - what checkService answers: the state of one service or of all. */
#ifndef CLI_STATES_H
#define CLI_STATES_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * states_answer - check and print.
 *
 * One service (an argument): its state word on standard output.  All: a line each, id and state,
 * as a table on a terminal and separated by a tab elsewhere.  With --json one document.
 *
 * Fails:   as check_service for one service; for all, a service that cannot be asked is UNKNOWN and
 *          no failure.
 */
int states_answer(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
