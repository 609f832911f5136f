/* SPDX-License-Identifier: MIT */
/* arguments - reading the options and arguments of a program. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "base/err.h"
#include "cli/options.h"

/*
 * arguments_read - read argv into cli, whose spec is set, by getopt_long(3), and open the log anew.
 *
 * Option values and arguments point into argv.  After --help or --version, cli->answered is set and
 * the rest is not looked at.
 *
 * Fails:   ERR_USAGE for options; spec->wrong_count for the number of arguments.
 */
int arguments_read(struct cli *cli, int argc, char **argv, struct err *e)
	__attribute__((warn_unused_result));

/*
 * arguments_skip_options - the place in argv of the first argument that is no option, whatever
 *                          program of ours it is for; -1 when there is an option that none has.
 */
int arguments_skip_options(int argc, char **argv);

#endif
