/* SPDX-License-Identifier: MIT */
/* rollbackService - install an earlier image again; see rollbackService(1). */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/installation.h"

static const struct cli_spec spec = {
	.name = "rollbackService",
	.args = "SERVICE_ID [DIGEST]",
	.summary = "Install an image that is still kept: the one before, or that of a digest.",
	.counts = CLI_ARGS(1) | CLI_ARGS(2),
	.options = CLI_JSON | CLI_DRY_RUN | CLI_GENERATION | CLI_REPLACE,
};

int
main(int argc, char **argv)
{
	struct install_report report;
	struct install_request request;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request = installation_request(&cli);
	request.kept = cli.args[1];
	if (installation_run(&cli, &request, &report, &err) == 0 && !cli.json)
		printf("%s\n", report.digest);
	return cli_finish(&cli, &err);
}
