/* SPDX-License-Identifier: MIT */
/* progress - how far a download is, shown on standard error. */
#include "cli/progress.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOW_MS 200
#define RATE_MS 500 /* before it a rate is a guess */
#define LINE_WIDTH 60
#define MIB 1048576.0

static long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
put(const char *text)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t n;

	/* Lost is what cannot be shown now: it is not worth waiting for. */
	if (poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT)) {
		n = write(STDERR_FILENO, text, strlen(text));
		(void)n;
	}
}

void
progress_line(char text[static PROGRESS_TEXT_MAX], const char *what, long long done,
	      long long total, long long rate)
{
	char percent[16] = "", of[32] = "", speed[32] = "";

	if (total >= 0) {
		int share =
			total > 0 && done < total ? (int)((double)done * 100 / (double)total) : 100;

		snprintf(percent, sizeof percent, "%3d%%  ", share);
		snprintf(of, sizeof of, " of %.1f", (double)total / MIB);
	}
	if (rate > 0)
		snprintf(speed, sizeof speed, "  %.1f MiB/s", (double)rate / MIB);
	snprintf(text, PROGRESS_TEXT_MAX, "%.40s %s%.1f%s MiB%s", what, percent, (double)done / MIB,
		 of, speed);
}

void
progress_json(char text[static PROGRESS_TEXT_MAX], const char *what, long long done,
	      long long total)
{
	int len = snprintf(text, PROGRESS_TEXT_MAX, "{\"progress\":\"%.40s\",\"done\":%lld", what,
			   done);

	if (total >= 0)
		len += snprintf(text + len, PROGRESS_TEXT_MAX - (size_t)len, ",\"total\":%lld",
				total);
	snprintf(text + len, PROGRESS_TEXT_MAX - (size_t)len, "}\n");
}

void
progress_start(struct progress *p, enum cli_progress kind, bool quiet)
{
	*p = (struct progress){.kind = kind};
	if (kind == CLI_PROGRESS_AUTO && (quiet || !isatty(STDERR_FILENO)))
		p->kind = CLI_PROGRESS_NONE;
}

static void
draw(struct progress *p, long long now)
{
	char text[PROGRESS_TEXT_MAX], line[PROGRESS_TEXT_MAX + 2];
	long long ms = now - p->first_ms;

	progress_line(text, p->what, p->done, p->total,
		      ms < RATE_MS ? 0 : (p->done - p->first_done) * 1000 / ms);
	/* The cursor goes back to the start: a record that comes between begins there. */
	snprintf(line, sizeof line, "%-*.*s\r", LINE_WIDTH, PROGRESS_TEXT_MAX - 1, text);
	put(line);
	p->drawn = true;
}

static void
show(struct progress *p, long long now)
{
	char text[PROGRESS_TEXT_MAX];

	if (p->kind == CLI_PROGRESS_JSON) {
		progress_json(text, p->what, p->done, p->total);
		put(text);
	} else {
		draw(p, now);
	}
	p->shown_ms = now;
	p->shown_done = p->done;
}

void
progress_update(struct progress *p, const char *what, long long done, long long total)
{
	bool first = !p->what;
	long long now;

	if (p->kind == CLI_PROGRESS_NONE)
		return;
	now = now_ms();
	p->what = what;
	p->done = done;
	p->total = total;
	if (first) {
		p->first_done = done;
		p->first_ms = now;
	}
	if (first || now - p->shown_ms >= SHOW_MS)
		show(p, now);
}

void
progress_end(struct progress *p)
{
	char blank[LINE_WIDTH + 3];

	if (p->drawn) {
		snprintf(blank, sizeof blank, "%*s\r", LINE_WIDTH, "");
		put(blank);
	} else if (p->kind == CLI_PROGRESS_JSON && p->what && p->done != p->shown_done) {
		show(p, now_ms());
	}
	*p = PROGRESS_INIT;
}
