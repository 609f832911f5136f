/* SPDX-License-Identifier: MIT */
/* installDataSource - load a data source into a database; see installDataSource(1). */
#include "cli/cli.h"
#include "command/database.h"

static const struct cli_spec spec = {
	.name = "installDataSource",
	.args = "SERVICE_ID CONFIG_FILE IMAGE_FILE",
	.summary = "Load a data source into a database: run the hook bin/enstratus-installds.",
	.counts = CLI_ARGS(3),
	.options = CLI_GENERATION | CLI_SEALED | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct database_request request = {.hook = &HOOK_INSTALL_DATA};
	struct service svc = SERVICE_INIT;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request.config = (struct inputs_config){.path = cli.args[1], .is_sealed = cli.sealed};
	request.image = cli.args[2];
	if (service_open(&svc, cli.args[0], &err) ||
	    database_run(&svc, &request, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &err))
		err_wrap(&err, "cannot install a data source of service '%s'", cli.args[0]);
	service_close(&svc);
	return cli_finish(&cli, &err);
}
