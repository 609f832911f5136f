/* SPDX-License-Identifier: MIT */
/* serviceHistory - a service's runs; see serviceHistory(1). */
#include "cli/cli.h"
#include "cli/records.h"

static const struct cli_spec spec = {
	.name = "serviceHistory",
	.args = "SERVICE_ID",
	.summary = "Tell what was done with a service, one run a line.",
	.counts = CLI_ARGS(1),
	.options = CLI_JSON | CLI_HISTORY,
	.permute = true,
	.timeout_help = "accepted and without use",
	.wait_help = "how long to wait for the end of --run (0)",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (records_answer(&cli, &err))
		err_wrap(&err, "cannot tell the history of '%s'", cli.args[0]);
	return cli_finish(&cli, &err);
}
