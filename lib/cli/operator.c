/* SPDX-License-Identifier: MIT */
/* operator - all that a verb of provision works with: the deployment, the state, the hosts. */
#include "cli/operator.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "provision/entry.h"
#include "provision/loader.h"
#include "provision/parser.h"

#define STATE_FILE "provision.state"

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
parse(const struct operator* o, struct deployment *d, const char *file, const char *directory,
      const struct buf *text, struct err *e)
{
	struct faults faults = FAULTS_INIT;
	int result;

	faults.no_files = !o->needs->files;
	result = parser_read(d, text->data ? text->data : "", text->len, directory, &faults, e);
	if (result && faults.n)
		print_faults(file, &faults);
	faults_free(&faults);
	return result ? err_wrap(e, "cannot use '%s'", file) : 0;
}

static int
read_file(struct operator* o, struct deployment *d, struct buf *text,
	  char directory[static PATH_MAX], struct err *e)
{
	const char *file = o->file;
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
	return parse(o, d, file, directory, text, e);
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

static void
tell_event(void *arg, const struct ledger_event *event)
{
	struct operator* o = arg;
	const struct eventhook_event told = {.deployment = o->d.name,
					     .text = event->text,
					     .number = event->number,
					     .time = event->time};

	onevent_tell(&o->onevent, o->d.on_event, &told);
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
	struct err why = ERR_INIT;
	char who[200];

	say_who(who);
	/* Before there are threads, and secrets. */
	if (for_change && onevent_open(&o->onevent, &why))
		log_warning("%s", why.msg);
	if (store_open(&o->store, &options, e) || (for_change && store_lock(o->store, who, e)))
		return -1;
	o->has_ledger = true;
	/* What is made anew is not read, and kept when all of it is known. */
	if (loader_open(&o->l, cli->observe && for_change ? NULL : o->store, e))
		return -1;
	o->l.tell = tell_event;
	o->l.tell_arg = o;
	/* What only looks keeps nothing. */
	if (!for_change)
		o->l.store = NULL;
	return 0;
}

/* ---- both at work */

static int
get_ready(struct operator* o, bool with_files, struct err *e)
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
	if (ledger_bind(&o->l, &o->d, e) || ssh_open(&o->ssh, o->d.ssh_config, o->d.agent, e) ||
	    (with_files && planner_digests(&o->planner, e)))
		return -1;
	o->ssh.known_hosts = o->d.known_hosts;
	return 0;
}

static int
parse_kept(const struct operator* o, struct deployment *d, struct err *e)
{
	const struct buf text = {.data = o->l.spec, .len = strlen(o->l.spec)};

	return parse(o, d, "the deployment of the state", o->l.directory, &text, e);
}

/* ---- what it was read of */

static unsigned long long
add_stamp(unsigned long long stamp, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st))
		return stamp * 1000003;
	stamp = stamp * 1000003 + (unsigned long long)st.st_ino;
	stamp = stamp * 1000003 + (unsigned long long)st.st_size;
	stamp = stamp * 1000003 + (unsigned long long)st.st_mtim.tv_sec;
	return stamp * 1000003 + (unsigned long long)st.st_mtim.tv_nsec;
}

static unsigned long long
add_secret(unsigned long long stamp, const char *reference)
{
	bool is_file = reference && strncmp(reference, "file:", 5) == 0;

	return add_stamp(stamp, is_file ? reference + 5 : NULL);
}

/* Another number when one of the files has changed. */
static unsigned long long
stamp_of(const struct operator* o)
{
	unsigned long long stamp = add_stamp(1, o->file);

	for (size_t i = 0; i < o->d.n_services; i++) {
		const struct deployment_service *s = &o->d.services[i];

		stamp = add_stamp(add_stamp(stamp, s->image), s->custom);
		for (size_t j = 0; j < s->n_keys; j++)
			stamp = add_secret(stamp, s->keys[j].password);
	}
	for (size_t i = 0; i < o->d.n_sources; i++)
		stamp = add_secret(stamp, o->d.sources[i].password);
	return stamp;
}

int
operator_open(struct operator* o, struct cli *cli, const struct operator_needs *needs,
	      struct err *e)
{
	const char *file = needs->file && cli->n_args > needs->file + needs->behind
				   ? cli->args[needs->file]
				   : NULL;
	struct buf text = BUF_INIT;
	char directory[PATH_MAX];
	int result;

	o->cli = cli;
	o->needs = needs;
	o->file = file;
	result = file ? read_file(o, &o->d, &text, directory, e) : 0;
	if (!result && needs->state)
		result = open_state(o, needs->changes, e);
	if (!result && file && needs->changes)
		result = entry_spec(&o->l, directory, text.data ? text.data : "", e);
	if (!result && !file && !o->l.spec)
		result = err_set(e, ERR_UNAVAILABLE,
				 "the state has no deployment yet: begin with 'provision up FILE'");
	if (!result && !file)
		result = parse_kept(o, &o->d, e);
	if (!result && needs->state)
		result = get_ready(o, needs->files, e);
	o->seen = stamp_of(o);
	buf_free(&text);
	return result;
}

/* All that was made of the deployment before is made of the new one. */
static int
exchange(struct operator* o, struct deployment *new, struct planner *digests, struct err *e)
{
	deployment_free(&o->d);
	o->d = *new;
	*new = DEPLOYMENT_INIT;
	planner_free(&o->planner);
	o->planner.digests = digests->digests;
	digests->digests = NULL;
	references_free(&o->references);
	if (ledger_bind(&o->l, &o->d, e) || ssh_open(&o->ssh, o->d.ssh_config, o->d.agent, e))
		return -1;
	/* What services are told is compared again. */
	for (size_t i = 0; i < o->l.n_tiers; i++)
		ledger_touch(o->l.tiers[i]);
	o->ssh.known_hosts = o->d.known_hosts;
	return 0;
}

int
operator_reread(struct operator* o, struct err *e)
{
	struct deployment new = DEPLOYMENT_INIT;
	struct planner digests = {.d = &new};
	struct buf text = BUF_INIT;
	struct err why = ERR_INIT;
	char directory[PATH_MAX];
	unsigned long long now = stamp_of(o);
	bool has_settled = now == o->next;
	int result = 0;

	o->next = now;
	if (now == o->seen || !has_settled)
		return 0;
	o->seen = now;
	if ((o->file ? read_file(o, &new, &text, directory, &why) : parse_kept(o, &new, &why)) ||
	    planner_digests(&digests, &why)) {
		log_warning("%s; what it was before is kept", why.msg);
	} else {
		result = exchange(o, &new, &digests, e) ||
					 (o->file && entry_spec(&o->l, directory, text.data, e))
				 ? -1
				 : 1;
		o->seen = stamp_of(o);
	}
	planner_free(&digests);
	deployment_free(&new);
	buf_free(&text);
	return result;
}

int
operator_staff(struct operator* o, struct err *e)
{
	for (size_t i = 0; i < o->d.n_tiers; i++) {
		struct ledger_tier *tier = o->l.tiers[i];

		if (tier->wanted > 0)
			continue;
		tier->wanted = o->d.tiers[i].min;
		if (entry_save_tier(&o->l, tier, e))
			return -1;
	}
	return 0;
}

void operator_close(struct operator* o)
{
	board_close(&o->board);
	planner_free(&o->planner);
	if (o->has_ledger)
		ledger_close(&o->l);
	store_close(o->store);
	references_free(&o->references);
	deployment_free(&o->d);
	onevent_close(&o->onevent);
}
