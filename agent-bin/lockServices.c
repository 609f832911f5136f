/* SPDX-License-Identifier: MIT */
/* lockServices - hold all services still for a snapshot; see lockServices(1). */
#include "base/text.h"
#include "cli/cli.h"
#include "command/lock.h"

static const struct cli_spec spec = {
	.name = "lockServices",
	.args = "SERVICES_DIR TIMEOUT_MS LOCK_FILE",
	.summary = "Hold all services still, by their hooks bin/enstratus-lock, until told UNLOCK.",
	.counts = CLI_ARGS(3),
};

int
main(int argc, char **argv)
{
	struct lock_request request;
	struct err err = ERR_INIT;
	long long timeout_ms;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (!text_number("TIMEOUT_MS", cli.args[1], 0, 86400 * 1000, &timeout_ms, &err)) {
		request = (struct lock_request){.services_dir = cli.args[0],
						.lock_file = cli.args[2],
						.timeout_ms = timeout_ms < LOCK_TIMEOUT_MIN_MS
								      ? LOCK_TIMEOUT_MIN_MS
								      : (int)timeout_ms,
						.lock = CLI_LOCK_REQUEST(&cli)};
		if (lock_services(&request, &err))
			err_wrap(&err, "cannot lock the services");
	}
	return cli_finish(&cli, &err);
}
