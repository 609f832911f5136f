/* SPDX-License-Identifier: MIT */
/* states - what checkService answers: the state of one service or of all. */
#include "cli/states.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "command/check.h"
#include "service/listing.h"
#include "service/service.h"

static void
add_json(struct json *json, const char *id, const struct check *check)
{
	json_open(json, NULL, '{');
	json_text(json, "service", id);
	json_text(json, "state", check->state);
	json_bool(json, "running", check->running);
	json_close(json, '}');
}

/* On a terminal a state is not shown twice, as what the hook printed and as the answer. */
static struct hook_options
hook_options(const struct cli *cli)
{
	struct hook_options options = CLI_HOOK(cli);

	options.shows_first = !cli->json && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	return options;
}

static int
answer_one(struct cli *cli, struct err *e)
{
	struct hook_options options = hook_options(cli);
	struct check check;
	struct json json;

	if (check_service(cli->args[0], &CLI_CLAIM(cli), &options, &check, e)) {
		/* A state too, for a caller that reads words, where there is a service. */
		if (e->kind != ERR_USAGE && e->kind != ERR_NO_SERVICE && !cli->json)
			puts(check.state);
		return -1;
	}
	if (!cli->json) {
		puts(check.state);
		return 0;
	}
	cli_json(cli, &json, 0);
	json_open(&json, "services", '[');
	add_json(&json, cli->args[0], &check);
	json_close(&json, ']');
	return cli_answer_json(cli, &json, e);
}

static void
print(const char *id, const char *state, int width)
{
	if (width)
		printf("%-*s  %s\n", width, id, state);
	else
		printf("%s\t%s\n", id, state);
}

static int
answer_all(struct cli *cli, char *const *ids, size_t n, struct err *e)
{
	struct hook_options options = hook_options(cli);
	int width = isatty(STDOUT_FILENO) ? (int)sizeof "SERVICE" - 1 : 0;
	struct json json;

	for (size_t i = 0; i < n && width; i++)
		if ((int)strlen(ids[i]) > width)
			width = (int)strlen(ids[i]);
	if (cli->json) {
		cli_json(cli, &json, 0);
		json_open(&json, "services", '[');
	} else if (width) {
		print("SERVICE", "STATE", width);
	}
	for (size_t i = 0; i < n; i++) {
		struct err refusal = ERR_INIT; /* the state says it */
		struct check check;
		int result;

		log_subject(ids[i]);
		result = check_service(ids[i], &CLI_CLAIM(cli), &options, &check, &refusal);
		log_subject(NULL);
		if (result) {
			if (refusal.kind == ERR_NO_SERVICE)
				continue;		  /* removed since it was listed */
			if (refusal.kind == ERR_STATUS) { /* a signal, to this process */
				*e = refusal;
				break;
			}
		}
		if (cli->json)
			add_json(&json, ids[i], &check);
		else
			print(ids[i], check.state, width);
		fflush(stdout);
	}
	if (e->kind || !cli->json) {
		if (cli->json)
			json_free(&json);
		return e->kind ? -1 : 0;
	}
	json_close(&json, ']');
	return cli_answer_json(cli, &json, e);
}

int
states_answer(struct cli *cli, struct err *e)
{
	struct paths paths;
	char **ids = NULL;
	size_t n = 0;
	int result = -1;

	if (cli->n_args)
		return answer_one(cli, e);
	if (paths_load(&paths, e) == 0 && listing_read(&paths, &ids, &n, e) == 0)
		result = answer_all(cli, ids, n, e);
	listing_free(ids, n);
	return result;
}
