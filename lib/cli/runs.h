/* SPDX-License-Identifier: MIT */
/* runs - a run of a hook, as a JSON document tells of it. */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include "base/err.h"
#include "base/json.h"
#include "cli/cli.h"
#include "hook/run.h"
#include "service/history.h"

/* runs_format_time - a moment in seconds since 1970, as UTC; "-" for none. */
#define RUNS_TIME_BYTES sizeof "2026-11-27T01:02:03Z"
void runs_format_time(char text[static RUNS_TIME_BYTES], long long seconds);

/* runs_state - the word for it: "ended", "running" or "interrupted". */
const char *runs_state(enum history_state state);

/* runs_add - add an object of that name, NULL within a list: the fields of serviceHistory(1). */
void runs_add(struct json *json, const char *name, const struct history_run *run);

/*
 * runs_answer - with --json, what became of the hook of a service, also where it failed.
 *
 * e  of the command: told in the document; the answer's own where that is the first error
 */
void runs_answer(struct cli *cli, const char *id, const struct hook_outcome *outcome,
		 struct err *e);

#endif
