/* SPDX-License-Identifier: MIT */
/* esboot - start or stop every service, with the server; see esboot(1). */
#include <string.h>

#include "cli/cli.h"
#include "command/every.h"

static const struct cli_spec spec = {
	.name = "esboot",
	.args = "start|stop",
	.summary = "Start or stop every service, in name order, as at boot and shutdown.",
	.counts = CLI_ARGS(1),
};

int
main(int argc, char **argv)
{
	const struct hook *hook = NULL;
	struct err err = ERR_INIT;
	struct every every;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (strcmp(cli.args[0], "start") == 0)
		hook = &HOOK_START;
	else if (strcmp(cli.args[0], "stop") == 0)
		hook = &HOOK_STOP;
	if (!hook)
		err_set(&err, ERR_USAGE, "'%.40s' is neither start nor stop", cli.args[0]);
	else if (!every_run(hook, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &every, &err) &&
		 every.n_failed)
		err_hook(&err, every.status, "%zu of the services could not %s", every.n_failed,
			 cli.args[0]);
	return cli_finish(&cli, &err);
}
