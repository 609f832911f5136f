/* SPDX-License-Identifier: MIT */
/* report - a plan, and how a deployment stands, as text and as JSON. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/err.h"
#include "cli/cli.h"
#include "provision/ledger.h"
#include "provision/planner.h"

/*
 * report_plan - print the steps of a plan, with a mark where others may be done at the same time.
 *
 * Fails:   ERR_SYSTEM.
 * Source:  provision(1).
 */
int report_plan(struct cli *cli, const struct plan *plan, struct err *e)
	__attribute__((warn_unused_result));

/* report_status - print servers and their services; as JSON the latest events as well. */
int report_status(struct cli *cli, const struct deployment *d, const struct ledger *l,
		  struct err *e) __attribute__((warn_unused_result));

/* report_event - print one, as a line that begins with its time, or as a JSON object. */
void report_event(const struct cli *cli, long long time, const char *text);

#endif
