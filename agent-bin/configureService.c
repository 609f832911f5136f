/* SPDX-License-Identifier: MIT */
/* configureService - hand a service its configuration and wipe it; see configureService(1). */
#include "cli/audit.h"
#include "cli/cli.h"
#include "command/configure.h"

static const struct cli_spec spec = {
	.name = "configureService",
	.args = "USER_ID CUSTOMER_ID SERVICE_ID [SSL_ADDRESS CERT KEY [CHAIN]]",
	.summary = "Configure a service: run its hook bin/enstratus-configure on an enstratus.cfg.",
	.counts = CLI_ARGS(3) | CLI_ARGS(6) | CLI_ARGS(7),
	.wrong_count = ERR_COUNT,
	.options = CLI_AUDIT | CLI_JSON | CLI_CONFIG | CLI_GENERATION | CLI_IF_CHANGED |
		   CLI_SEALED | CLI_ON_HANGUP,
};

int
main(int argc, char **argv)
{
	struct service svc = SERVICE_INIT;
	struct configure_report report = CONFIGURE_REPORT_INIT;
	struct err err = ERR_INIT, answering = ERR_INIT;
	struct configure_request request = {.user_id = NULL};
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	request.user_id = cli.args[0];
	request.customer_id = cli.args[1];
	request.config = (struct inputs_config){.path = cli.config, .is_sealed = cli.sealed};
	request.if_changed = cli.if_changed;
	if (cli.n_args > 3)
		request.ssl_address = cli.args[3];
	for (int i = 0; i + 4 < cli.n_args; i++)
		request.ssl_files[i] = cli.args[i + 4];
	if (service_open(&svc, cli.args[2], &err) ||
	    configure_service(&svc, &request, &CLI_LOCK_REQUEST(&cli), &CLI_HOOK(&cli), &report,
			      &err))
		err_wrap(&err, "cannot configure service '%s'", cli.args[2]);
	service_close(&svc);
	if (audit_answer(&cli, &report, &err, &answering) && !err.kind)
		err = answering;
	configure_report_free(&report);
	return cli_finish(&cli, &err);
}
