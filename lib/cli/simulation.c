/* SPDX-License-Identifier: MIT */
/* simulation - provision simulate: a deployment through a load, on hosts only thought of. */
#include "cli/simulation.h"

#include <stdlib.h>

#include "cli/tally.h"
#include "provision/crew.h"
#include "provision/loader.h"
#include "provision/model.h"

#define DAY_S 86400

struct simulation {
	struct cli *cli;
	struct deployment *d;
	struct tally_facts *facts; /* NULL: they are printed */
	struct ledger l;
	struct references references;
	struct planner planner;
	struct act act;
	struct model model;
	struct tally tally;
};

/* Hosts are thought of, whatever the file says of them, and so are images. */
static int
imagine(struct simulation *s, struct err *e)
{
	struct deployment *d = s->d;

	for (size_t i = 0; i < d->n_tiers; i++)
		d->tiers[i].hosts.n = 0;
	d->make = d->destroy = "imagined";
	s->model.seed = s->cli->seed > 0 ? (uint64_t)s->cli->seed : 1;
	s->l.clock = model_clock;
	s->l.clock_arg = &s->model;
	s->planner = (struct planner){.d = d,
				      .l = &s->l,
				      .references = &s->references,
				      .random = s->model.seed,
				      .shallow = true,
				      .digests = calloc(d->n_services + 1, 65)};
	if (!s->planner.digests)
		return err_sys(e, "cannot simulate");
	for (size_t i = 0; i < d->n_services; i++)
		snprintf(s->planner.digests[i], 65, "imagined");
	s->act = (struct act){.d = d,
			      .l = &s->l,
			      .references = &s->references,
			      .planner = &s->planner,
			      .agents = model_agents(&s->model)};
	if (ledger_bind(&s->l, d, e))
		return -1;
	for (size_t i = 0; i < d->n_tiers; i++)
		s->l.tiers[i]->wanted = d->tiers[i].min;
	return 0;
}

static int
play(struct simulation *s, struct err *e)
{
	long long round_s = rounds_shortest(s->d);
	long long rounds = s->cli->rounds > 0 ? s->cli->rounds : DAY_S / round_s;

	if (crew_up(&s->act, 1, e))
		return -1;
	for (long long i = 0; i < rounds; i++) {
		struct err why = ERR_INIT;

		/* As watch has it: a host that dies under a step is done without later. */
		if (rounds_take(&s->tally.rounds, i == 0, &why) && why.kind != ERR_UNAVAILABLE) {
			*e = why;
			return -1;
		}
		model_step(&s->model, round_s);
	}
	if (!s->facts)
		return tally_print(&s->tally, e);
	tally_facts(&s->tally, s->facts);
	return 0;
}

int
simulation_run(struct cli *cli, struct deployment *d, const struct model_rule *rule,
	       struct tally_facts *facts, struct err *e)
{
	struct simulation s = {.cli = cli,
			       .d = d,
			       .facts = facts,
			       .references = REFERENCES_INIT,
			       .tally = TALLY_INIT};
	int result = -1;

	if (!cli->load)
		return err_set(e, ERR_USAGE, "a simulation needs its load: --load FILE");
	cli->parallel = 1;
	if (loader_open(&s.l, NULL, e))
		return -1;
	if (model_open(&s.model, d, &s.l, cli->load, e) || imagine(&s, e) ||
	    tally_open(&s.tally, cli, &s.act, NULL, &s.model, e))
		goto out;
	s.model.rule = *rule;
	result = play(&s, e);
out:
	if (tally_close(&s.tally, e))
		result = -1;
	planner_free(&s.planner);
	model_close(&s.model);
	ledger_close(&s.l);
	references_free(&s.references);
	return result;
}
