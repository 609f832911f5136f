/* SPDX-License-Identifier: MIT */
/* scaleCheck - vote for more servers or fewer; see scaleCheck(1). */
#include "cli/cli.h"
#include "cli/facts.h"

static const struct cli_spec spec = {
	.name = "scaleCheck",
	.args = "[ARGUMENT ...]",
	.summary = "Vote for more servers in this server's tier (1), fewer (-1) or neither (0).",
	.counts = CLI_ARGS_ANY,
	.options = CLI_JSON,
	.timeout_help = "time limit of a custom scaleCheck",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	int vote, status;

	cli_start(&cli, &spec, argc, argv);
	if (facts_vote(&cli, &vote, &err))
		err_wrap(&err, "cannot vote");
	status = cli_finish(&cli, &err);
	return status ? status : vote & 0xff;
}
