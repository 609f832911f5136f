/* SPDX-License-Identifier: MIT */
/* operator - the verbs of provision. */
#ifndef CLI_OPERATOR_H
#define CLI_OPERATOR_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * operator_run - do what the arguments, a verb and what it is about, ask for.
 *
 * Fails:   ERR_USAGE for an unknown verb; ERR_UNSAFE for a deployment with mistakes, which are on
 *          standard error; as crew_up, store_open and store_lock.
 * Source:  provision(1).
 */
int operator_run(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
