/* SPDX-License-Identifier: MIT */
/* cli - how every program starts, and how it ends: its error line and its exit status. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "base/json.h"
#include "cli/options.h"

/* What the options say to service_lock, hook_run and fetch; cli is a pointer. */
#define CLI_LOCK_REQUEST(cli)                                           \
	((struct service_lock_request){.command = (cli)->spec->name,    \
				       .wait_ms = (cli)->wait_s * 1000, \
				       .generation = (cli)->generation, \
				       .run_id = (cli)->run})
#define CLI_HOOK(cli)                                         \
	((struct hook_options){.timeout_s = (cli)->timeout_s, \
			       .abort_on_hangup = (cli)->abort_on_hangup})
#define CLI_FETCH(cli)                                                        \
	((struct fetch_request){.url = (cli)->args[0],                        \
				.user_agent = "enstratus-agent/" CLI_VERSION, \
				.ca_file = (cli)->ca_file,                    \
				.pinned_key = (cli)->pinned_key,              \
				.max_bytes = (cli)->max_bytes,                \
				.tail_bytes = (cli)->tail_bytes,              \
				.retries = (cli)->retries,                    \
				.stall_s = (cli)->stall_timeout_s,            \
				.timeout_s = (cli)->timeout_s})

/*
 * cli_start - the first call of every main.
 *
 * Descriptors 0-2 are open after it and no others but handed ones, umask is 077, SIGPIPE and SIGHUP
 * are ignored, core dumps are off, the log is open.  Ends the process for --help, --version and
 * wrong usage; nothing else in the library does that.
 */
void cli_start(struct cli *cli, const struct cli_spec *spec, int argc, char **argv);

/* cli_json - begin the document of --json: schema, command and status. */
void cli_json(const struct cli *cli, struct json *json, int status);

/* cli_answer_json - end it and print it; json is released. */
int cli_answer_json(struct cli *cli, struct json *json, struct err *e)
	__attribute__((warn_unused_result));

/*
 * cli_finish - the last call of every main: flush, say the error in one line, return the status.
 *
 * With --json an error is a document on standard output as well.
 */
int cli_finish(struct cli *cli, struct err *e);

#endif
