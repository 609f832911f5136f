/* SPDX-License-Identifier: MIT */
/* watching - round after round of votes, with what follows from each. */
#ifndef CLI_WATCHING_H
#define CLI_WATCHING_H

#include "cli/operator.h"

/*
 * watching_run - the verb watch, until a signal comes or so many rounds are over.
 *
 * With a file it begins as up does.  The deployment is taken up again when its file has changed,
 * or one that it names.
 *
 * Fails:   as operator_reread, page_write and tally_open; a round that fails is only told of.
 */
int watching_run(struct operator* o, struct err *e) __attribute__((warn_unused_result));

#endif
