/* SPDX-License-Identifier: MIT */
/* questions - what enstratusCfg answers to a hook that asks for its configuration. */
#ifndef CLI_QUESTIONS_H
#define CLI_QUESTIONS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * questions_answer - print what the arguments, a verb and what it is about, ask for.
 *
 * Nothing is printed on failure; the answer goes from guarded memory to standard output.
 *
 * Fails:   ERR_USAGE for an unknown verb; ERR_LACKING for a key that is required and absent or
 *          empty; as document_read_path and render_template.
 * Source:  enstratusCfg(1).
 */
int questions_answer(const struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
