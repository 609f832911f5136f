/* SPDX-License-Identifier: MIT */
/* states - what checkService answers: the state of one service or of all. */
#include "cli/states.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "command/checks.h"
#include "service/listing.h"

#define ROUND_MS 500 /* between two looks of --wait-ok */

/* The services that are asked, and what they answered. */
struct states {
	struct cli *cli;
	struct hook_options options;
	char *const *ids;
	struct check *checks;
	bool *is_there;
	size_t n;
	bool is_shown; /* each state as soon as it is known */
	int width;     /* of the table on a terminal; 0 for none */
};

/* On a terminal a state is not shown twice, as what the hook printed and as the answer. */
static struct hook_options
hook_options(const struct cli *cli)
{
	struct hook_options options = CLI_HOOK(cli);

	options.shows_first = !cli->json && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	return options;
}

static void
print(const char *id, const char *state, int width)
{
	if (width)
		printf("%-*s  %s\n", width, id, state);
	else
		printf("%s\t%s\n", id, state);
}

static void
show(const struct states *s, size_t i)
{
	if (s->cli->json || !s->is_there[i])
		return;
	if (s->cli->n_args)
		puts(s->checks[i].state);
	else
		print(s->ids[i], s->checks[i].state, s->width);
	fflush(stdout);
}

static void
take(void *arg, size_t i, const struct check *check)
{
	struct states *s = arg;

	s->checks[i] = *check;
	s->is_there[i] = true;
	if (s->is_shown)
		show(s, i);
}

static size_t
count_others(const struct states *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->is_there[i] && !s->checks[i].running;
	return n;
}

/* Once; a service that is asked alone and cannot be is an error, but for a wait that goes on. */
static int
ask_once(struct states *s, bool is_last, struct err *e)
{
	const struct service_lock_request lock = CLI_LOCK_REQUEST(s->cli);
	const struct checks_request request = {&lock, &s->options, take, s};
	struct check check;
	int result;

	memset(s->is_there, 0, s->n * sizeof *s->is_there);
	if (!s->cli->n_args)
		return checks_run(&request, s->ids, s->n, e);
	result = check_service(s->ids[0], &lock, &s->options, &check, e);
	if (result && e->kind == ERR_BUSY && !is_last) {
		*e = ERR_INIT;
		result = 0;
	}
	/* A state too, for a caller that reads words, where there is a service. */
	if (!result || (e->kind != ERR_USAGE && e->kind != ERR_NO_SERVICE))
		take(s, 0, &check);
	return result;
}

/* Until all are OK, with --wait-ok; the last states are those that are shown. */
static int
ask(struct states *s, struct err *e)
{
	long long wait_ms = s->cli->wait_ok_s * 1000, ends_ms = clock_ms() + wait_ms;

	if (wait_ms)
		proc_hold_signals();
	for (;;) {
		bool is_last = clock_ms() >= ends_ms;

		s->is_shown = is_last;
		if (ask_once(s, is_last, e))
			return -1;
		if (is_last)
			return 0;
		if (!count_others(s))
			break;
		poll(NULL, 0, ROUND_MS);
		if (proc_interrupted(e))
			return -1;
	}
	for (size_t i = 0; i < s->n; i++)
		show(s, i);
	return 0;
}

static int
judge(const struct states *s, struct err *e)
{
	size_t others = count_others(s);

	if (!others || (!s->cli->require_ok && !s->cli->wait_ok_s))
		return 0;
	if (s->cli->n_args)
		return err_hook(e, 1, "it is not OK: %s", s->checks[0].state);
	return err_hook(e, 1, "%zu of %zu are not OK", others, s->n);
}

static int
answer_json(const struct states *s, int status, struct err *e)
{
	struct json json;

	cli_json(s->cli, &json, status);
	json_open(&json, "services", '[');
	for (size_t i = 0; i < s->n; i++) {
		if (!s->is_there[i])
			continue;
		json_open(&json, NULL, '{');
		json_text(&json, "service", s->ids[i]);
		json_text(&json, "state", s->checks[i].state);
		json_bool(&json, "running", s->checks[i].running);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return cli_answer_json(s->cli, &json, e);
}

static int
answer(struct states *s, struct err *e)
{
	struct err answering = ERR_INIT;
	int result;

	for (size_t i = 0; i < s->n && s->width; i++)
		if ((int)strlen(s->ids[i]) > s->width)
			s->width = (int)strlen(s->ids[i]);
	if (s->width && !s->cli->json)
		print("SERVICE", "STATE", s->width);
	if (ask(s, e))
		return -1;
	result = judge(s, e);
	if (s->cli->json && answer_json(s, err_status(e), &answering) && !result) {
		*e = answering;
		result = -1;
	}
	return result;
}

int
states_answer(struct cli *cli, struct err *e)
{
	struct states s = {.cli = cli, .options = hook_options(cli)};
	struct paths paths;
	char **ids = NULL;
	int result = -1;

	if (cli->n_args) {
		s.ids = cli->args;
		s.n = 1;
	} else {
		if (paths_load(&paths, e) || listing_read(&paths, &ids, &s.n, e))
			return -1;
		s.ids = ids;
		s.width = isatty(STDOUT_FILENO) ? (int)sizeof "SERVICE" - 1 : 0;
	}
	s.checks = calloc(s.n + 1, sizeof *s.checks);
	s.is_there = calloc(s.n + 1, sizeof *s.is_there);
	if (s.checks && s.is_there)
		result = answer(&s, e);
	else
		err_sys(e, "cannot get memory");
	free(s.is_there);
	free(s.checks);
	listing_free(ids, cli->n_args ? 0 : s.n);
	return result;
}
