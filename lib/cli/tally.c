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
		fprintf(t->csv, "%.2f,%lld\n", model_load(t->model, tier),
			model_serving(t->model, tier));
	else
		fputs(",\n", t->csv);
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

static bool
is_short(void *arg, size_t tier)
{
	const struct tally *t = arg;

	return model_short(t->model, tier);
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
	if (model)
		t->rounds.is_short = is_short;
	if (!cli->csv)
		return 0;
	t->csv = fopen(cli->csv, "we");
	if (!t->csv)
		return err_sys(e, "cannot write '%s'", cli->csv);
	fputs("time,tier,servers,up,down,wanted,load,serving\n", t->csv);
	return 0;
}

void
tally_facts(const struct tally *t, struct tally_facts *facts)
{
	const struct rounds *r = &t->rounds;
	const struct act *a = r->a;

	*facts = (struct tally_facts){
		.seconds = ledger_now(a->l) - t->began,
		.tiers = (long long)a->d->n_tiers,
		.peak = r->peak,
		.started = (long long)a->planner->hired,
		.ended = (long long)a->ended,
		.sent = (long long)a->configured,
		.avoided = (long long)a->planner->avoided,
		.shorts = r->n_shorts,
		.to_scale_s = r->n_shorts ? r->short_s / r->n_shorts : 0,
		.oscillations = r->oscillations,
		.recovered = (long long)a->recovered,
		.delayed = (long long)a->delayed,
		.has_sum = t->model,
	};
	if (t->model)
		facts->sum = t->model->sum;
}

void
tally_json(const struct tally_facts *f, struct json *json)
{
	json_number(json, "seconds", f->seconds);
	json_number(json, "peak", f->peak);
	json_number(json, "started", f->started);
	json_number(json, "ended", f->ended);
	json_number(json, "configurations_sent", f->sent);
	json_number(json, "configurations_avoided", f->avoided);
	json_number(json, "times_short", f->shorts);
	json_number(json, "seconds_to_scale", f->to_scale_s);
	json_number(json, "oscillations", f->oscillations);
	json_number(json, "recovered", f->recovered);
	json_number(json, "recoveries_delayed", f->delayed);
	if (!f->has_sum)
		return;
	json_number(json, "server_seconds", (long long)f->sum.paid);
	json_number(json, "server_seconds_of_load", (long long)f->sum.load);
	json_number(json, "server_seconds_refused", (long long)f->sum.refused);
}

int
tally_print(const struct tally *t, struct err *e)
{
	struct tally_facts f;
	struct json json;

	tally_facts(t, &f);
	if (t->cli->json) {
		cli_json(t->cli, &json, 0);
		tally_json(&f, &json);
		return cli_answer_json(t->cli, &json, e);
	}
	printf("%lld s, %lld tiers, at most %lld servers at once\n", f.seconds, f.tiers, f.peak);
	printf("%lld servers started, %lld ended\n", f.started, f.ended);
	printf("%lld configurations sent, %lld avoided\n", f.sent, f.avoided);
	printf("%lld times too few servers, %lld s to scale on average\n", f.shorts, f.to_scale_s);
	printf("%lld servers recovered, %lld recoveries delayed\n", f.recovered, f.delayed);
	printf("%lld oscillations\n", f.oscillations);
	if (f.has_sum)
		printf("%.2f server-hours, for %.2f of load, %.2f of it refused\n",
		       f.sum.paid / 3600, f.sum.load / 3600, f.sum.refused / 3600);
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
