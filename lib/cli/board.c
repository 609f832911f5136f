/* SPDX-License-Identifier: MIT */
/* board - what is being done to servers: a line each that is redrawn, plain lines, or JSON. */
#include "cli/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "provision/lifecycle.h"

#define LINES_LEAST 4
#define COLUMNS_LEAST 20

void
board_open(struct board *b, const struct cli *cli, const struct ledger *l)
{
	*b = (struct board){
		.cli = cli, .l = l, .live = !cli->json && !cli->quiet && isatty(STDOUT_FILENO)};
}

void
board_close(struct board *b)
{
	free(b->rows);
	*b = (struct board){.cli = NULL};
}

void
board_break(struct board *b)
{
	b->n_rows = 0;
}

/* ---- a terminal */

static void
measure(size_t *lines, int *columns)
{
	struct winsize size = {.ws_row = 0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	*lines = size.ws_row < LINES_LEAST ? LINES_LEAST : size.ws_row;
	*columns = size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

/* The line of a server, made when there is none above the cursor; NULL when out of memory. */
static struct board_row *
row_of(struct board *b, const char *server, size_t lines)
{
	struct board_row *rows;

	for (size_t i = 0; i < b->n_rows; i++)
		if (strcmp(b->rows[i].server, server) == 0)
			return &b->rows[i];
	/* A cursor does not go higher than the screen: a new block is begun. */
	if (b->n_rows + 1 >= lines)
		board_break(b);
	rows = reallocarray(b->rows, b->n_rows + 1, sizeof *rows);
	if (!rows)
		return NULL;
	b->rows = rows;
	b->rows[b->n_rows] = (struct board_row){.text = ""};
	snprintf(b->rows[b->n_rows].server, sizeof b->rows->server, "%s", server);
	putchar('\n');
	return &b->rows[b->n_rows++];
}

static void
draw(const struct board *b, const struct board_row *row, int columns)
{
	size_t up = (size_t)(b->rows + b->n_rows - row);

	printf("\033[%zuA\r\033[K%.*s\033[%zuB\r", up, columns - 1, row->text, up);
}

/* What is to be read later too stands above the lines that change. */
static void
draw_above(struct board *b, const char *text, int columns)
{
	if (b->n_rows)
		printf("\033[%zuA\r\033[J", b->n_rows);
	printf("%s\n", text);
	for (size_t i = 0; i < b->n_rows; i++)
		printf("%.*s\n", columns - 1, b->rows[i].text);
}

static void
show(struct board *b, const struct planner_step *step, const char *text, int done)
{
	static const char *const ends[] = {" ...", "", " failed"};
	size_t lines;
	int columns;
	struct board_row *row;

	measure(&lines, &columns);
	if (done > 0)
		draw_above(b, text, columns);
	row = row_of(b, step->server->id, lines);
	if (!row)
		return;
	snprintf(row->text, sizeof row->text, "%.*s%s", done > 0 ? (int)strcspn(text, "\n") : 380,
		 text, ends[done + 1]);
	draw(b, row, columns);
}

/* ---- what is told */

static void
tell_json(const struct board *b, const struct planner_step *step, int done, const char *why)
{
	struct json json = JSON_INIT;
	struct err ignored = ERR_INIT;

	json_open(&json, NULL, '{');
	json_number(&json, "time", ledger_now(b->l));
	json_text(&json, "event", done < 0 ? "begin" : done ? "failed" : "done");
	json_text(&json, "server", step->server->id);
	json_text(&json, "step", lifecycle_row(step->kind)->verb);
	if (step->id[0])
		json_text(&json, "service", step->id);
	if (done > 0)
		json_text(&json, "error", why);
	json_close(&json, '}');
	if (json_finish(&json, &ignored) == 0)
		fputs(json.text.data, stdout);
	json_free(&json);
}

void
board_tell(void *arg, const struct planner_step *step, int done, const char *why)
{
	struct board *b = arg;
	const char *host = step->server->host ? step->server->host : step->server->address;
	char text[BOARD_LINE_MAX];

	b->was_told = true;
	if (b->cli->quiet)
		return;
	snprintf(text, sizeof text, "%s (%s): %s%s%s%s%.200s", step->server->id, host ? host : "-",
		 lifecycle_row(step->kind)->verb, step->id[0] ? " " : "", step->id,
		 done > 0 ? ": " : "", done > 0 ? why : "");
	if (b->cli->json)
		tell_json(b, step, done, why);
	else if (b->live)
		show(b, step, text, done);
	else if (done >= 0)
		puts(text);
	fflush(stdout);
}

void
board_say_if_idle(const struct board *b)
{
	if (!b->was_told && !b->cli->quiet && !b->cli->json)
		puts(BOARD_IDLE);
}
