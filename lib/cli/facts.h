/* SPDX-License-Identifier: MIT */
/* facts - how busy this server is: as a vote, and as numbers in a file. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * facts_vote - take the vote and print it.
 *
 * vote  set to 1, 0 or -1: the exit status, unless it fails
 *
 * Something is printed in any case: 0 where it fails, for callers that read standard output.
 *
 * Fails:   as vote_take.
 * Source:  scaleCheck(1).
 */
int facts_vote(struct cli *cli, int *vote, struct err *e) __attribute__((warn_unused_result));

/*
 * facts_write - write the numbers to the file that the arguments name, `stats.properties` in the
 *               temp directory without one; whoever reads it sees the old or the new numbers.
 *
 * Fails:   as usage_read and paths_make_tmp; ERR_SYSTEM, ERR_IO.
 * Source:  calculateAgentData(1).
 */
int facts_write(const struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
