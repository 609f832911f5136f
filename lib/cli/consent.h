/* SPDX-License-Identifier: MIT */
/* consent - make sure that what cannot be undone is meant. */
#ifndef CLI_CONSENT_H
#define CLI_CONSENT_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * consent_given - the service id was given twice, or --yes was, or it is typed now at a terminal.
 *
 * Fails:   ERR_USAGE when it was not, or another one was.
 */
int consent_given(const struct cli *cli, struct err *e) __attribute__((warn_unused_result));

/*
 * consent_typed - --yes was given, or the word is typed now at a terminal.
 *
 * prompt  what is asked there
 *
 * Fails:   ERR_USAGE when it was not.
 */
int consent_typed(const struct cli *cli, const char *prompt, const char *word, struct err *e)
	__attribute__((warn_unused_result));

#endif
