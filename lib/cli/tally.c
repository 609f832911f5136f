/* SPDX-License-Identifier: MIT */
/* tally - what comes of rounds of votes: a line a round, a file for plots, the facts at the end. */
#include "cli/tally.h"

static void
write_line(const struct tally *t, size_t tier, const struct ballot *ballot, long long wanted)
{
	const struct act *a = t->rounds.a;

	fprintf(t->csv, "%lld,%s,%lld,%lld,%lld,%lld,", ledger_now(a->l) - t->began,
		a->d->tiers[tier].name, ballot->n, ballot->up, ballot->down, wanted);
	if (t->model)
		fprintf(t->csv, "%.2f", model_load(t->model, tier));
	fputc('\n', t->csv);
	/* Whoever looks on sees whole lines. */
	if (!t->model)
		fflush(t->csv);
}

static void
print_json(const struct tally *t, const char *tier, const struct ballot *ballot, long long wanted)
{
	struct json json = JSON_INIT;
	struct err ignored = ERR_INIT;

	json_open(&json, NULL, '{');
	json_number(&json, "time", ledger_now(t->rounds.a->l));
	json_text(&json, "event", "vote");
	json_text(&json, "tier", tier);
	json_number(&json, "servers", ballot->n);
	json_number(&json, "up", ballot->up);
	json_number(&json, "down", ballot->down);
	json_number(&json, "wanted", wanted);
	json_close(&json, '}');
	if (json_finish(&json, &ignored) == 0)
		fputs(json.text.data, stdout);
	json_free(&json);
}

static void
tell(void *arg, size_t at, const struct ballot *ballot, long long wanted)
{
	struct tally *t = arg;
	const struct deployment_tier *tier = &t->rounds.a->d->tiers[at];

	if (t->csv)
		write_line(t, at, ballot, wanted);
	if (!t->board || !tier->votes || t->cli->quiet)
		return;
	board_break(t->board);
	if (t->cli->json)
		print_json(t, tier->name, ballot, wanted);
	else
		printf("%s: %lld servers, %lld for more, %lld for fewer: %lld\n", tier->name,
		       ballot->n, ballot->up, ballot->down, wanted);
	fflush(stdout);
}

int
tally_open(struct tally *t, struct cli *cli, struct act *a, struct board *board,
	   const struct model *model, struct err *e)
{
	*t = (struct tally){.cli = cli, .board = board, .model = model, .began = ledger_now(a->l)};
	if (rounds_open(&t->rounds, a, (int)cli->parallel, e))
		return -1;
	t->rounds.tell = tell;
	t->rounds.tell_arg = t;
	if (!cli->csv)
		return 0;
	t->csv = fopen(cli->csv, "we");
	if (!t->csv)
		return err_sys(e, "cannot write '%s'", cli->csv);
	fputs("time,tier,servers,up,down,wanted,load\n", t->csv);
	return 0;
}

int
tally_facts(struct tally *t, struct err *e)
{
	const struct rounds *r = &t->rounds;
	const struct act *a = r->a;
	long long seconds = ledger_now(a->l) - t->began;
	long long mean = r->n_shorts ? r->short_s / r->n_shorts : 0;
	struct json json;

	if (t->cli->json) {
		cli_json(t->cli, &json, 0);
		json_number(&json, "seconds", seconds);
		json_number(&json, "peak", r->peak);
		json_number(&json, "started", (long long)a->planner->hired);
		json_number(&json, "ended", (long long)a->ended);
		json_number(&json, "configurations_sent", (long long)a->configured);
		json_number(&json, "configurations_avoided", (long long)a->planner->avoided);
		json_number(&json, "times_short", r->n_shorts);
		json_number(&json, "seconds_to_scale", mean);
		json_number(&json, "recovered", (long long)a->recovered);
		json_number(&json, "recoveries_delayed", (long long)a->delayed);
		return cli_answer_json(t->cli, &json, e);
	}
	printf("%lld s, %zu tiers, at most %lld servers at once\n", seconds, a->d->n_tiers,
	       r->peak);
	printf("%llu servers started, %llu ended\n", a->planner->hired, a->ended);
	printf("%llu configurations sent, %llu avoided\n", a->configured, a->planner->avoided);
	printf("%lld times too few servers, %lld s to scale on average\n", r->n_shorts, mean);
	printf("%llu servers recovered, %llu recoveries delayed\n", a->recovered, a->delayed);
	return 0;
}

int
tally_close(struct tally *t, struct err *e)
{
	int result = 0;

	if (t->csv && fclose(t->csv))
		result = err_sys(e, "cannot write '%s'", t->cli->csv);
	rounds_close(&t->rounds);
	*t = TALLY_INIT;
	return result;
}
