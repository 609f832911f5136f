/* SPDX-License-Identifier: MIT */
/* grantDatabaseAccess - run a database's grant hook; see grantDatabaseAccess(1). */
#include "cli/cli.h"
#include "command/database.h"

static const struct cli_spec spec = {
	.name = "grantDatabaseAccess",
	.args = "SERVICE_ID CONFIG_FILE",
	.summary = "Let clients into a service's database: run its hook bin/enstratus-dbgrant.",
	.counts = CLI_ARGS(2),
	.options = CLI_GENERATION | CLI_SEALED | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct database_request request = {.hook = &HOOK_GRANT};
	struct service svc = SERVICE_INIT;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request.config = (struct inputs_config){.path = cli.args[1], .is_sealed = cli.sealed};
	if (service_open(&svc, cli.args[0], &err) ||
	    database_run(&svc, &request, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &err))
		err_wrap(&err, "cannot grant access to the database of service '%s'", cli.args[0]);
	service_close(&svc);
	return cli_finish(&cli, &err);
}
