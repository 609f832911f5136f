/* SPDX-License-Identifier: MIT */
/* verifyService - compare a service with its image; see verifyService(1). */
#include "cli/cli.h"
#include "cli/findings.h"

static const struct cli_spec spec = {
	.name = "verifyService",
	.args = "SERVICE_ID",
	.summary = "Print which installed files differ from the image that they came from.",
	.counts = CLI_ARGS(1),
	.options = CLI_JSON | CLI_STRICT,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (findings_answer(&cli, &err))
		err_wrap(&err, "service '%s'", cli.args[0]);
	return cli_finish(&cli, &err);
}
