/* SPDX-License-Identifier: MIT */
/* removeService - stop a service and take it away; see removeService(1). */
#include "cli/cli.h"
#include "cli/consent.h"
#include "command/remove.h"

static const struct cli_spec spec = {
	.name = "removeService",
	.args = "SERVICE_ID [SERVICE_ID]",
	.summary = "Stop a service, run its hook bin/enstratus-remove, and remove it.",
	.counts = CLI_ARGS(1) | CLI_ARGS(2),
	.options = CLI_REMOVE | CLI_GENERATION | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct remove_request request;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request = (struct remove_request){.service_id = cli.args[0],
					  .keep_data = cli.keep_data,
					  .purge = cli.purge,
					  .force = cli.force,
					  .lock = CLI_LOCK_REQUEST(&cli)};
	if (consent_given(&cli, &err) || remove_service(&request, &CLI_HOOK(&cli), &err))
		err_wrap(&err, "cannot remove service '%s'", cli.args[0]);
	return cli_finish(&cli, &err);
}
