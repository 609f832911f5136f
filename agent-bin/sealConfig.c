/* SPDX-License-Identifier: MIT */
/* sealConfig - seal a configuration for one service of one host; see sealConfig(1). */
#include "cli/cli.h"
#include "cli/seals.h"

static const struct cli_spec spec = {
	.name = "sealConfig",
	.args = "SERVICE_ID [FILE]",
	.summary = "Seal an enstratus.cfg, so that one host alone can read it, for one service.",
	.counts = CLI_ARGS(1) | CLI_ARGS(2),
	.options = CLI_SEAL,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (seals_config(&cli, &err))
		err_wrap(&err, "cannot seal");
	return cli_finish(&cli, &err);
}
