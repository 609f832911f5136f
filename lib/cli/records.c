/* SPDX-License-Identifier: MIT */
/* records - what listServices and serviceHistory answer. */
#include "cli/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/runs.h"
#include "service/books.h"
#include "service/history.h"
#include "service/listing.h"

static const char *
word(const char *text)
{
	return text[0] ? text : "-";
}

/* --- a list --- */

/* One service, in a line of the list. */
struct row {
	const char *id, *state;
	struct history_brief brief;
};

/* What the state of a service is that has no directory; NULL for none. */
static const char *
absent_state(int books_fd, const char *id)
{
	char path[TEXT_SERVICE_ID_MAX + 8];
	struct err ignored = ERR_INIT;
	struct state state;
	const char *word = NULL;
	int fd;

	snprintf(path, sizeof path, "%s", id);
	fd = openat(books_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !state_load(&state, fd, &ignored)) {
		if (state.committing[0])
			word = "staged";
		else if (state.kept[0][0])
			word = "removed-but-staged";
	}
	fd_close(&fd);
	return word;
}

static void
add_json(struct json *json, const struct row *row)
{
	char since[RUNS_TIME_BYTES], last[RUNS_TIME_BYTES];

	json_open(json, NULL, '{');
	json_text(json, "service", row->id);
	json_text(json, "state", row->state);
	if (row->brief.is_known) {
		runs_format_time(since, row->brief.since);
		runs_format_time(last, row->brief.last);
		json_text(json, "since", since);
		json_text(json, "version", row->brief.version);
		json_text(json, "digest", row->brief.digest);
		json_text(json, "lastEvent", row->brief.event);
		json_number(json, "lastStatus", row->brief.status);
		json_text(json, "lastRun", last);
		json_number(json, "bytes", row->brief.bytes);
	}
	json_close(json, '}');
}

/* As ls -h has it: three digits and a unit. */
static void
format_size(char text[static 16], long long bytes)
{
	static const char units[] = "BKMGTP";
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1000 && units[unit + 1]; unit++)
		value /= 1024;
	if (bytes <= 0)
		snprintf(text, 16, "-");
	else
		snprintf(text, 16, unit && value < 10 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* In columns for a terminal, else with a tab between two; width is of the first column, or 0. */
static void
print_columns(const char *const *columns, const int *widths, size_t n, int width)
{
	for (size_t i = 0; i < n; i++) {
		const char *end = i + 1 == n ? "\n" : width ? "  " : "\t";

		if (width && i + 1 < n)
			printf("%-*s", i ? widths[i] : width, columns[i]);
		else
			fputs_unlocked(columns[i], stdout); /* of ten thousand lines, perhaps */
		fputs_unlocked(end, stdout);
	}
}

#define LIST_COLUMNS 9

static const int list_widths[LIST_COLUMNS] = {0, 18, RUNS_TIME_BYTES - 1, 10, 12,
					      9, 6,  RUNS_TIME_BYTES - 1, 0};

static void
print_row(const struct row *row, int width)
{
	char since[RUNS_TIME_BYTES], last[RUNS_TIME_BYTES], size[16], status[16] = "-";
	char digest[STATE_DIGEST_HEX];

	runs_format_time(since, row->brief.since);
	runs_format_time(last, row->brief.last);
	format_size(size, row->brief.bytes);
	snprintf(digest, width ? 13 : sizeof digest, "%s", word(row->brief.digest));
	if (row->brief.is_known)
		snprintf(status, sizeof status, "%d", row->brief.status);
	print_columns((const char *const[]){row->id, row->state, since, word(row->brief.version),
					    digest, word(row->brief.event), status, last, size},
		      list_widths, LIST_COLUMNS, width);
}

static void
print_head(int width)
{
	print_columns((const char *const[]){"SERVICE", "STATE", "SINCE", "VERSION", "IMAGE", "LAST",
					    "STATUS", "WHEN", "SIZE"},
		      list_widths, LIST_COLUMNS, width);
}

/* All ids: those of the services and those that only the books have, in name order. */
struct ids {
	char **services, **books;
	size_t n_services, n_books;
};

static int
width_of(const struct ids *ids)
{
	size_t width = sizeof "SERVICE" - 1;

	for (size_t i = 0; i < ids->n_services; i++)
		if (strlen(ids->services[i]) > width)
			width = strlen(ids->services[i]);
	for (size_t i = 0; i < ids->n_books; i++)
		if (strlen(ids->books[i]) > width)
			width = strlen(ids->books[i]);
	return (int)width;
}

/* Fills in a row from what is installed; false when there is nothing to tell. */
static bool
look(int books_fd, const char *id, bool is_installed, struct row *row)
{
	*row = (struct row){.id = id};
	if (!is_installed && !(row->state = absent_state(books_fd, id)))
		return false;
	if (books_fd >= 0)
		history_brief(books_fd, id, &row->brief);
	if (!is_installed)
		return true;
	row->state = row->brief.is_running ? "running" : "installed";
	/* What is there is the data that was kept. */
	if (strcmp(row->brief.event, "remove") == 0 && row->brief.status == 0)
		row->state = "removed-but-staged";
	return true;
}

static void
answer_row(const struct row *row, struct json *json, int width)
{
	if (json)
		add_json(json, row);
	else
		print_row(row, width);
}

/* Returns how many there were. */
static size_t
answer_list(const struct ids *ids, int books_fd, struct json *json)
{
	int width = isatty(STDOUT_FILENO) ? width_of(ids) : 0;
	size_t i = 0, j = 0, n = 0;
	struct row row;

	if (!json && width)
		print_head(width);
	while (i < ids->n_services || j < ids->n_books) {
		int order = i == ids->n_services ? 1
			    : j == ids->n_books	 ? -1
						 : strcmp(ids->services[i], ids->books[j]);
		bool known = look(books_fd, order <= 0 ? ids->services[i] : ids->books[j],
				  order <= 0, &row);

		i += order <= 0;
		j += order >= 0;
		if (known) {
			answer_row(&row, json, width);
			n++;
		}
	}
	return n;
}

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

int
records_list(struct cli *cli, struct err *e)
{
	const char *id = cli->n_args ? cli->args[0] : NULL;
	struct ids ids = {.services = NULL};
	struct paths paths, books;
	int result = -1, books_fd = -1;
	struct json json;

	if ((id && text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e)) ||
	    paths_load(&paths, e) || listing_read(&paths, &ids.services, &ids.n_services, e))
		return -1;
	books = paths;
	snprintf(books.services, sizeof books.services, "%.*s/" BOOKS_DIRECTORY,
		 (int)sizeof books.services - (int)sizeof BOOKS_DIRECTORY - 1, paths.services);
	books_fd = open(books.services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (books_fd >= 0 && listing_read(&books, &ids.books, &ids.n_books, e))
		goto out;
	if (id) {
		keep_one(ids.services, &ids.n_services, id);
		keep_one(ids.books, &ids.n_books, id);
	}
	if (cli->json) {
		cli_json(cli, &json, 0);
		json_open(&json, "services", '[');
	}
	if (!answer_list(&ids, books_fd, cli->json ? &json : NULL) && id)
		answer_row(&(struct row){.id = id, .state = "not-installed"},
			   cli->json ? &json : NULL, 0);
	result = 0;
	if (cli->json) {
		json_close(&json, ']');
		result = cli_answer_json(cli, &json, e);
	}
out:
	listing_free(ids.services, ids.n_services);
	listing_free(ids.books, ids.n_books);
	fd_close(&books_fd);
	return result;
}

/* --- a history --- */

struct telling {
	struct json *json; /* NULL for lines */
	int width;	   /* of the first column; 0 without a terminal */
};

#define HISTORY_COLUMNS 7

static const int history_widths[HISTORY_COLUMNS] = {0, 10, 26, 9, 6, 10, 0};

static int
tell(void *arg, const struct history_run *run, struct err *e)
{
	const struct telling *t = arg;
	char started[RUNS_TIME_BYTES], seconds[24], status[16];

	(void)e;
	runs_format_time(started, run->started);
	snprintf(seconds, sizeof seconds, "%lld.%03lld", run->duration_ms / 1000,
		 run->duration_ms % 1000);
	snprintf(status, sizeof status, "%d", run->status);
	if (!t->json) {
		print_columns((const char *const[]){started, word(run->event), word(run->hook),
						    seconds, status, word(run->ended),
						    word(run->changed)},
			      history_widths, HISTORY_COLUMNS, t->width);
		return 0;
	}
	runs_add(t->json, NULL, run);
	return 0;
}

/* The book of a service, be the service there or not. */
static int
open_book(const char *id, struct err *e)
{
	char path[PATH_MAX];
	struct paths paths;
	int fd;

	if (text_check_id("service id", id, TEXT_SERVICE_ID_MAX, e) || paths_load(&paths, e))
		return -1;
	snprintf(path, sizeof path, "%s/" BOOKS_DIRECTORY "/%s", paths.services, id);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "the agent knows nothing of a service '%s'", id);
	return fd < 0 ? err_sys(e, "cannot open '%s'", path) : fd;
}

int
records_history(struct cli *cli, struct err *e)
{
	struct telling telling = {.width = isatty(STDOUT_FILENO) ? RUNS_TIME_BYTES - 1 : 0};
	struct json json;
	int result, fd = open_book(cli->args[0], e);

	if (fd < 0)
		return -1;
	if (cli->json) {
		cli_json(cli, &json, 0);
		json_text(&json, "service", cli->args[0]);
		json_open(&json, "runs", '[');
		telling.json = &json;
	} else if (telling.width) {
		print_columns((const char *const[]){"STARTED", "EVENT", "HOOK", "SECONDS", "STATUS",
						    "KILLED", "CHANGED"},
			      history_widths, HISTORY_COLUMNS, telling.width);
	}
	result = history_read(fd, tell, &telling, e);
	fd_close(&fd);
	if (!cli->json)
		return result;
	json_close(&json, ']');
	if (!result)
		return cli_answer_json(cli, &json, e);
	json_free(&json);
	return -1;
}
