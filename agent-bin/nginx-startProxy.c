/* SPDX-License-Identifier: MIT */
/* nginx-startProxy - let nginx send clients of a service to a server; see nginx-startProxy(1). */
#include "cli/cli.h"
#include "proxy/change.h"

static const struct cli_spec spec = {
	.name = "nginx-startProxy",
	.args = "SERVICE PRIMARY_NAME SECONDARY_NAMES LOCAL_ADDRESS REMOTE_ADDRESS "
		"REMOTE_PORT [CERT KEY [CHAIN]]",
	.summary = "Let nginx send clients of a service to a server.",
	.counts = CLI_ARGS(6) | CLI_ARGS(8) | CLI_ARGS(9),
	.wait_help = "how long beyond 10 s to wait for another change (0)",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (change_add(&BALANCER_NGINX, cli.args, cli.n_args, CHANGE_WAIT_MS + cli.wait_s * 1000,
		       &err))
		err_wrap(&err, "cannot change nginx");
	return cli_finish(&cli, &err);
}
