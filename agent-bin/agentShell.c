/* SPDX-License-Identifier: MIT */
/* agentShell - the forced command of a provisioning server's ssh key; see agentShell(1). */
#include "cli/cli.h"
#include "cli/sshcommand.h"

static const struct cli_spec spec = {
	.name = "agentShell",
	.args = "[KEY_NAME]",
	.summary = "Run the one program of the agent that an ssh client asks for, if it may.",
	.counts = CLI_ARGS(0) | CLI_ARGS(1),
	.options = CLI_DOOR,
	.timeout_help = "accepted and without use: the client says it",
	.wait_help = "accepted and without use: the client says it",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (sshcommand_run(&(struct sshcommand_rules){.verbs = cli.verbs, .services = cli.services},
			   cli.args[0], &err))
		err_wrap(&err, "cannot let a request in");
	return cli_finish(&cli, &err);
}
