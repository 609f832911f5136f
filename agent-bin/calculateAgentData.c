/* SPDX-License-Identifier: MIT */
/* calculateAgentData - write down how busy this server is; see calculateAgentData(1). */
#include "cli/cli.h"
#include "cli/facts.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "calculateAgentData",
	.args = "[FILE]",
	.summary = "Write how busy this server is to a file of KEY=VALUE lines.",
	.counts = CLI_ARGS(0) | CLI_ARGS(1),
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (override_before(spec.name, cli.args, cli.timeout_s, &done, &err) ||
	    (!done && facts_write(&cli, &err)))
		err_wrap(&err, "cannot calculate the agent's data");
	return cli_finish(&cli, &err);
}
