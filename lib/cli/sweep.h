/* SPDX-License-Identifier: MIT */
/* sweep - provision simulate --sweep: the same load once for each value of a number. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "base/err.h"
#include "cli/cli.h"
#include "provision/deployment.h"

/*
 * sweep_run - play it for each value of --sweep [TIER.]KEY=N,..., print a row for each, and write
 *             them to --csv; d is changed.
 *
 * KEY is a number of a tier or of the deployment, or of the rule by which servers vote.
 *
 * Fails:   ERR_USAGE for a key that is none, with all that are, for a value out of its bounds, and
 *          for values that contradict each other; as simulation_run.
 * Source:  provision(1).
 */
int sweep_run(struct cli *cli, struct deployment *d, struct err *e)
	__attribute__((warn_unused_result));

#endif
