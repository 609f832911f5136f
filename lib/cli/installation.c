/* SPDX-License-Identifier: MIT */
/* installation - what installService and rollbackService share: options in, the answer out. */
#include "cli/installation.h"

#include "cli/progress.h"

struct install_request
installation_request(const struct cli *cli)
{
	return (struct install_request){.service_id = cli->args[0],
					.sha256 = cli->sha256,
					.signature = cli->signature,
					.ca_file = cli->ca_file,
					.pinned_key = cli->pinned_key,
					.dry_run = cli->dry_run,
					.replace = cli->replace,
					.claim = CLI_CLAIM(cli)};
}

static int
answer(struct cli *cli, const struct install_report *report, struct err *e)
{
	struct json json;

	cli_json(cli, &json, 0);
	json_text(&json, "service", cli->args[0]);
	json_text(&json, "type", report->type);
	json_text(&json, "digest", report->digest);
	if (report->version[0])
		json_text(&json, "version", report->version);
	if (report->comment[0])
		json_text(&json, "signature", report->comment);
	json_number(&json, "entries", (long long)report->n_entries);
	json_number(&json, "bytes", (long long)report->bytes);
	json_number(&json, "droppedModeBits", (long long)report->n_dropped_bits);
	json_bool(&json, "update", report->update);
	json_bool(&json, "dryRun", cli->dry_run);
	return cli_answer_json(cli, &json, e);
}

/* In the download's thread, and in no other. */
static void
show(void *arg, uint64_t done, uint64_t total)
{
	progress_update(arg, "fetch", (long long)done, (long long)total);
}

int
installation_run(struct cli *cli, struct install_request *request, struct install_report *report,
		 struct err *e)
{
	struct progress progress = PROGRESS_INIT;
	int result;

	progress_start(&progress, cli->progress, cli->quiet);
	request->progress = show;
	request->progress_arg = &progress;
	result = install_service(request, report, e);
	request->progress_arg = NULL;
	progress_end(&progress);
	if (result)
		return -1;
	if (cli->json && answer(cli, report, e))
		return err_wrap(e, "installed '%s', but cannot say so", cli->args[0]);
	return 0;
}
