/* SPDX-License-Identifier: MIT */
/* provision - put a deployment on its hosts and keep it as it should be; see provision(1). */
#include "cli/cli.h"
#include "cli/verbs.h"

static const struct cli_spec spec = {
	.name = "provision",
	.args = "VERB [ARG...]",
	.summary = "Put a deployment on its hosts, and scale, change, recover and end it.",
	.counts = CLI_ARGS_ANY,
	.options = CLI_JSON | CLI_DEPLOY,
	.permute = true,
	.timeout_help = "accepted and without use: each service has its own",
	.wait_help = "how long to wait for another operator (as long as it takes)",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (!cli.args[0])
		err_set(&err, ERR_USAGE,
			"no verb is given: check, plan, up, status, events, scale, recover, "
			"change, vote, watch, backup, down, simulate, trust or ssh");
	else if (verbs_run(&cli, &err))
		err_wrap(&err, "%s", cli.args[0]);
	return cli_finish(&cli, &err);
}
