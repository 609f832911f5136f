/* SPDX-License-Identifier: MIT */
/* backupDataSource - back a data source up to a file; see backupDataSource(1). */
#include "cli/cli.h"
#include "command/database.h"

static const struct cli_spec spec = {
	.name = "backupDataSource",
	.args = "SERVICE_ID DATA_SOURCE CONFIG_FILE FILE",
	.summary = "Back a data source up: run the hook bin/enstratus-backupDataSource.",
	.counts = CLI_ARGS(4),
	.options = CLI_GENERATION | CLI_SEALED | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct database_request request = {.hook = &HOOK_BACKUP_DATA};
	struct service svc = SERVICE_INIT;
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request.config = (struct inputs_config){.path = cli.args[2], .is_sealed = cli.sealed};
	request.data_source = cli.args[1];
	request.backup = cli.args[3];
	if (service_open(&svc, cli.args[0], &err) ||
	    database_run(&svc, &request, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &err))
		err_wrap(&err, "cannot back up a data source of service '%s'", cli.args[0]);
	service_close(&svc);
	return cli_finish(&cli, &err);
}
