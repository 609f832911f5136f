/* SPDX-License-Identifier: MIT */
/* operator - the verbs of provision. */
#include "cli/operator.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "cli/board.h"
#include "cli/page.h"
#include "cli/report.h"
#include "cli/simulation.h"
#include "cli/tally.h"
#include "provision/act.h"
#include "provision/crew.h"
#include "provision/difference.h"
#include "provision/engine.h"
#include "provision/entry.h"
#include "provision/events.h"
#include "provision/export.h"
#include "provision/loader.h"
#include "provision/parser.h"
#include "provision/ssh.h"
#include "provision/staffing.h"

#define STATE_FILE "provision.state"
#define ROUND_MS 1000

/* All that a verb works with. */
struct operator
{
	struct cli *cli;
	struct deployment d;
	struct ledger l;
	struct store *store;
	struct references references;
	struct planner planner;
	struct ssh ssh;
	struct act act;
	struct board board;
	long long shown; /* the number of the last event that was shown */
	bool has_ledger;
};

/* ---- the deployment */

static int
by_line(const void *a, const void *b)
{
	long x = strtol(*(char *const *)a, NULL, 10), y = strtol(*(char *const *)b, NULL, 10);

	return (x > y) - (x < y);
}

/* Every mistake, in the order of lines, as FILE:LINE: what. */
static void
print_faults(const char *file, struct faults *faults)
{
	char **lines = calloc(faults->n + 1, sizeof *lines), *p = faults->text.data;
	size_t n = 0;

	for (; lines && p && *p && n < faults->n; n++) {
		char *end = strchr(p, '\n');

		lines[n] = p;
		*end = '\0';
		p = end + 1;
	}
	if (lines)
		qsort(lines, n, sizeof *lines, by_line);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s:%s\n", file, lines[i]);
	free(lines);
}

static int
parse(struct operator* o, const char *file, const char *directory, const char *text, size_t len,
      struct err *e)
{
	struct faults faults = FAULTS_INIT;
	int result = parser_read(&o->d, text, len, directory, &faults, e);

	if (result && faults.n)
		print_faults(file, &faults);
	faults_free(&faults);
	return result ? err_wrap(e, "cannot use '%s'", file) : 0;
}

static int
read_file(struct operator* o, const char *file, struct buf *text, char directory[static PATH_MAX],
	  struct err *e)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), result;
	char *slash;

	if (fd < 0)
		return err_sys(e, "cannot open the deployment '%s'", file);
	result = fd_absolute_path(file, directory, e) ||
				 fd_read_all(fd, text, DEPLOYMENT_TEXT_MAX, file, e)
			 ? -1
			 : 0;
	fd_close(&fd);
	if (result)
		return -1;
	slash = strrchr(directory, '/');
	slash[slash == directory] = '\0';
	return parse(o, file, directory, text->data ? text->data : "", text->len, e);
}

/* ---- the state */

static void
say_who(char who[static 200])
{
	const struct passwd *account = getpwuid(geteuid());
	char host[65] = "?";

	gethostname(host, sizeof host - 1);
	snprintf(who, 200, "%s@%s (provision, pid %d)", account ? account->pw_name : "?", host,
		 (int)getpid());
}

static int
open_state(struct operator* o, bool for_change, struct err *e)
{
	const struct cli *cli = o->cli;
	const struct store_options options = {.where = cli->state ? cli->state : STATE_FILE,
					      .ca_file = cli->ca_file,
					      .cert_file = cli->cert,
					      .key_file = cli->key,
					      .login_file = cli->login,
					      .user_agent = "enstratus-agent/" CLI_VERSION,
					      .wait_s = cli->wait_s};
	char who[200];

	say_who(who);
	if (store_open(&o->store, &options, e) || (for_change && store_lock(o->store, who, e)))
		return -1;
	o->has_ledger = true;
	if (loader_open(&o->l, o->store, e))
		return -1;
	/* What only looks keeps nothing. */
	if (!for_change)
		o->l.store = NULL;
	return 0;
}

/* ---- verbs */

static int
get_ready(struct operator* o, bool with_images, struct err *e)
{
	o->planner = (struct planner){.d = &o->d, .l = &o->l, .references = &o->references};
	o->planner.random = o->cli->seed > 0 ? (uint64_t)o->cli->seed
					     : (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
	o->act = (struct act){.d = &o->d,
			      .l = &o->l,
			      .references = &o->references,
			      .planner = &o->planner,
			      .agents = {.fn = ssh_call, .arg = &o->ssh},
			      .tell = board_tell,
			      .tell_arg = &o->board};
	board_open(&o->board, o->cli, &o->l);
	return ledger_bind(&o->l, &o->d, e) || ssh_open(&o->ssh, o->d.ssh_config, o->d.agent, e) ||
			       (with_images && planner_digests(&o->planner, e))
		       ? -1
		       : 0;
}

static int
up(struct operator* o, struct err *e)
{
	int parallel = (int)o->cli->parallel;

	return crew_up(&o->act, parallel, e) || crew_check(&o->act, parallel, e) ? -1 : 0;
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
	for (size_t i = 0; i < o->d.n_tiers; i++) {
		struct ledger_tier *tier = o->l.tiers[i];

		if (tier->wanted > 0)
			continue;
		tier->wanted = o->d.tiers[i].min;
		if (entry_save_tier(&o->l, tier, e))
			return -1;
	}
	return up(o, e);
}

static int
do_status(struct operator* o, struct err *e)
{
	return o->cli->html ? page_write(&o->d, &o->l, o->cli->html, e)
			    : report_status(o->cli, &o->d, &o->l, e);
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

/* What failed is tried again: the next round finds it as it is. */
static int
watch_once(struct operator* o, struct rounds *rounds, bool all, struct err *e)
{
	struct err why = ERR_INIT;

	if (store_is_ours(o->store, e))
		return -1;
	if (rounds_take(rounds, all, &why)) {
		if (proc_signal_pending())
			return 1;
		board_break(&o->board);
		log_warning("%s", why.msg);
	}
	return o->cli->html ? page_write(&o->d, &o->l, o->cli->html, e) : 0;
}

static int
do_watch(struct operator* o, struct err *e)
{
	long long rounds = o->cli->rounds;
	struct tally tally = TALLY_INIT;
	int result = tally_open(&tally, o->cli, &o->act, &o->board, NULL, e);

	for (long long i = 0; (rounds < 0 || i < rounds) && !result; i++) {
		struct err signal = ERR_INIT;

		result = watch_once(o, &tally.rounds, i == 0, e);
		if (!result && (rounds < 0 || i + 1 < rounds) && engine_rest(ROUND_MS, &signal))
			result = 1;
	}
	if (result >= 0)
		result = tally_facts(&tally, e);
	return tally_close(&tally, e) || result ? -1 : 0;
}

static int
do_simulate(struct operator* o, struct err *e)
{
	return simulation_run(o->cli, &o->d, e);
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

static int
do_ssh(struct operator* o, struct err *e)
{
	const char *name = o->cli->args[1];
	struct ledger_server *server = ledger_find_server(&o->l, name);
	struct agents_place place;
	size_t at;

	if (server && server->address) {
		place = ledger_place(server);
	} else if ((at = deployment_host(&o->d, name)) != DEPLOYMENT_NONE) {
		const struct deployment_host *host = &o->d.hosts[at];

		place = (struct agents_place){.address = host->address,
					      .user = host->user,
					      .key = host->key,
					      .port = (int)host->port};
	} else {
		return err_set(e, ERR_USAGE, "there is no server or host '%.48s'", name);
	}
	return ssh_become(&o->ssh, &place, o->cli->args + 2, e);
}

static const struct verb {
	const char *name, *args;
	int least, most;
	int file; /* which argument may be the deployment file; 0: none, it is kept in the state */
	bool changes, needs_state, needs_images;
	int (*run)(struct operator* o, struct err *e);
} verbs[] = {
	{"check", "FILE", 1, 1, 1, false, false, false, do_check},
	{"plan", "[FILE]", 0, 1, 1, false, true, true, do_plan},
	{"up", "[FILE]", 0, 1, 1, true, true, true, do_up},
	{"status", "", 0, 0, 0, false, true, false, do_status},
	{"events", "", 0, 0, 0, false, true, false, do_events},
	{"scale", "TIER N", 2, 2, 0, true, true, true, do_scale},
	{"change", "", 0, 0, 0, true, true, true, do_change},
	{"vote", "", 0, 0, 0, true, true, true, do_vote},
	{"watch", "", 0, 0, 0, true, true, true, do_watch},
	{"backup", "", 0, 0, 0, true, true, false, do_backup},
	{"down", "", 0, 0, 0, true, true, true, do_down},
	{"simulate", "FILE", 1, 1, 1, false, false, false, do_simulate},
	{"ssh", "HOST [WORD...]", 1, 200, 0, false, true, false, do_ssh},
};

static int
run(struct operator* o, const struct verb *verb, struct err *e)
{
	const char *file =
		verb->file && o->cli->n_args > verb->file ? o->cli->args[verb->file] : NULL;
	struct buf text = BUF_INIT;
	char directory[PATH_MAX];
	int result = file ? read_file(o, file, &text, directory, e) : 0;

	if (!result && verb->needs_state)
		result = open_state(o, verb->changes, e);
	if (!result && file && verb->changes)
		result = entry_spec(&o->l, directory, text.data ? text.data : "", e);
	if (!result && !file && !o->l.spec)
		result = err_set(e, ERR_UNAVAILABLE,
				 "the state has no deployment yet: begin with 'provision up FILE'");
	if (!result && !file)
		result = parse(o, "the deployment of the state", o->l.directory, o->l.spec,
			       strlen(o->l.spec), e);
	if (!result && verb->needs_state)
		result = get_ready(o, verb->needs_images, e);
	if (!result)
		result = verb->run(o, e);
	buf_free(&text);
	return result;
}

int
operator_run(struct cli *cli, struct err *e)
{
	struct operator o = {.cli = cli, .d = DEPLOYMENT_INIT, .references = REFERENCES_INIT};
	const struct verb *verb = NULL;
	int result;

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !verb; i++)
		if (strcmp(verbs[i].name, cli->args[0]) == 0)
			verb = &verbs[i];
	if (!verb)
		return err_set(
			e, ERR_USAGE,
			"'%.40s' is none of check, plan, up, status, events, scale, change, vote, "
			"watch, backup, down, simulate, ssh",
			cli->args[0]);
	if (cli->n_args - 1 < verb->least || cli->n_args - 1 > verb->most)
		return err_set(e, ERR_USAGE, "it is: provision %s%s%s", verb->name,
			       verb->args[0] ? " " : "", verb->args);
	proc_hold_signals();
	result = run(&o, verb, e);
	board_close(&o.board);
	planner_free(&o.planner);
	if (o.has_ledger)
		ledger_close(&o.l);
	store_close(o.store);
	references_free(&o.references);
	deployment_free(&o.d);
	return result;
}
