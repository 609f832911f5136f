/* SPDX-License-Identifier: MIT */
/* findings - what verifyService answers: a line for each difference, or one document. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * findings_answer - compare and print.
 *
 * Each line is the finding's word, a tab and the path, in which control characters other than tabs
 * are shown as '?'.
 *
 * Fails:   ERR_UNSAFE, after all is printed, when something differs; as verify_service.
 */
int findings_answer(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
