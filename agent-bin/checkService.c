/* SPDX-License-Identifier: MIT */
/* checkService - print the state of a service, or of all; see checkService(1). */
#include "cli/cli.h"
#include "cli/states.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "checkService",
	.args = "[SERVICE_ID]",
	.summary =
		"Print the state of a service, by its hook bin/enstratus-check, or of every one.",
	.counts = CLI_ARGS(0) | CLI_ARGS(1),
	.options = CLI_JSON | CLI_CHECK,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (override_before(spec.name, cli.args, cli.timeout_s, &done, &err) ||
	    (!done && states_answer(&cli, &err)))
		err_wrap(&err, "cannot check %s", cli.n_args ? cli.args[0] : "the services");
	return cli_finish(&cli, &err);
}
