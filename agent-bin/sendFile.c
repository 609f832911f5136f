/* SPDX-License-Identifier: MIT */
/* sendFile - hand a file that was made for it to a provisioning server; see sendFile(1). */
#include <stdio.h>

#include "cli/cli.h"
#include "command/spool.h"

static const struct cli_spec spec = {
	.name = "sendFile",
	.args = "NAME",
	.summary = "Write a file of the temp directory's files/ to standard output and wipe it.",
	.counts = CLI_ARGS(1),
	.options = CLI_PLACE,
	.timeout_help = "accepted and without use: the receiver says it",
	.wait_help = "accepted and without use",
};

int
main(int argc, char **argv)
{
	struct spool_file file = {.path = ""};
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (cli.where ? spool_place(&file, cli.args[0], &err) : spool_send(cli.args[0], 1, &err))
		err_wrap(&err, "cannot send '%s'", cli.args[0]);
	else if (cli.where)
		puts(file.path);
	return cli_finish(&cli, &err);
}
