/* SPDX-License-Identifier: MIT */
/* runs - a run of a hook, as a JSON document tells of it. */
#include "cli/runs.h"

#include <stdio.h>
#include <time.h>

void
runs_format_time(char text[static RUNS_TIME_BYTES], long long seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds <= 0 || !gmtime_r(&t, &tm) || tm.tm_year > 8000)
		snprintf(text, RUNS_TIME_BYTES, "-");
	else
		strftime(text, RUNS_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

const char *
runs_state(enum history_state state)
{
	return state == HISTORY_RUNNING ? "running"
	       : state == HISTORY_ENDED ? "ended"
					: "interrupted";
}

void
runs_add(struct json *json, const char *name, const struct history_run *run)
{
	char started[RUNS_TIME_BYTES];

	runs_format_time(started, run->started);
	json_open(json, name, '{');
	json_text(json, "started", started);
	json_text(json, "event", run->event);
	json_text(json, "hook", run->hook);
	json_text(json, "run", run->run_id);
	json_text(json, "state", runs_state(run->state));
	/* How one ended that was interrupted, and when, nobody knows. */
	if (run->state != HISTORY_INTERRUPTED)
		json_number(json, "durationMs", run->duration_ms);
	if (run->state == HISTORY_ENDED)
		json_number(json, "status", run->status);
	json_text(json, "ended", run->ended);
	json_text(json, "changed", run->changed);
	json_close(json, '}');
}

void
runs_answer(struct cli *cli, const char *id, const struct hook_outcome *outcome, struct err *e)
{
	struct err answering = ERR_INIT;
	struct json json;

	if (!cli->json)
		return;
	cli_json(cli, &json, err_status(e));
	json_text(&json, "service", id);
	if (e->kind)
		json_text(&json, "error", e->msg);
	if (outcome->run.hook[0])
		runs_add(&json, "hook", &outcome->run);
	if (cli_answer_json(cli, &json, &answering) && !e->kind)
		*e = answering;
}
