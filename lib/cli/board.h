/* SPDX-License-Identifier: MIT */
/* board - what is being done to servers: a line each that is redrawn, plain lines, or JSON. */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "provision/act.h"

#define BOARD_LINE_MAX 400
#define BOARD_IDLE "nothing is to be done"

/* A line of the terminal. */
struct board_row {
	char server[LEDGER_ID_MAX];
	char text[BOARD_LINE_MAX];
};

struct board {
	const struct cli *cli;
	const struct ledger *l;
	bool live;		/* standard output is a terminal */
	bool was_told;		/* of some step */
	struct board_row *rows; /* those above the cursor */
	size_t n_rows;
};

void board_open(struct board *b, const struct cli *cli, const struct ledger *l);
void board_close(struct board *b);

/* board_tell - an act_tell_fn, with arg the board. */
act_tell_fn board_tell;

/* board_say_if_idle - say that there was nothing to do, when nothing was told; not in JSON. */
void board_say_if_idle(const struct board *b);

/* board_break - something else is printed now: what is told from then on stands beneath it. */
void board_break(struct board *b);

#endif
