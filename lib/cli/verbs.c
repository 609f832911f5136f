/* SPDX-License-Identifier: MIT */
/* verbs - the verbs of provision. */
#include "cli/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "base/text.h"
#include "cli/consent.h"
#include "cli/operator.h"
#include "cli/page.h"
#include "cli/report.h"
#include "cli/simulation.h"
#include "cli/sweep.h"
#include "cli/tally.h"
#include "cli/watching.h"
#include "provision/crew.h"
#include "provision/difference.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/export.h"
#include "provision/hostkeys.h"
#include "provision/inquiry.h"
#include "provision/observe.h"
#include "provision/staffing.h"

static int
up(struct operator* o, struct err *e)
{
	int parallel = (int)o->cli->parallel;

	if (crew_up(&o->act, parallel, e) || crew_check(&o->act, parallel, e))
		return -1;
	board_say_if_idle(&o->board);
	return 0;
}

static int
do_check(struct operator* o, struct err *e)
{
	if (!o->cli->json)
		printf("%s: %zu tiers, %zu services, %zu data sources: no mistake\n", o->d.name,
		       o->d.n_tiers, o->d.n_services, o->d.n_sources);
	(void)e;
	return 0;
}

static int
do_plan(struct operator* o, struct err *e)
{
	struct plan plan = PLAN_INIT;
	int result =
		staffing_tiers(&o->planner, e) || difference_plan(&o->planner, &plan, e) ? -1 : 0;

	if (!result)
		result = report_plan(o->cli, &plan, e);
	plan_free(&plan);
	return result;
}

static int
do_up(struct operator* o, struct err *e)
{
	if (o->cli->observe &&
	    (observe_hosts(&o->act, (int)o->cli->parallel, e) || observe_keep(&o->l, o->store, e)))
		return -1;
	return operator_staff(o, e) ? -1 : up(o, e);
}

static int
do_status(struct operator* o, struct err *e)
{
	struct inquiry_sum sum = {.silent = 0};

	if (o->cli->observe && inquiry_health(&o->act, (int)o->cli->parallel, &sum, e))
		return -1;
	if (o->cli->html ? page_write(&o->d, &o->l, o->cli->html, e)
			 : report_status(o->cli, &o->d, &o->l, e))
		return -1;
	return sum.silent || sum.bad ? err_set(e, ERR_UNAVAILABLE,
					       "%zu servers do not answer, %zu services are not OK",
					       sum.silent, sum.bad)
				     : 0;
}

/* One line for each that is newer than what was shown: after a gap all come once more. */
static int
show_event(void *arg, const struct store_item *item, struct err *e)
{
	struct operator* o = arg;
	long long number = 0, time;
	char *text;

	(void)e;
	if (!item->value || sscanf(item->key, "event/%lld", &number) != 1 || number <= o->shown)
		return 0;
	o->shown = number;
	time = strtoll(item->value, &text, 10);
	report_event(o->cli, time, *text == ' ' ? text + 1 : text);
	return 0;
}

static int
do_events(struct operator* o, struct err *e)
{
	struct err why = ERR_INIT;

	if (store_each(o->store, show_event, o, e))
		return -1;
	if (!o->cli->follow || store_follow(o->store, show_event, o, &why) == 0 ||
	    proc_signal_pending())
		return 0;
	*e = why;
	return -1;
}

static int
do_scale(struct operator* o, struct err *e)
{
	size_t at = deployment_tier(&o->d, o->cli->args[1]);
	long long n;

	if (at == DEPLOYMENT_NONE)
		return err_set(e, ERR_USAGE, "there is no tier '%.40s'", o->cli->args[1]);
	if (text_number("the number of servers", o->cli->args[2], o->d.tiers[at].min,
			o->d.tiers[at].max, &n, e))
		return -1;
	o->l.tiers[at]->wanted = n;
	events_add(&o->l, n > (long long)o->l.tiers[at]->n ? "scale_out" : "scale_in", "%s to %lld",
		   o->l.tiers[at]->name, n);
	return entry_save_tier(&o->l, o->l.tiers[at], e) ? -1 : up(o, e);
}

/* Whatever it answers: it is replaced as one that is lost. */
static int
do_recover(struct operator* o, struct err *e)
{
	struct ledger_server *server = ledger_find_server(&o->l, o->cli->args[1]);

	if (!server)
		return err_set(e, ERR_USAGE, "there is no server '%.48s' (see provision status)",
			       o->cli->args[1]);
	server->state = SERVER_LOST;
	server->since = ledger_now(&o->l);
	ledger_touch(server->tier);
	events_add(&o->l, "server_lost", "%s: given up by its operator", server->id);
	return entry_save_server(&o->l, server, e) ? -1 : up(o, e);
}

static int
do_change(struct operator* o, struct err *e)
{
	o->planner.again = o->cli->all;
	return up(o, e);
}

static int
do_vote(struct operator* o, struct err *e)
{
	struct tally tally = TALLY_INIT;
	int result = tally_open(&tally, o->cli, &o->act, &o->board, NULL, e) ||
				     rounds_take(&tally.rounds, true, e)
			     ? -1
			     : 0;

	return tally_close(&tally, e) || result ? -1 : 0;
}

static int
do_simulate(struct operator* o, struct err *e)
{
	const struct model_rule rule = MODEL_RULE;

	return o->cli->sweep ? sweep_run(o->cli, &o->d, e)
			     : simulation_run(o->cli, &o->d, &rule, NULL, e);
}

static int
do_backup(struct operator* o, struct err *e)
{
	for (size_t i = 0; i < o->d.n_sources; i++)
		if (export_source(&o->act, i, e))
			return -1;
	for (size_t i = 0; i < o->d.n_services; i++)
		if (export_service(&o->act, i, e))
			return -1;
	return 0;
}

static int
do_down(struct operator* o, struct err *e)
{
	for (size_t i = 0; i < o->l.n_tiers; i++) {
		o->l.tiers[i]->wanted = 0;
		if (entry_save_tier(&o->l, o->l.tiers[i], e))
			return -1;
	}
	return up(o, e);
}

/* Where a server is, or a host of the file. */
static int
find_place(struct operator* o, const char *name, struct agents_place *place, struct err *e)
{
	struct ledger_server *server = ledger_find_server(&o->l, name);
	size_t at = deployment_host(&o->d, name);

	if (server && server->address) {
		*place = ledger_place(server);
		return 0;
	}
	if (at == DEPLOYMENT_NONE)
		return err_set(e, ERR_USAGE, "there is no server or host '%.48s'", name);
	*place = (struct agents_place){.address = o->d.hosts[at].address,
				       .user = o->d.hosts[at].user,
				       .key = o->d.hosts[at].key,
				       .port = (int)o->d.hosts[at].port};
	return 0;
}

static int
do_ssh(struct operator* o, struct err *e)
{
	struct agents_place place;

	return find_place(o, o->cli->args[1], &place, e) ||
			       ssh_become(&o->ssh, &place, o->cli->args + 2, e)
		       ? -1
		       : 0;
}

static int
do_trust(struct operator* o, struct err *e)
{
	const char *name = o->cli->args[o->cli->n_args - 1];
	struct hostkeys_found found = HOSTKEYS_FOUND_INIT;
	struct agents_place place;
	int result =
		find_place(o, name, &place, e) || hostkeys_ask(&o->ssh, &place, &found, e) ? -1 : 0;

	if (!result)
		printf("%s: %s%s\n", name, found.fingerprint,
		       found.is_known ? ", trusted already" : "");
	if (!result && !found.is_known) {
		fflush(stdout);
		result =
			consent_typed(o->cli, "Type the host's name if that is its key", name, e) ||
					hostkeys_keep(&o->ssh, &found, e)
				? -1
				: 0;
	}
	hostkeys_free(&found);
	return result;
}

static const struct verb {
	const char *name, *args;
	int least, most;
	struct operator_needs needs;
	int (*run)(struct operator* o, struct err *e);
} verbs[] = {
	{"check", "FILE", 1, 1, {1, false, false, true, 0}, do_check},
	{"plan", "[FILE]", 0, 1, {1, false, true, true, 0}, do_plan},
	{"up", "[FILE]", 0, 1, {1, true, true, true, 0}, do_up},
	{"status", "", 0, 0, {0, false, true, false, 0}, do_status},
	{"events", "", 0, 0, {0, false, true, false, 0}, do_events},
	{"scale", "TIER N", 2, 2, {0, true, true, true, 0}, do_scale},
	{"recover", "SERVER", 1, 1, {0, true, true, true, 0}, do_recover},
	{"change", "", 0, 0, {0, true, true, true, 0}, do_change},
	{"vote", "", 0, 0, {0, true, true, true, 0}, do_vote},
	{"watch", "[FILE]", 0, 1, {1, true, true, true, 0}, watching_run},
	{"backup", "", 0, 0, {0, true, true, false, 0}, do_backup},
	{"down", "", 0, 0, {0, true, true, false, 0}, do_down},
	{"simulate", "FILE", 1, 1, {1, false, false, false, 0}, do_simulate},
	{"trust", "[FILE] HOST", 1, 2, {1, false, true, false, 1}, do_trust},
	{"ssh", "HOST [WORD...]", 1, 200, {0, false, true, false, 0}, do_ssh},
};

int
verbs_run(struct cli *cli, struct err *e)
{
	struct operator o = OPERATOR_INIT;
	const struct verb *verb = NULL;
	int result;

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !verb; i++)
		if (strcmp(verbs[i].name, cli->args[0]) == 0)
			verb = &verbs[i];
	if (!verb)
		return err_set(
			e, ERR_USAGE,
			"'%.40s' is none of check, plan, up, status, events, scale, recover, "
			"change, vote, watch, backup, down, simulate, trust, ssh",
			cli->args[0]);
	if (cli->n_args - 1 < verb->least || cli->n_args - 1 > verb->most)
		return err_set(e, ERR_USAGE, "it is: provision %s%s%s", verb->name,
			       verb->args[0] ? " " : "", verb->args);
	if (cli->observe && verb->run != do_status && (verb->run != do_up || cli->n_args != 2))
		return err_set(e, ERR_USAGE,
			       "--observe is of: provision up FILE, provision status");
	proc_hold_signals();
	result = operator_open(&o, cli, &verb->needs, e) || verb->run(&o, e) ? -1 : 0;
	operator_close(&o);
	return result;
}
