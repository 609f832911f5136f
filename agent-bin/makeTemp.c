/* SPDX-License-Identifier: MIT */
/* makeTemp - make the agent's temp directory; see makeTemp(1). */
#include "cli/cli.h"
#include "host/paths.h"

static const struct cli_spec spec = {
	.name = "makeTemp",
	.args = "",
	.summary = "Make the agent's temp directory, 0770; one that is there keeps its mode.",
	.counts = CLI_ARGS(0),
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct paths paths;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (paths_load(&paths, &err) == 0 && paths_make_tmp(&paths, NULL, &err))
		err_wrap(&err, "cannot make the temp directory");
	return cli_finish(&cli, &err);
}
