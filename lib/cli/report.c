/* SPDX-License-Identifier: MIT */
/* report - a plan, and how a deployment stands, as text and as JSON. */
#include "cli/report.h"

#include <stdio.h>
#include <time.h>

#include "cli/board.h"
#include "provision/flapping.h"

static void
print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct planner_step *step = &plan->steps[i];
		bool is_stage = i == 0 || step->stage != plan->steps[i - 1].stage ||
				step->turn != plan->steps[i - 1].turn;
		const char *host = step->server->host ? step->server->host : "a host that is made";

		if (is_stage || step->server != plan->steps[i - 1].server)
			printf("%s %s on %s\n", is_stage ? "=" : "|", step->server->id, host);
		printf("  %s%s%s: %s\n", lifecycle_row(step->kind)->verb, step->id[0] ? " " : "",
		       step->id, step->why);
	}
	if (plan->n == 0)
		puts(BOARD_IDLE);
}

static int
answer_plan(struct cli *cli, const struct plan *plan, struct err *e)
{
	struct json json;

	cli_json(cli, &json, 0);
	json_open(&json, "steps", '[');
	for (size_t i = 0; i < plan->n; i++) {
		const struct planner_step *step = &plan->steps[i];

		json_open(&json, NULL, '{');
		json_number(&json, "stage", step->stage);
		json_number(&json, "turn", step->turn);
		json_text(&json, "server", step->server->id);
		json_text(&json, "step", lifecycle_row(step->kind)->verb);
		if (step->id[0])
			json_text(&json, "service", step->id);
		json_text(&json, "why", step->why);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return cli_answer_json(cli, &json, e);
}

int
report_plan(struct cli *cli, const struct plan *plan, struct err *e)
{
	if (cli->json)
		return answer_plan(cli, plan, e);
	print_plan(plan);
	return 0;
}

static void
print_status(const struct deployment *d, const struct ledger *l)
{
	for (size_t i = 0; i < l->n_tiers; i++) {
		const struct ledger_tier *tier = l->tiers[i];

		for (size_t j = 0; j < tier->n; j++) {
			const struct ledger_server *s = tier->servers[j];
			char silence[FLAPPING_TEXT_MAX];

			flapping_tell(d, l, s, silence);
			printf("%-12s %-12s %-16s %s\n", s->id, lifecycle_state_name(s->state),
			       s->address ? s->address : "-", silence);
			for (size_t k = 0; k < s->n_placed; k++)
				if (s->placed[k].digest[0])
					printf("  %-20s %-10s %.12s\n", s->placed[k].id,
					       s->placed[k].word[0]   ? s->placed[k].word
					       : s->placed[k].started ? "started"
								      : "installed",
					       s->placed[k].digest);
		}
	}
}

static int
answer_status(struct cli *cli, const struct deployment *d, const struct ledger *l, struct err *e)
{
	struct json json;

	cli_json(cli, &json, 0);
	json_text(&json, "deployment", d->name);
	json_open(&json, "servers", '[');
	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++) {
			const struct ledger_server *s = l->tiers[i]->servers[j];

			json_open(&json, NULL, '{');
			json_text(&json, "id", s->id);
			json_text(&json, "tier", l->tiers[i]->name);
			json_text(&json, "state", lifecycle_state_name(s->state));
			json_text(&json, "address", s->address ? s->address : "");
			json_number(&json, "since", s->since);
			json_bool(&json, "answers", !s->silent);
			json_number(&json, "recovery_delayed", flapping_wait(d, s));
			json_open(&json, "services", '[');
			for (size_t k = 0; k < s->n_placed; k++) {
				json_open(&json, NULL, '{');
				json_text(&json, "id", s->placed[k].id);
				json_text(&json, "sha256", s->placed[k].digest);
				json_bool(&json, "started", s->placed[k].started);
				json_text(&json, "check", s->placed[k].word);
				json_close(&json, '}');
			}
			json_close(&json, ']');
			json_close(&json, '}');
		}
	json_close(&json, ']');
	json_open(&json, "events", '[');
	for (size_t i = 0; i < l->n_events; i++) {
		json_open(&json, NULL, '{');
		json_number(&json, "time", l->events[i].time);
		json_text(&json, "event", l->events[i].text);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return cli_answer_json(cli, &json, e);
}

int
report_status(struct cli *cli, const struct deployment *d, const struct ledger *l, struct err *e)
{
	if (cli->json)
		return answer_status(cli, d, l, e);
	print_status(d, l);
	return 0;
}

void
report_event(const struct cli *cli, long long time, const char *text)
{
	struct err ignored = ERR_INIT;
	struct json json = JSON_INIT;
	time_t seconds = (time_t)time;
	char when[32] = "?";
	struct tm t;

	if (cli->json) {
		json_open(&json, NULL, '{');
		json_number(&json, "time", time);
		json_text(&json, "event", text);
		json_close(&json, '}');
		if (json_finish(&json, &ignored) == 0)
			fputs(json.text.data, stdout);
		json_free(&json);
	} else {
		if (gmtime_r(&seconds, &t))
			strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &t);
		printf("%s %s\n", when, text);
	}
	fflush(stdout);
}
