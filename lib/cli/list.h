/* SPDX-License-Identifier: MIT */
/* list - what listServices answers: how each service stands. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * list_answer - print how each service stands, those too that were removed and can be had back; or
 *               the one that the arguments name, be it not installed.
 *
 * No lock is taken and no hook is run: it is what the agent remembers.  But with --check the
 * services that are installed are asked first, as checkService asks all of them.
 *
 * Fails:   ERR_NO_SERVICE without a services directory; as checks_run; ERR_SYSTEM.
 * Source:  listServices(1).
 */
int list_answer(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
