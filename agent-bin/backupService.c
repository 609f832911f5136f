/* SPDX-License-Identifier: MIT */
/* backupService - back a service up to a file; see backupService(1). */
#include "cli/cli.h"
#include "command/archive.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "backupService",
	.args = "SERVICE_ID FILE",
	.summary = "Back a service up: run its hook bin/enstratus-backupService, or zip it.",
	.counts = CLI_ARGS(2),
	.options = CLI_GENERATION | CLI_ON_HANGUP,
};

static int
back_up(const struct cli *cli, struct err *e)
{
	struct service svc = SERVICE_INIT;
	int result = -1;

	if (!hook_open(&svc, cli->args[0], &CLI_LOCK_REQUEST(cli), e))
		result = archive_service(&svc, cli->args[1], &CLI_HOOK(cli), e);
	service_close(&svc);
	return result;
}

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (override_before(spec.name, cli.args, cli.timeout_s, &done, &err) ||
	    (!done && back_up(&cli, &err)) ||
	    override_after(spec.name, cli.args, cli.timeout_s, &err))
		err_wrap(&err, "cannot back up service '%s'", cli.args[0]);
	return cli_finish(&cli, &err);
}
