/* SPDX-License-Identifier: MIT */
/* installService - unpack a service image; see installService(1). */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/installation.h"

static const struct cli_spec spec = {
	.name = "installService",
	.args = "SERVICE_ID CUSTOMER_ID USER_ID IMAGE",
	.summary = "Install a service: judge an image, unpack it, make it the service.",
	.counts = CLI_ARGS(4),
	.options = CLI_JSON | CLI_DRY_RUN | CLI_GENERATION | CLI_TRUST | CLI_DOWNLOAD | CLI_REPLACE,
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
	request.customer_id = cli.args[1];
	request.user_id = cli.args[2];
	request.image = cli.args[3];
	if (installation_run(&cli, &request, &report, &err) == 0 && !cli.json)
		printf("Service is of type: %s.\n", report.type);
	return cli_finish(&cli, &err);
}
