/* SPDX-License-Identifier: MIT */
/* stopProxy - let a balancer send no more clients to a server; see stopProxy(1). */
#include "cli/cli.h"
#include "command/proxy.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "stopProxy",
	.args = "REMOTE_ADDRESS",
	.summary = "Let the balancer of this server send clients to a server no more.",
	.counts = CLI_ARGS(1),
	.timeout_help = "time limit of the balancer's program",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (override_before(spec.name, cli.args, cli.timeout_s, &done, &err) ||
	    (!done && proxy_run(spec.name, cli.args, cli.timeout_s, &err)) ||
	    override_after(spec.name, cli.args, cli.timeout_s, &err))
		err_wrap(&err, "cannot change the balancer");
	return cli_finish(&cli, &err);
}
