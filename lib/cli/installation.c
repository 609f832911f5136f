/* SPDX-License-Identifier: MIT */
/* installation - what installService and rollbackService share: options in, the answer out. */
#include "cli/installation.h"

#include <stdio.h>

#include "base/log.h"
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
					.prune = cli->prune,
					.lock = CLI_LOCK_REQUEST(cli)};
}

static void
add_counts(const struct cli *cli, struct json *json, const struct install_report *report)
{
	const struct install_counts *counts = &report->counts;

	if (cli->dry_run && report->update) {
		json_number(json, "added", (long long)counts->n_added);
		json_number(json, "replaced", (long long)counts->n_replaced);
		json_number(json, "unchanged", (long long)counts->n_unchanged);
		json_number(json, "kept", (long long)counts->n_kept);
		json_number(json, "removed", (long long)counts->n_removed);
		json_number(json, "ownersChanged", (long long)counts->n_owners);
	}
	if (cli->prune) {
		json_number(json, "pruned", (long long)report->n_pruned);
		json_number(json, "changed", (long long)report->n_changed);
	}
}

/* One line of counts; each path is told of before, with --verbose. */
static void
tell_counts(const struct cli *cli, const struct install_report *report)
{
	const struct install_counts *counts = &report->counts;
	char pruned[96] = "";

	if (!report->update || (!cli->dry_run && !cli->prune))
		return;
	if (cli->prune)
		snprintf(pruned, sizeof pruned, "%zu pruned, %zu changed and kept",
			 report->n_pruned, report->n_changed);
	if (cli->dry_run)
		log_note("the update: %zu added, %zu replaced, %zu unchanged, %zu kept, "
			 "%zu removed, %zu owners changed%s%s",
			 counts->n_added, counts->n_replaced, counts->n_unchanged, counts->n_kept,
			 counts->n_removed, counts->n_owners, pruned[0] ? ", " : "", pruned);
	else
		log_note("the update: %s", pruned);
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
	add_counts(cli, &json, report);
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
	tell_counts(cli, report);
	if (cli->json && answer(cli, report, e))
		return err_wrap(e, "installed '%s', but cannot say so", cli->args[0]);
	return 0;
}
