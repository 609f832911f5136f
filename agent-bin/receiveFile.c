/* SPDX-License-Identifier: MIT */
/* receiveFile - take a file from a provisioning server; see receiveFile(1). */
#include <stdio.h>

#include "base/text.h"
#include "cli/cli.h"
#include "command/spool.h"

static const struct cli_spec spec = {
	.name = "receiveFile",
	.args = "SHA256 SIZE [SUFFIX]",
	.summary =
		"Take the rest of a file on standard input; print its path, or how much is there.",
	.counts = CLI_ARGS(2) | CLI_ARGS(3),
	.options = CLI_PART,
	.timeout_help = "accepted and without use: the sender says it",
	.wait_help = "accepted and without use",
};

int
main(int argc, char **argv)
{
	struct spool_file file = {.path = ""};
	struct err err = ERR_INIT;
	const char *suffix;
	struct cli cli;
	long long size;

	cli_start(&cli, &spec, argc, argv);
	suffix = cli.n_args == 3 ? cli.args[2] : "";
	if (text_number("the size", cli.args[1], 0, __LONG_LONG_MAX__, &size, &err) ||
	    (cli.drop	? spool_drop(cli.args[0], suffix, &err)
	     : cli.have ? spool_find(&file, cli.args[0], suffix, size, &err)
			: spool_receive(&file, cli.args[0], suffix, size, 0, &err)))
		err_wrap(&err, "cannot take a file");
	else if (cli.have)
		printf("%lld%s%s\n", file.have, file.is_whole ? " " : "",
		       file.is_whole ? file.path : "");
	else if (!cli.drop)
		printf("%s\n", file.path);
	return cli_finish(&cli, &err);
}
