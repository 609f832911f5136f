/* SPDX-License-Identifier: MIT */
/* installService - unpack a service image; see installService(1). */
#include <stdio.h>

#include "cli/cli.h"
#include "service/install.h"

static const struct cli_spec spec = {
	.name = "installService",
	.args = "SERVICE_ID CUSTOMER_ID USER_ID IMAGE",
	.summary = "Install a service: judge an image, unpack it, make it the service.",
	.counts = CLI_ARGS(4),
	.options = CLI_JSON | CLI_DRY_RUN | CLI_GENERATION,
};

static int
answer(struct cli *cli, const struct install_report *report, struct err *e)
{
	struct json json;

	if (!cli->json) {
		printf("Service is of type: %s.\n", report->type);
		return 0;
	}
	cli_json(cli, &json, 0);
	json_string(&json, "service", cli->args[0]);
	json_string(&json, "type", report->type);
	json_number(&json, "entries", (long long)report->n_entries);
	json_number(&json, "bytes", (long long)report->bytes);
	json_number(&json, "droppedModeBits", (long long)report->n_dropped_bits);
	json_bool(&json, "update", report->update);
	json_bool(&json, "dryRun", cli->dry_run);
	return cli_answer_json(cli, &json, e);
}

int
main(int argc, char **argv)
{
	struct install_report report;
	struct install_request request;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request = (struct install_request){.service_id = cli.args[0],
					   .customer_id = cli.args[1],
					   .user_id = cli.args[2],
					   .image = cli.args[3],
					   .dry_run = cli.dry_run,
					   .claim = CLI_CLAIM(&cli)};
	if (install_service(&request, &report, &err) == 0 && answer(&cli, &report, &err))
		err_wrap(&err, "installed '%s', but cannot say so", cli.args[0]);
	return cli_finish(&cli, &err);
}
