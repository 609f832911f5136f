/* SPDX-License-Identifier: MIT */
/* enstratusCfg - answer a hook's questions about its configuration; see enstratusCfg(1). */
#include "cli/cli.h"
#include "cli/questions.h"

static const struct cli_spec spec = {
	.name = "enstratusCfg",
	.args = "get KEY | keys [PREFIX] | list KEY | shell [PREFIX] | json | render TEMPLATE",
	.summary = "Read an enstratus.cfg, cfg/enstratus.cfg unless --config names another.",
	.counts = CLI_ARGS(1) | CLI_ARGS(2),
	.options = CLI_CONFIG | CLI_FALLBACK,
	.permute = true,
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (questions_answer(&cli, &err))
		err_wrap(&err, "cannot answer");
	return cli_finish(&cli, &err);
}
