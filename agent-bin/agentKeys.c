/* SPDX-License-Identifier: MIT */
/* agentKeys - make the keys for sealed configurations; see agentKeys(1). */
#include "cli/cli.h"
#include "cli/seals.h"

static const struct cli_spec spec = {
	.name = "agentKeys",
	.args = "",
	.summary = "Make this host's keys for sealed configurations and print the public one.",
	.counts = CLI_ARGS(0),
	.options = CLI_JSON | CLI_SIGNER,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (seals_keys(&cli, &err))
		err_wrap(&err, "cannot make keys");
	return cli_finish(&cli, &err);
}
