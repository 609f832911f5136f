/* SPDX-License-Identifier: MIT */
/* startProxy - let a balancer send clients to a server; see startProxy(1). */
#include "cli/cli.h"
#include "command/proxy.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "startProxy",
	.args = "SERVICE PRIMARY_NAME SECONDARY_NAMES LOCAL_ADDRESS REMOTE_ADDRESS "
		"REMOTE_PORT [CERT KEY [CHAIN]]",
	.summary = "Let the balancer of this server send clients of a service to another server.",
	.counts = CLI_ARGS(6) | CLI_ARGS(8) | CLI_ARGS(9),
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
