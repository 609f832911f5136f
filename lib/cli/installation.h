/* SPDX-License-Identifier: MIT */
/* installation - what installService and rollbackService share: options in, the answer out. */
#ifndef CLI_INSTALLATION_H
#define CLI_INSTALLATION_H

#include "base/err.h"
#include "cli/cli.h"
#include "command/install.h"

/* installation_request - what the options say; the first argument is the service's id. */
struct install_request installation_request(const struct cli *cli);

/*
 * installation_run - install and, with --json, answer.
 *
 * Fails:   as install_service; ERR_IO when the answer cannot be written.
 */
int installation_run(struct cli *cli, struct install_request *request,
		     struct install_report *report, struct err *e)
	__attribute__((warn_unused_result));

#endif
