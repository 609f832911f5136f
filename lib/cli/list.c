/* SPDX-License-Identifier: MIT */
/* list - what listServices answers: how each service stands. */
#include "cli/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/runs.h"
#include "cli/table.h"
#include "command/checks.h"
#include "service/brief.h"
#include "service/listing.h"
#include "service/metadata.h"
#include "service/token.h"

/* The ids of the services and those that only the metadata has, each in name order. */
struct list {
	struct cli *cli;
	char **services, **known;
	size_t n_services, n_known;
	int meta_root_fd;
	/* What --check asks of those services, and what they said; NULL without it. */
	char **asked;
	struct check *checks;
	size_t n_asked;
};

#define LIST_INIT ((struct list){.meta_root_fd = -1})

/* One service, in a line of the list. */
struct row {
	const char *id, *state;
	const struct check *check; /* NULL: it was not asked */
	struct brief brief;
};

/* What the state of a service is that has no directory; NULL for none. */
static const char *
absent_state(int meta_root_fd, const char *id)
{
	struct err ignored = ERR_INIT;
	struct state state;
	const char *word = NULL;
	int fd = openat(meta_root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !state_load(&state, fd, &ignored)) {
		if (state.committing[0])
			word = "staged";
		else if (state.kept[0][0])
			word = "removed-but-staged";
	}
	fd_close(&fd);
	return word;
}

/* Fills in a row from what is installed; false when there is nothing to tell. */
static bool
look(int meta_root_fd, const char *id, bool is_installed, struct row *row)
{
	*row = (struct row){.id = id};
	if (!is_installed && !(row->state = absent_state(meta_root_fd, id)))
		return false;
	if (meta_root_fd >= 0)
		brief_read(meta_root_fd, id, &row->brief);
	/* Of one that was removed only the data is there. */
	if (is_installed)
		row->state = row->brief.is_removed   ? "removed-but-staged"
			     : row->brief.is_running ? "running"
						     : "installed";
	return true;
}

/* --- a line --- */

static void
add_time(struct json *json, const char *name, long long seconds)
{
	char text[RUNS_TIME_BYTES];

	runs_format_time(text, seconds);
	json_text(json, name, seconds > 0 ? text : "");
}

static void
add_json(struct json *json, const struct row *row)
{
	const struct brief *b = &row->brief;

	json_open(json, NULL, '{');
	json_text(json, "service", row->id);
	json_text(json, "state", row->check ? row->check->state : row->state);
	if (row->check) {
		json_bool(json, "running", row->check->running);
		json_text(json, "remembered", row->state);
	}
	if (b->is_known) {
		add_time(json, "since", b->since);
		json_text(json, "version", b->version);
		json_text(json, "digest", b->digest);
		json_text(json, "lastEvent", b->event);
		json_number(json, "lastStatus", b->status);
		add_time(json, "lastRun", b->last);
		json_number(json, "bytes", b->bytes);
		json_text(json, "customer", b->customer_id);
		json_text(json, "user", b->user_id);
		add_time(json, "installed", b->installed);
		add_time(json, "configured", b->configured);
		json_text(json, "image", b->image);
	}
	json_close(json, '}');
}

#define COLUMNS 14

enum { TIME_WIDTH = RUNS_TIME_BYTES - 1 };

static const int widths[COLUMNS] = {0,		18, TIME_WIDTH, 10, 12,		9,	    6,
				    TIME_WIDTH, 5,  10,		10, TIME_WIDTH, TIME_WIDTH, 0};

static void
print_row(const struct row *row, int width)
{
	char since[RUNS_TIME_BYTES], last[RUNS_TIME_BYTES], installed[RUNS_TIME_BYTES],
		configured[RUNS_TIME_BYTES];
	char size[TABLE_SIZE_BYTES], status[16] = "-", digest[STATE_DIGEST_HEX];
	const struct brief *b = &row->brief;

	runs_format_time(since, b->since);
	runs_format_time(last, b->last);
	runs_format_time(installed, b->installed);
	runs_format_time(configured, b->configured);
	table_size(size, b->bytes);
	snprintf(digest, width ? 13 : sizeof digest, "%s", token_word(b->digest));
	if (b->is_known)
		snprintf(status, sizeof status, "%d", b->status);
	table_print((const char *const[]){row->id, row->check ? row->check->state : row->state,
					  since, token_word(b->version), digest,
					  token_word(b->event), status, last, size,
					  token_word(b->customer_id), token_word(b->user_id),
					  installed, configured, token_word(b->image)},
		    widths, COLUMNS, width);
}

static void
print_head(int width)
{
	table_print((const char *const[]){"SERVICE", "STATE", "SINCE", "VERSION", "DIGEST", "LAST",
					  "STATUS", "WHEN", "SIZE", "CUSTOMER", "USER", "INSTALLED",
					  "CONFIGURED", "IMAGE"},
		    widths, COLUMNS, width);
}

static void
answer_row(const struct row *row, struct json *json, int width)
{
	if (json)
		add_json(json, row);
	else
		print_row(row, width);
}

/* --- all lines --- */

static int
width_of(const struct list *l)
{
	size_t width = sizeof "SERVICE" - 1;

	for (size_t i = 0; i < l->n_services; i++)
		if (strlen(l->services[i]) > width)
			width = strlen(l->services[i]);
	for (size_t i = 0; i < l->n_known; i++)
		if (strlen(l->known[i]) > width)
			width = strlen(l->known[i]);
	return (int)width;
}

/* Returns how many there were. */
static size_t
answer_list(const struct list *l, struct json *json)
{
	int width = isatty(STDOUT_FILENO) ? width_of(l) : 0;
	size_t i = 0, j = 0, asked = 0, n = 0;
	struct row row;

	if (!json && width)
		print_head(width);
	while (i < l->n_services || j < l->n_known) {
		int order = i == l->n_services ? 1
			    : j == l->n_known  ? -1
					       : strcmp(l->services[i], l->known[j]);
		bool known = look(l->meta_root_fd, order <= 0 ? l->services[i] : l->known[j],
				  order <= 0, &row);

		i += order <= 0;
		j += order >= 0;
		if (asked < l->n_asked && row.id == l->asked[asked])
			row.check = &l->checks[asked++];
		if (known) {
			answer_row(&row, json, width);
			n++;
		}
	}
	return n;
}

/* --- what --check asks --- */

static void
take_check(void *arg, size_t i, const struct check *check)
{
	struct list *l = arg;

	l->checks[i] = *check;
}

static int
ask(struct list *l, struct err *e)
{
	const struct service_lock_request lock = CLI_LOCK_REQUEST(l->cli);
	struct hook_options options = CLI_HOOK(l->cli);
	const struct checks_request request = {&lock, &options, take_check, l};
	struct row row;

	/* As in checkService: what is in the list is not shown by the hooks as well. */
	options.shows_first = !l->cli->json && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	l->asked = calloc(l->n_services + 1, sizeof *l->asked);
	l->checks = calloc(l->n_services + 1, sizeof *l->checks);
	if (!l->asked || !l->checks)
		return err_sys(e, "cannot get memory");
	for (size_t i = 0; i < l->n_services; i++)
		if (look(l->meta_root_fd, l->services[i], true, &row) && !row.brief.is_removed) {
			/* Unless it is removed meanwhile and so never answers. */
			snprintf(l->checks[l->n_asked].state, CHECK_STATE_MAX, "not-installed");
			l->asked[l->n_asked++] = l->services[i];
		}
	return checks_run(&request, l->asked, l->n_asked, e);
}

/* --- the whole --- */

/* Leaves of a list the one that is named, where it is there. */
static void
keep_one(char **ids, size_t *n, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (strcmp(ids[i], id) == 0)
			ids[kept++] = ids[i];
		else
			free(ids[i]);
	*n = kept;
}

static int
read_ids(struct list *l, const char *id, struct err *e)
{
	struct paths paths, metadata;

	if ((id && text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e)) ||
	    paths_load(&paths, e) || listing_read(&paths, &l->services, &l->n_services, e))
		return -1;
	metadata = paths;
	snprintf(metadata.services, sizeof metadata.services, "%.*s/" METADATA_DIRECTORY,
		 (int)sizeof metadata.services - (int)sizeof METADATA_DIRECTORY - 1,
		 paths.services);
	l->meta_root_fd = open(metadata.services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->meta_root_fd >= 0 && listing_read(&metadata, &l->known, &l->n_known, e))
		return -1;
	if (id) {
		keep_one(l->services, &l->n_services, id);
		keep_one(l->known, &l->n_known, id);
	}
	return 0;
}

static int
print(const struct list *l, const char *id, struct err *e)
{
	struct json json;

	if (l->cli->json) {
		cli_json(l->cli, &json, 0);
		json_open(&json, "services", '[');
	}
	if (!answer_list(l, l->cli->json ? &json : NULL) && id)
		answer_row(&(struct row){.id = id, .state = "not-installed"},
			   l->cli->json ? &json : NULL, 0);
	if (!l->cli->json)
		return 0;
	json_close(&json, ']');
	return cli_answer_json(l->cli, &json, e);
}

int
list_answer(struct cli *cli, struct err *e)
{
	const char *id = cli->n_args ? cli->args[0] : NULL;
	struct list l = LIST_INIT;
	int result;

	l.cli = cli;
	result = read_ids(&l, id, e) || (cli->check && ask(&l, e)) || print(&l, id, e) ? -1 : 0;
	free(l.asked);
	free(l.checks);
	listing_free(l.services, l.n_services);
	listing_free(l.known, l.n_known);
	fd_close(&l.meta_root_fd);
	return result;
}
