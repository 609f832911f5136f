/* SPDX-License-Identifier: MIT */
/* startService - run a service's start hook; see startService(1). */
#include "cli/cli.h"
#include "cli/runs.h"
#include "hook/run.h"

static const struct cli_spec spec = {
	.name = "startService",
	.args = "SERVICE_ID",
	.summary = "Start a service: run its hook bin/enstratus-start.",
	.counts = CLI_ARGS(1),
	.options = CLI_JSON | CLI_GENERATION | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct service svc = SERVICE_INIT;
	struct err err = ERR_INIT;
	struct hook_outcome outcome = HOOK_OUTCOME_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	if (hook_open(&svc, cli.args[0], &CLI_LOCK_REQUEST(&cli), &err) ||
	    hook_run(&svc, &HOOK_START, (const char *const[]){svc.id, NULL}, &CLI_HOOK(&cli),
		     &outcome, &err))
		err_wrap(&err, "cannot start service '%s'", cli.args[0]);
	runs_answer(&cli, cli.args[0], &outcome, &err);
	service_close(&svc);
	return cli_finish(&cli, &err);
}
