/* SPDX-License-Identifier: MIT */
/* log - write records to the system's log; see log(1). */
#include "base/logger.h"
#include "cli/cli.h"

static const struct cli_spec spec = {
	.name = "log",
	.args = "[WORD...]",
	.summary = "Log the words as one record, or standard input, one record a line.",
	.counts = CLI_ARGS_ANY,
	.options = CLI_TAG,
	.words = true,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (!logger_words(cli.tag, cli.args))
		logger_input(cli.tag);
	/* A hook must not fail because nobody keeps its records: the status is always 0. */
	return cli_finish(&cli, &err);
}
