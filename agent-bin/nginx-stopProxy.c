/* SPDX-License-Identifier: MIT */
/* nginx-stopProxy - let nginx send clients to a server no more; see nginx-stopProxy(1). */
#include "cli/cli.h"
#include "proxy/change.h"

static const struct cli_spec spec = {
	.name = "nginx-stopProxy",
	.args = "REMOTE_ADDRESS",
	.summary = "Let nginx send clients to a server no more.",
	.counts = CLI_ARGS(1),
	.wait_help = "how long beyond 10 s to wait for another change (0)",
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (change_remove(&BALANCER_NGINX, cli.args[0], CHANGE_WAIT_MS + cli.wait_s * 1000, &err))
		err_wrap(&err, "cannot change nginx");
	return cli_finish(&cli, &err);
}
