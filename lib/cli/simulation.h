/* SPDX-License-Identifier: MIT */
/* simulation - provision simulate: a deployment through a load, on hosts only thought of. */
#ifndef CLI_SIMULATION_H
#define CLI_SIMULATION_H

#include "base/err.h"
#include "cli/cli.h"
#include "cli/tally.h"
#include "provision/deployment.h"
#include "provision/model.h"

/*
 * simulation_run - play it; d's hosts are taken away.
 *
 * rule   by which servers vote
 * facts  how it went; NULL: that is printed
 *
 * Neither a host, nor an image, nor the state is touched.
 *
 * Fails:   ERR_USAGE without --load; as model_open, rounds_take and tally_open.
 * Source:  provision(1).
 */
int simulation_run(struct cli *cli, struct deployment *d, const struct model_rule *rule,
		   struct tally_facts *facts, struct err *e) __attribute__((warn_unused_result));

#endif
