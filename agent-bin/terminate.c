/* SPDX-License-Identifier: MIT */
/* terminate - stop every service, before the server goes; see terminate(1). */
#include "cli/cli.h"
#include "command/every.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "terminate",
	.args = "",
	.summary = "Stop every service, in name order, whatever becomes of each.",
	.counts = CLI_ARGS(0),
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct every every;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (override_before(spec.name, cli.args, 0, &done, &err) ||
	    every_run(&HOOK_STOP, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &every, &err))
		err_wrap(&err, "cannot stop the services");
	return cli_finish(&cli, &err);
}
