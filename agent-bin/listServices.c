/* SPDX-License-Identifier: MIT */
/* listServices - how all services stand; see listServices(1). */
#include "cli/cli.h"
#include "cli/list.h"

static const struct cli_spec spec = {
	.name = "listServices",
	.args = "[SERVICE_ID]",
	.summary = "Tell how each service stands, by what the agent remembers.",
	.counts = CLI_ARGS(0) | CLI_ARGS(1),
	.options = CLI_JSON | CLI_LIST,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (list_answer(&cli, &err))
		err_wrap(&err, "cannot list the services");
	return cli_finish(&cli, &err);
}
