/* SPDX-License-Identifier: MIT */
/* verbs - the verbs of provision. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * verbs_run - do what the arguments, a verb and what it is about, ask for.
 *
 * Fails:   ERR_USAGE for an unknown verb; as operator_open and crew_up.
 * Source:  provision(1).
 */
int verbs_run(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
