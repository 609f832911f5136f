/* SPDX-License-Identifier: MIT */
/* audit - what configureService answers: which protections were in force. */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "base/err.h"
#include "cli/cli.h"
#include "command/configure.h"

/*
 * audit_answer - print a table for --audit, one document for --json, nothing without either.
 *
 * failed  what the run has come to, which the document has as well
 *
 * Fails:   ERR_SYSTEM.
 * Source:  configureService(1), AUDIT.
 */
int audit_answer(struct cli *cli, const struct configure_report *report, const struct err *failed,
		 struct err *e) __attribute__((warn_unused_result));

#endif
