/* SPDX-License-Identifier: MIT */
/* progress - how far a download is, shown on standard error. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

#define PROGRESS_TEXT_MAX 160

/* What is shown last counts; the rest is for the rate and for not showing too much. */
struct progress {
	enum cli_progress kind; /* CLI_PROGRESS_AUTO: a line that is redrawn */
	const char *what;	/* NULL while nothing was to be shown */
	long long done, total;
	long long first_done, first_ms; /* of the first update */
	long long shown_done, shown_ms; /* of the last one that was shown */
	bool drawn;			/* the line stands on the terminal */
};

#define PROGRESS_INIT ((struct progress){.kind = CLI_PROGRESS_NONE})

/* progress_start - quiet takes the redrawn line away, which there is on a terminal only. */
void progress_start(struct progress *p, enum cli_progress kind, bool quiet);

/*
 * progress_update - at most 5 times a second it is shown, however often it is called.
 *
 * what   a word, kept and not copied
 * total  -1 when it is not known
 *
 * A standard error that nobody reads is never waited for.
 */
void progress_update(struct progress *p, const char *what, long long done, long long total);

/* progress_end - show the last state, as JSON, or clear the line; the cursor is at its start. */
void progress_end(struct progress *p);

/*
 * progress_line, progress_json - one state as text: "fetch  42%  4.2 of 10.0 MiB  1.5 MiB/s", and
 * {"progress":"fetch","done":N,"total":N} with a newline.
 *
 * rate  bytes a second, 0 when it is not known yet
 */
void progress_line(char text[static PROGRESS_TEXT_MAX], const char *what, long long done,
		   long long total, long long rate);
void progress_json(char text[static PROGRESS_TEXT_MAX], const char *what, long long done,
		   long long total);

#endif
