/* SPDX-License-Identifier: MIT */
/* records - what serviceHistory answers: what was done with a service. */
#include "cli/records.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/runs.h"
#include "cli/table.h"
#include "service/history.h"
#include "service/metadata.h"
#include "service/token.h"

#define ROUND_MS 100 /* between two looks of --wait */
#define COLUMNS 8

static const int widths[COLUMNS] = {0, 10, 26, 9, 11, 10, SERVICE_RUN_ID_LEN, 0};

struct telling {
	const char *run_id; /* of the runs to tell of; NULL for all */
	struct json *json;  /* NULL for lines */
	int width;	    /* of the first column; 0 without a terminal */
	size_t n;	    /* runs that are told of, and of these the running ones */
	size_t n_running;
};

static void
print_run(const struct history_run *run, int width)
{
	char started[RUNS_TIME_BYTES], seconds[24] = "-", status[16];

	runs_format_time(started, run->started);
	if (run->state != HISTORY_INTERRUPTED)
		snprintf(seconds, sizeof seconds, "%lld.%03lld", run->duration_ms / 1000,
			 run->duration_ms % 1000);
	snprintf(status, sizeof status, "%d", run->status);
	table_print(
		(const char *const[]){
			started, token_word(run->event), token_word(run->hook), seconds,
			run->state == HISTORY_ENDED ? status : runs_state(run->state),
			token_word(run->ended), token_word(run->run_id), token_word(run->changed)},
		widths, COLUMNS, width);
}

static bool
is_meant(const struct telling *t, const struct history_run *run)
{
	return !t->run_id || strcmp(t->run_id, run->run_id) == 0;
}

static int
count(void *arg, const struct history_run *run, struct err *e)
{
	struct telling *t = arg;

	(void)e;
	if (is_meant(t, run)) {
		t->n++;
		t->n_running += run->state == HISTORY_RUNNING;
	}
	return 0;
}

static int
tell(void *arg, const struct history_run *run, struct err *e)
{
	const struct telling *t = arg;

	(void)e;
	if (!is_meant(t, run))
		return 0;
	if (t->json)
		runs_add(t->json, NULL, run);
	else
		print_run(run, t->width);
	return 0;
}

/* The metadata directory of a service, be the service there or not. */
static int
open_metadata(const char *id, struct err *e)
{
	char path[PATH_MAX];
	struct paths paths;
	int fd;

	if (text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e) || paths_load(&paths, e))
		return -1;
	snprintf(path, sizeof path, "%s/" METADATA_DIRECTORY "/%s", paths.services, id);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "the agent knows nothing of a service '%s'", id);
	return fd < 0 ? err_sys(e, "cannot open '%s'", path) : fd;
}

/* Until the run that is asked for has ended, or as long as --wait says. */
static int
find_run(struct telling *t, const struct cli *cli, int meta_fd, struct err *e)
{
	long long ends_ms = clock_ms() + cli->wait_s * 1000LL;

	for (;;) {
		t->n = t->n_running = 0;
		if (history_read(meta_fd, count, t, e))
			return -1;
		if (!t->n)
			return err_set(e, ERR_NO_SERVICE,
				       "service '%s' has no run '%.64s' (serviceHistory %s lists "
				       "all)",
				       cli->args[0], t->run_id, cli->args[0]);
		if (!t->n_running || clock_ms() >= ends_ms)
			return 0;
		poll(NULL, 0, ROUND_MS);
	}
}

static int
tell_json(const struct telling *t, struct cli *cli, int meta_fd, struct err *e)
{
	struct telling own = *t;
	struct json json;
	int result;

	cli_json(cli, &json, 0);
	json_text(&json, "service", cli->args[0]);
	json_open(&json, "runs", '[');
	own.json = &json;
	result = history_read(meta_fd, tell, &own, e);
	json_close(&json, ']');
	if (!result)
		return cli_answer_json(cli, &json, e);
	json_free(&json);
	return -1;
}

int
records_answer(struct cli *cli, struct err *e)
{
	struct telling telling = {.run_id = cli->run,
				  .width = isatty(STDOUT_FILENO) ? RUNS_TIME_BYTES - 1 : 0};
	int result = -1, fd = open_metadata(cli->args[0], e);

	if (fd < 0)
		return -1;
	if (cli->run && find_run(&telling, cli, fd, e))
		goto out;
	if (cli->json) {
		result = tell_json(&telling, cli, fd, e);
		goto out;
	}
	if (telling.width)
		table_print((const char *const[]){"STARTED", "EVENT", "HOOK", "SECONDS", "STATUS",
						  "KILLED", "RUN", "CHANGED"},
			    widths, COLUMNS, telling.width);
	result = history_read(fd, tell, &telling, e);
out:
	fd_close(&fd);
	return result;
}
