/* SPDX-License-Identifier: MIT */
/* fetchImage - download a service image; see fetchImage(1). */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "base/proc.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cluster/fetch.h"

static const struct cli_spec spec = {
	.name = "fetchImage",
	.args = "URL [FILE]",
	.summary = "Download a service image: to FILE, or into descriptors that are handed over.",
	.counts = CLI_ARGS(1) | CLI_ARGS(2),
	.options = CLI_DOWNLOAD | CLI_RETRY,
	.n_handed = 2,
	.timeout_help = "time limit of the whole download (no limit)",
	.wait_help = "how long to wait for another run of the same FILE (0)",
};

/* To standard output for a caller that follows, else to a person. */
static int
report(void *progress, const struct receiver_event *event, struct err *e)
{
	if (progress) {
		progress_update(progress, "fetch", event->received, event->size);
		return 0;
	}
	printf("%s %lld\n", event->word, event->number);
	return fflush(stdout) ? err_set(e, ERR_IO, "cannot write to standard output") : 0;
}

int
main(int argc, char **argv)
{
	struct part part = PART_INIT;
	struct fetch_request request;
	struct err err = ERR_INIT;
	struct progress progress = PROGRESS_INIT;
	struct cli cli;

	cli_start(&cli, &spec, argc, argv);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN); /* a file over its limit is an error like any other */
	proc_hold_signals();
	request = CLI_FETCH(&cli);
	request.reader_fd = cli.args[1] ? -1 : fileno(stdout);
	request.event = report;
	request.event_arg = cli.args[1] ? &progress : NULL;
	progress_start(&progress, cli.args[1] ? cli.progress : CLI_PROGRESS_NONE, cli.quiet);
	if (fetch_judge(&request, &err) == 0 &&
	    part_open(&part, cli.args[1], cli.wait_s * 1000, &err) == 0 &&
	    fetch(&request, &part, &err) == 0 && part_finish(&part, &err))
		err_wrap(&err, "cannot keep what was fetched");
	part_close(&part);
	progress_end(&progress);
	return cli_finish(&cli, &err);
}
